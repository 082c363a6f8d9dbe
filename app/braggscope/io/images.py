"""Writing detector images: raw floats as nanoBragg does, and NumPy files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.whole_files import Sink, check_writable, write_whole

Array = NDArray[np.generic]


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


_WRITERS: Final[dict[str, Callable[[Array, Path], None]]] = {
    ".npy": write_numpy,
    ".bin": write_raw,
}


def check_image_path(path: Path) -> None:
    """Refuse, before a run, a file that `write_image` could not write.

    Raises:
        InvalidInput: no such format, or no file can be made there.
    """
    _writer_of(path)
    check_writable(path)


def write_image(image: Array, path: Path) -> None:
    """Write an image in the format that the file's name says: .npy or .bin.

    Raises:
        InvalidInput: no such format, or the file cannot be written.
    """
    _writer_of(path)(image, path)


def _writer_of(path: Path) -> Callable[[Array, Path], None]:
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InvalidInput(
            f"cannot write images as {path.suffix or 'a file without extension'}",
            where=str(path),
            remedy="Use .npy (keeps the precision) or .bin (float32, as nanoBragg writes it)",
        )
    return writer
