"""Writing detector images, in the format that the file's name says."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage
from braggscope.errors import InvalidInput
from braggscope.io.header_images import cbf_file, smv_file
from braggscope.io.nexus import nexus_file
from braggscope.whole_files import Sink, check_writable, write_whole

Array = NDArray[np.generic]
Lost = tuple[str, ...]
_MASK_LOST: Final = "the mask: {} has none"


def write_raw(image: Array, path: Path, dtype: str = "float32") -> None:
    """Row-major pixels without a header, fast index contiguous (spec section 11).

    Raises:
        InvalidInput: the file cannot be written; an existing one is left as it was.
    """
    content = np.ascontiguousarray(image, dtype=dtype)
    write_whole(path, lambda sink: sink.write(content.tobytes()))


def write_numpy(image: Array, path: Path) -> None:
    """A .npy file with the image's own type."""

    def save(sink: Sink) -> None:
        # NumPy moves about in what it knows as a file, which a FIFO cannot.
        only_writes = SimpleNamespace(write=sink.write)
        np.save(only_writes, image, allow_pickle=False)

    write_whole(path, save)


def _raw(image: DetectorImage, path: Path) -> Lost:
    write_raw(image.data, path, "<f4")
    return (*_rounded(image.data), *_no_mask(image, "a raw file"))


def _npy(image: DetectorImage, path: Path) -> Lost:
    write_numpy(image.data, path)
    return _no_mask(image, "a .npy file")


def _npz(image: DetectorImage, path: Path) -> Lost:
    arrays = {"image": image.data}
    if image.mask is not None:
        arrays["mask"] = image.mask
    content = io.BytesIO()
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    write_whole(path, lambda sink: sink.write(content.getvalue()))
    return ()


def _tiff(image: DetectorImage, path: Path) -> Lost:
    from PIL import Image

    content = io.BytesIO()
    pixels = np.ascontiguousarray(image.data, np.float32)
    Image.fromarray(pixels).save(content, format="tiff")
    write_whole(path, lambda sink: sink.write(content.getvalue()))
    return (*_rounded(image.data), *_no_mask(image, "TIFF"))


def _by(make: Callable[[DetectorImage], tuple[bytes, Lost]]) -> Callable[..., Lost]:
    def write(image: DetectorImage, path: Path) -> Lost:
        content, lost = make(image)
        write_whole(path, lambda sink: sink.write(content))
        return lost

    return write


@dataclass(frozen=True)
class ImageFormat:
    """A format that images are written in.

    Attributes:
        title: for people.
        suffixes: that say it, the usual one first.
        holds: what it keeps and what not.
        write: writes an image and says what was lost.
    """

    title: str
    suffixes: tuple[str, ...]
    holds: str
    write: Callable[[DetectorImage, Path], Lost]


FORMATS: Final = (
    ImageFormat(
        "HDF5 (NeXus NXmx)",
        (".h5", ".nxs", ".hdf5"),
        "everything: pixels in their own type, mask, geometry, provenance",
        _by(lambda image: (nexus_file(image), ())),
    ),
    ImageFormat(
        "CBF",
        (".cbf",),
        "whole numbers, geometry; masked pixels as −1",
        _by(cbf_file),
    ),
    ImageFormat("SMV", (".img", ".smv"), "whole numbers from 0 to 65535, geometry", _by(smv_file)),
    ImageFormat("TIFF", (".tif", ".tiff"), "float32", _tiff),
    ImageFormat("NumPy array", (".npy",), "pixels in their own type", _npy),
    ImageFormat("NumPy archive", (".npz",), "pixels in their own type, mask", _npz),
    ImageFormat("Raw pixels", (".bin",), "float32 without a header, as nanoBragg writes it", _raw),
)


def check_image_path(path: Path) -> None:
    """Refuse, before a run, a file that `write_image` could not write.

    Raises:
        InvalidInput: no such format, or no file can be made there.
    """
    format_of(path)
    check_writable(path)


def write_image(image: DetectorImage, path: Path) -> Lost:
    """Write an image in the format that the file's name says, whole or not at all.

    Returns:
        What the format does not hold of this image, a statement each.

    Raises:
        InvalidInput: no such format, or the file cannot be written.
    """
    return format_of(path).write(image, path)


def format_of(path: Path) -> ImageFormat:
    """The format that a name says.

    Raises:
        InvalidInput: there is none.
    """
    found = next((f for f in FORMATS if path.suffix.lower() in f.suffixes), None)
    if found is None:
        names = "; ".join(f"{' '.join(f.suffixes)} ({f.holds})" for f in FORMATS)
        raise InvalidInput(
            f"cannot write images as {path.suffix or 'a file without extension'}",
            where=str(path),
            remedy=f"Use {names}",
        )
    return found


def _rounded(data: Array) -> Lost:
    with np.errstate(over="ignore"):
        back = data.astype(np.float32).astype(np.float64)
    inexact = int((~np.equal(back, data) & ~np.isnan(data)).sum())
    return (f"{inexact} pixels are rounded to float32",) if inexact else ()


def _no_mask(image: DetectorImage, name: str) -> Lost:
    return () if image.mask is None else (_MASK_LOST.format(name),)
