"""Writing detector images: raw floats as nanoBragg does, and NumPy files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput

Array = NDArray[np.generic]


def write_raw(image: Array, path: Path, dtype: str = "float32") -> None:
    """Row-major pixels without a header, fast index contiguous (spec section 11).

    Raises:
        InvalidInput: the file cannot be written; an existing one is left as it was.
    """
    content = np.ascontiguousarray(image, dtype=dtype)
    write_whole(path, lambda stream: stream.write(content.tobytes()))


def write_numpy(image: Array, path: Path) -> None:
    """A .npy file with the image's own type."""
    write_whole(path, lambda stream: np.save(stream, image, allow_pickle=False))


def write_image(image: Array, path: Path) -> None:
    """Write an image in the format that the file's name says: .npy or .bin.

    Raises:
        InvalidInput: no such format, or the file cannot be written.
    """
    writers: dict[str, Callable[[Array, Path], None]] = {".npy": write_numpy, ".bin": write_raw}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise InvalidInput(
            f"cannot write images as {path.suffix or 'a file without extension'}",
            where=str(path),
            remedy="Use .npy (keeps the precision) or .bin (float32, as nanoBragg writes it)",
        )
    writer(image, path)


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write a file completely or not at all.

    Raises:
        InvalidInput: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("wb") as stream:
            write(stream)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InvalidInput(
            f"cannot write {path}",
            why=error.strerror or str(error),
            remedy="Check the folder, its permissions and the free space",
        ) from error
