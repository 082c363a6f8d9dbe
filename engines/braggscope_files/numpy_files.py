"""NumPy's .npy and .npz. Nothing in them is run: pickled objects are refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import BraggscopeError, InvalidInput
from braggscope_files.found import MOST_BYTES, Found, Wanted, checked_shape, unreadable

_NPY, _NPZ = ".npy file", ".npz file"


def read_npy(path: Path, content: bytes, wanted: Wanted) -> Found:
    """An array with two axes, or frames along a first one."""
    with io.BytesIO(content) as stream:
        array = _array(path, _NPY, stream, len(content))
    return _image(path, array, _NPY, wanted)


def read_npz(path: Path, content: bytes, wanted: Wanted) -> Found:
    """The array that was named, or the first image; an array `mask` of its shape is its mask."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = [info.filename for info in archive.infolist()]
            names = [file.removesuffix(".npy") for file in files if file.endswith(".npy")]
            chosen = _chosen(path, archive, names, wanted.dataset)
            found = _image(path, _member(path, archive, chosen), _NPZ, wanted)
            mask = None
            if "mask" in names and chosen != "mask":
                mask = _member(path, archive, "mask")
    except BraggscopeError:
        raise
    # zipfile and its decoders raise whatever a damaged directory makes them stumble over.
    except Exception as error:
        raise unreadable(path, _NPZ, f"its archive is damaged ({error})") from error
    if mask is None or mask.shape != found.pixels.shape or mask.dtype.kind not in "biu":
        return found
    return Found(found.pixels, found.format, mask=mask != 0, frames=found.frames)


def _chosen(path: Path, archive: zipfile.ZipFile, names: list[str], dataset: str) -> str:
    if dataset:
        if dataset not in names:
            raise InvalidInput(
                f"{path.name} holds no array {dataset!r}",
                where=str(path),
                why=f"its arrays are {', '.join(names) or 'none'}",
            )
        return dataset
    for name in names:
        shape, dtype = _header(path, archive, name)
        if len(shape) >= 2 and dtype.kind in "iuf":
            return name
    raise unreadable(path, _NPZ, f"none of its arrays is an image ({', '.join(names) or 'none'})")


def _header(
    path: Path, archive: zipfile.ZipFile, name: str
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    with archive.open(f"{name}.npy") as stream:
        return _npy_header(path, _NPZ, stream)


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    size = archive.getinfo(f"{name}.npy").file_size
    if size > MOST_BYTES:
        raise unreadable(path, _NPZ, f"its array {name} takes {size / 2**30:.1f} GiB")
    with archive.open(f"{name}.npy") as stream:
        return _array(path, _NPZ, stream, size)


def _npy_header(path: Path, kind: str, stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    shape, _, dtype = _full_header(path, kind, stream)
    return shape, dtype


def _full_header(
    path: Path, kind: str, stream: IO[bytes]
) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        version = np.lib.format.read_magic(stream)
        if version not in readers:
            raise ValueError(f"version {version[0]}.{version[1]} of the format is not known")
        shape, by_columns, dtype = readers[version](stream)
    # The header is Python's syntax: parsing a damaged one fails in any way that Python's does.
    except Exception as error:
        raise unreadable(path, kind, f"its header makes no sense ({error})") from error
    return tuple(shape), bool(by_columns), dtype


def _array(path: Path, kind: str, stream: IO[bytes], size: int) -> NDArray[Any]:
    shape, by_columns, dtype = _full_header(path, kind, stream)
    if dtype.hasobject or dtype.kind not in "biuf":
        raise unreadable(
            path, kind, f"it holds {dtype}, no real numbers", "Save the image as numbers"
        )
    count = 1
    for length in shape:
        if length < 0:
            raise unreadable(path, kind, f"its header tells of an array {shape}")
        count *= length
    if count * dtype.itemsize > size:
        raise unreadable(path, kind, "it is shorter than its header says")
    content = stream.read(count * dtype.itemsize)
    if len(content) < count * dtype.itemsize:
        raise unreadable(path, kind, "it is shorter than its header says")
    return np.frombuffer(content, dtype, count).reshape(shape, order="F" if by_columns else "C")


def _image(path: Path, array: NDArray[Any], kind: str, wanted: Wanted) -> Found:
    if array.ndim < 2 or array.dtype.kind not in "iuf":
        raise unreadable(
            path,
            kind,
            f"its array has the shape {array.shape} and the type {array.dtype}",
            "An image has two axes, slow and fast, of integers or floats",
        )
    checked_shape(path, kind, *array.shape[-2:])
    frames = array.reshape(-1, *array.shape[-2:])
    index = wanted.check_frame(path, len(frames))
    return Found(frames[index], kind, frames=len(frames))
