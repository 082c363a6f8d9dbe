"""HDF5 images: NeXus, Eiger master files, plain datasets, with the filters of hdf5plugin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import BraggscopeError, InvalidInput
from braggscope_files.found import MOST_BYTES, Found, Wanted, checked_shape, unreadable
from braggscope_files.memory import bounded_memory

_HDF5: Final = "HDF5 file"
_MOST_OBJECTS: Final = 10_000
_PLACES: Final = ("data/data", "instrument/detector/data", "instrument/eiger/data")
_MASKS: Final = (
    "instrument/detector/pixel_mask",
    "instrument/detector/detectorSpecific/pixel_mask",
)


def read_hdf5(path: Path, wanted: Wanted) -> Found:
    """One frame of the dataset that was named, or of the one that the file points to.

    Raises:
        InvalidInput: it is damaged, holds no image, or lacks a file that it refers to.
    """
    import h5py
    import hdf5plugin  # noqa: F401  # Makes the filters of Eiger detectors known.

    try:
        with bounded_memory(), h5py.File(path, "r") as file:
            return _read(path, file, wanted)
    except BraggscopeError:
        raise
    except MemoryError as error:
        raise unreadable(path, _HDF5, "it asks for more memory than there is") from error
    # HDF5's own errors come as many types, and a damaged file can make any name or value odd.
    except Exception as error:
        text = str(error).strip().splitlines()
        why = f"HDF5 says {text[0][:250]}" if text else type(error).__name__
        raise unreadable(path, _HDF5, why) from error


def _read(path: Path, file: Any, wanted: Wanted) -> Found:
    datasets = [_named(path, file, wanted.dataset)] if wanted.dataset else _images(path, file)
    counts = [_frames(path, dataset) for dataset in datasets]
    index = wanted.check_frame(path, sum(counts))
    which = int(np.searchsorted(np.cumsum(counts), index, side="right"))
    dataset, index = datasets[which], index - sum(counts[:which])
    pixels = _frame(path, dataset, index)
    mask, where = _mask(file, dataset, pixels.shape)
    others = {Path(dataset.file.filename), *(Path(p) for p in _virtual(dataset))} - {path}
    notes = [f"dataset {dataset.name}"]
    if mask is not None:
        notes.append(f"mask {where}")
    return Found(
        pixels,
        _HDF5,
        "negative or largest",
        mask,
        sum(counts),
        tuple(sorted(others)),
        tuple(notes),
    )


def _named(path: Path, file: Any, name: str) -> Any:
    import h5py

    found = _get(file, name)
    if isinstance(found, h5py.Dataset):
        return found
    near = [dataset.name for dataset in _all_images(file)][:8]
    raise InvalidInput(
        f"{path.name} holds no dataset {name}",
        where=str(path),
        why=f"datasets with images: {', '.join(near) or 'none'}",
    )


def _images(path: Path, file: Any) -> list[Any]:
    """The datasets with the frames: NeXus' default, Eiger's numbered ones, or the largest."""
    for entry in _entries(file):
        for found in (_signal(entry), _numbered(path, entry), _placed(entry)):
            if found:
                return found
    every = list(_all_images(file))
    if not every:
        raise unreadable(
            path, _HDF5, "no dataset in it is an image", "Name the dataset of the image"
        )
    return [max(every, key=lambda dataset: dataset.size)]


def _entries(file: Any) -> Iterator[Any]:
    import h5py

    names = [_text(file.attrs.get("default", "")), "entry", *list(file)[:100]]
    for name in dict.fromkeys(names):
        if name and isinstance(_get(file, name), h5py.Group):
            yield file[name]


def _signal(entry: Any) -> list[Any]:
    import h5py

    group = _get(entry, _text(entry.attrs.get("default", "")) or "data")
    if isinstance(group, h5py.Group):
        found = _get(group, _text(group.attrs.get("signal", "")) or "data")
        if _is_image(found):
            return [found]
    return []


def _numbered(path: Path, entry: Any) -> list[Any]:
    """Eiger's data_000001, data_000002, …, each usually a link to a file beside this one."""
    import h5py

    group = _get(entry, "data")
    if not isinstance(group, h5py.Group):
        return []
    names = sorted(name for name in group if name.startswith("data_"))[:_MOST_OBJECTS]
    missing = [name for name in names if _get(group, name) is None]
    if missing:
        link = group.get(missing[0], getlink=True)
        raise unreadable(
            path,
            _HDF5,
            f"{getattr(link, 'filename', missing[0])}, which holds its frames, is missing",
            "Put it beside the master file",
        )
    return [group[name] for name in names if _is_image(group[name])]


def _placed(entry: Any) -> list[Any]:
    return [found for place in _PLACES if _is_image(found := _get(entry, place))][:1]


def _all_images(file: Any) -> Iterator[Any]:
    """Every dataset that could be an image; links to other files are not followed."""
    found: list[Any] = []
    seen = 0

    def visit(_: str, item: Any) -> bool | None:
        nonlocal seen
        seen += 1
        if _is_image(item):
            found.append(item)
        return True if seen > _MOST_OBJECTS else None

    file.visititems(visit)
    return iter(found)


def _get(group: Any, name: str) -> Any:
    """A member; None where there is none, or where a link leads nowhere."""
    try:
        return group.get(name)
    except (KeyError, OSError, RuntimeError, ValueError):
        return None


def _is_image(item: Any) -> bool:
    import h5py

    if not isinstance(item, h5py.Dataset) or item.shape is None:
        return False
    return bool(item.ndim >= 2 and item.dtype.kind in "iuf" and min(item.shape[-2:]) > 1)


def _frames(path: Path, dataset: Any) -> int:
    if dataset.shape is None or dataset.ndim < 2 or dataset.dtype.kind not in "iuf":
        raise unreadable(
            path,
            _HDF5,
            f"{dataset.name} has the shape {dataset.shape} and the type {dataset.dtype}",
            "An image has two axes, slow and fast, of integers or floats",
        )
    checked_shape(path, _HDF5, *dataset.shape[-2:])
    if dataset.chunks and int(np.prod(dataset.chunks)) * dataset.dtype.itemsize > MOST_BYTES:
        raise unreadable(path, _HDF5, f"{dataset.name} comes in pieces of {dataset.chunks}")
    return int(np.prod(dataset.shape[:-2], dtype=np.int64))


def _frame(path: Path, dataset: Any, index: int) -> NDArray[Any]:
    leading = np.unravel_index(index, dataset.shape[:-2]) if dataset.ndim > 2 else ()
    pixels: NDArray[Any] = dataset[tuple(int(i) for i in leading)]
    return pixels


def _mask(file: Any, dataset: Any, shape: tuple[int, ...]) -> tuple[NDArray[np.bool_] | None, str]:
    """Pixels whose pixel_mask is not 0 (NXdetector: each bit is a reason)."""
    import h5py

    for entry in _entries(file):
        for place in _MASKS:
            found = _get(entry, place)
            if isinstance(found, h5py.Dataset) and found.dtype.kind in "biu":
                if found.shape == shape:
                    return found[()] != 0, found.name
                if found.ndim > 2 and found.shape[-2:] == shape:
                    return found[(0,) * (found.ndim - 2)] != 0, found.name
    return None, ""


def _virtual(dataset: Any) -> list[str]:
    """Files behind a virtual dataset."""
    if not dataset.is_virtual:
        return []
    home = Path(dataset.file.filename)
    names = {source.file_name for source in dataset.virtual_sources()}
    return [str(home if name == "." else home.parent / name) for name in names]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return value if isinstance(value, str) else ""
