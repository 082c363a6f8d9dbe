"""From a path to an image: which format, and whether the file stayed as it was meanwhile."""

from __future__ import annotations

import hashlib
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import EngineFailed, InvalidInput
from braggscope.experiment.recognise import suffix_of, unpacked
from braggscope_files.braces import read_edf, read_smv
from braggscope_files.cbf import read_cbf
from braggscope_files.floats import as_floats, marked
from braggscope_files.foreign import read_with_fabio
from braggscope_files.found import MOST_BYTES, Found, Wanted, unreadable
from braggscope_files.hdf5 import read_hdf5
from braggscope_files.numpy_files import read_npy, read_npz
from braggscope_files.raw import fits, read_raw
from braggscope_files.tiff import read_tiff

_RAW_SUFFIXES: Final = (".bin", ".raw")
_HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
_TIFF_MAGICS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_TRIES, _PAUSE_S = 5, 0.2

#: inode, size, and times of the last changes of content and of anything
Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Choice:
    """What a run asks for: all of it decides what the image is.

    Attributes:
        path: the file.
        wanted: which image of it.
        gaps: whether marked pixels are masked.
        scale, offset: pixels become scale · value + offset.
    """

    path: Path
    wanted: Wanted
    gaps: bool = True
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Loaded:
    """An image from a file.

    Attributes:
        pixels: [slow, fast] float32 or float64, native.
        mask: [slow, fast] bool, True where a pixel does not count; None: all count.
        precision: of the file's pixels, in words.
        version: format and digest of what was read.
        notes: what the user should know.
        stamps: of all files that it came from.
    """

    pixels: NDArray[Any]
    mask: NDArray[np.bool_] | None
    precision: str
    version: str
    notes: tuple[str, ...]
    stamps: tuple[tuple[Path, Stamp], ...]

    @property
    def is_current(self) -> bool:
        """Whether the files are still as they were."""
        return all(stamp_of(path) == stamp for path, stamp in self.stamps)


def load(choice: Choice) -> Loaded:
    """Read an image. A file that changes meanwhile is read again.

    Raises:
        InvalidInput: the file is missing, damaged, or not what was asked for.
        EngineFailed: it does not stop changing.
    """
    error: InvalidInput | None = None
    for _ in range(_TRIES):
        before = stamp_of(choice.path)
        error = None
        try:
            loaded = _loaded(choice, _found(choice.path, choice.wanted), before)
        except InvalidInput as caught:
            # Half a file is no image yet; the whole one may be.
            error = caught
            if stamp_of(choice.path) == before:
                raise
        else:
            if loaded.is_current:
                return loaded
        time.sleep(_PAUSE_S)
    raise EngineFailed(
        f"{choice.path.name} does not stop changing",
        where=str(choice.path),
        why=str(error) if error is not None else "it is being written",
        remedy="Run again when it is complete",
    )


def stamp_of(path: Path) -> Stamp:
    """Tells whether a file was changed since; zeros where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return (0, 0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _loaded(choice: Choice, found: Found, before: Stamp) -> Loaded:
    pixels, precision = as_floats(found.pixels)
    mask = marked(found) if choice.gaps else None
    notes = list(found.notes)
    if found.frames > 1:
        notes.append(f"frame {choice.wanted.frame + 1} of {found.frames}")
    if mask is not None:
        notes.append(f"{int(mask.sum())} of {mask.size} pixels are masked: gaps and dead pixels")
    if (choice.scale, choice.offset) != (1.0, 0.0):
        pixels = pixels * np.float64(choice.scale) + choice.offset
        notes.append(f"pixels are the file's times {choice.scale:g} plus {choice.offset:g}")
    stamps = ((choice.path, before), *((other, stamp_of(other)) for other in found.others))
    version = f"{found.format}, SHA-256 {_digest(pixels, mask)[:16]}"
    return Loaded(pixels, mask, precision, version, tuple(notes), stamps)


def _digest(pixels: NDArray[Any], mask: NDArray[np.bool_] | None) -> str:
    """Of the image and not of the file: it may come from several, and one file holds several."""
    digest = hashlib.sha256(f"{pixels.shape} {pixels.dtype.str}".encode())
    digest.update(pixels.data)
    if mask is not None:
        digest.update(np.packbits(mask).data)
    return digest.hexdigest()


def _found(path: Path, wanted: Wanted) -> Found:
    _check_file(path)
    with _opened(path) as stream:
        head = stream.read(16)
    if not head:
        raise InvalidInput(
            f"{path.name} is empty",
            where=str(path),
            why="it has no bytes",
            remedy="Fetch or write the file again",
        )
    suffix = suffix_of(path)
    if head.startswith(_HDF5_MAGIC) or suffix in (".h5", ".hdf5", ".nxs", ".hdf"):
        return read_hdf5(path, wanted)
    try:
        content = unpacked(path, path.read_bytes())
    except OSError as error:
        raise _not_opened(path, error) from error
    if wanted.dataset and not content.startswith(b"PK"):
        raise InvalidInput(
            f"{path.name} has no datasets",
            where=str(path),
            why=f"the dataset {wanted.dataset!r} was asked for",
            remedy="Leave the dataset empty",
        )
    return _by_content(path, content, suffix, wanted)


def _by_content(path: Path, content: bytes, suffix: str, wanted: Wanted) -> Found:
    """By the name for raw pixels, which may begin with anything; else by the first bytes."""
    start = content[:4096].lstrip(b"\r\n ")
    if suffix in _RAW_SUFFIXES:
        return read_raw(path, content, wanted)
    if content.startswith(b"\x93NUMPY"):
        return read_npy(path, content, wanted)
    if content.startswith(b"PK\x03\x04"):
        return read_npz(path, content, wanted)
    if start.startswith(b"###CBF") or suffix == ".cbf":
        return read_cbf(path, content, wanted)
    if content[:4] in _TIFF_MAGICS:
        return read_tiff(path, content, wanted)
    if start.startswith(b"{"):
        smv = b"HEADER_BYTES" in start[:1024] or suffix in (".img", ".smv")
        return (read_smv if smv else read_edf)(path, content, wanted)
    known = _FORMATS.get(suffix)
    if known is not None:
        raise unreadable(path, known, "it does not begin as one")
    if fits(len(content), wanted.shape):
        return read_raw(path, content, wanted)
    return read_with_fabio(path, content, path.suffix, None, wanted)


_FORMATS: Final = {
    ".npy": ".npy file",
    ".npz": ".npz file",
    ".tif": "TIFF image",
    ".tiff": "TIFF image",
    ".mccd": "MarCCD image",
    ".edf": "EDF image",
    ".img": "SMV image",
    ".smv": "SMV image",
}


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise _not_opened(path, error) from error
    if not stat.S_ISREG(status.st_mode):
        raise InvalidInput(
            f"{path.name or path} is no file",
            where=str(path),
            why="it is a folder" if stat.S_ISDIR(status.st_mode) else "it is a device or a pipe",
            remedy="Choose an image file",
        )
    if status.st_size > MOST_BYTES and not _is_hdf5(path):
        raise InvalidInput(
            f"{path.name} is too large for an image",
            where=str(path),
            why=f"it has {status.st_size / 2**30:.1f} GiB, the limit is {MOST_BYTES / 2**30:g} GiB",
        )


def _is_hdf5(path: Path) -> bool:
    with _opened(path) as stream:
        return stream.read(8) == _HDF5_MAGIC


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise _not_opened(path, error) from error


def _not_opened(path: Path, error: OSError | ValueError) -> InvalidInput:
    return InvalidInput(
        f"cannot read the image file {path}",
        why=getattr(error, "strerror", None) or str(error),
        remedy="Check the path and the permissions",
    )
