"""HDF5 files with a seal: a checksum of everything, behind what HDF5 reads.

A damaged file is refused before the HDF5 library sees it, which does not always survive damage.
Any program that reads HDF5 reads these; what it writes into them breaks the seal.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from braggscope import __version__
from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.openable import HDF5_MAGIC, SESSION_MARK
from braggscope.whole_files import replace_whole

#: Counts up when an older Braggscope could not read what is written.
FORMAT: Final = 2
_SEAL: Final = b"\nbraggscope sha256 "
_SEAL_BYTES: Final = len(_SEAL) + 64 + 1
_BLOCK: Final = 2**22
_HEAD: Final = 2**12


def _say_nothing(fraction: float) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Watch:
    """Whoever waits for a file.

    Attributes:
        report: told the done fraction.
        check: raises `Cancelled` when nobody wants the file any more.
    """

    report: Callable[[float], None] = _say_nothing
    check: Callable[[], None] = lambda: None

    def part(self, start: float, end: float) -> Watch:
        """The same for a part of the work."""
        return Watch(lambda done: self.report(start + (end - start) * done), self.check)


class _Draft:
    """A file as h5py writes one, on a disk that may be full.

    HDF5 does not survive a write that fails: it keeps the file open and tries again when the
    process ends. So after the first failure nothing is written any more, HDF5 closes in peace, and
    the failure is told then.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        return self._stream.readinto(buffer)  # type: ignore[attr-defined]

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def write(self, content: Any) -> int:
        rest = memoryview(content).cast("B")
        size = len(rest)
        try:
            while rest and self.failure is None:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            self.failure = error
        return size

    def truncate(self, size: int) -> int:
        try:
            if self.failure is None:
                self._stream.truncate(size)
        except OSError as error:
            self.failure = error
        return size

    def flush(self) -> None:
        """Nothing waits here."""


def write_sealed(path: Path, fill: Callable[[Any, Watch], None], watch: Watch) -> None:
    """Write an HDF5 file whole or not at all, and seal it.

    Args:
        fill: puts the content into an `h5py.File`.

    Raises:
        InvalidInput: it cannot be written; an existing file is as it was.
        Cancelled: nobody wants it any more; likewise.
    """
    import h5py

    def write(stream: BinaryIO) -> None:
        draft = _Draft(stream)
        try:
            # The plainest form: any HDF5 library reads it, and the mark stays near the beginning.
            with h5py.File(draft, "w", libver="earliest") as file:
                file.attrs[SESSION_MARK.decode()] = FORMAT
                file.attrs["creator"] = f"Braggscope {__version__}"
                fill(file, watch.part(0.0, 0.9))
        except (OSError, RuntimeError, ValueError) as error:
            raise draft.failure or error from error
        if draft.failure is not None:
            raise draft.failure
        stream.seek(0)
        digest = _digest(stream, None, watch.part(0.9, 1.0))
        draft.seek(0, io.SEEK_END)
        draft.write(_SEAL + digest.encode() + b"\n")
        if draft.failure is not None:
            raise draft.failure

    replace_whole(path, write)


@contextmanager
def opened_sealed(path: Path, watch: Watch) -> Iterator[Any]:
    """An `h5py.File` to read, once its seal is found whole.

    Raises:
        InvalidInput: the file cannot be read, is no session, is damaged, or of a newer format; also
            in place of what h5py raises inside.
        Cancelled: nobody wants it any more.
    """
    import h5py

    try:
        with path.open("rb", 0) as stream:
            _check_seal(path, stream, watch.part(0.0, 0.2))
            with h5py.File(stream, "r") as file:
                _check_format(path, file)
                yield file
    except BraggscopeError:
        raise
    except OSError as error:
        if error.errno is None:
            raise _not_understood(path, error) from error
        raise InvalidInput(
            f"cannot read {path}",
            why=error.strerror or str(error),
            remedy="Check the path and the permissions",
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError, IndexError) as error:
        raise _not_understood(path, error) from error


def _check_seal(path: Path, stream: BinaryIO, watch: Watch) -> None:
    size = stream.seek(0, io.SEEK_END)
    if size == 0:
        raise InvalidInput(
            f"{path.name} is empty", where=str(path), remedy="Choose a session that was saved whole"
        )
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(max(0, size - _SEAL_BYTES))
    seal = stream.read(_SEAL_BYTES)
    is_hdf5, is_sealed = head.startswith(HDF5_MAGIC), seal.startswith(_SEAL)
    if not is_hdf5 or not (is_sealed or SESSION_MARK in head):
        what = "an HDF5 file, but no session" if is_hdf5 else "no session"
        raise InvalidInput(
            f"{path.name} is {what} of Braggscope",
            where=str(path),
            remedy="Sessions are files that File ▸ Save session wrote; images open with"
            " File ▸ Open images",
        )
    if not is_sealed:
        raise _damaged(path, "its end is missing, or another program has changed it")
    stream.seek(0)
    found = _digest(stream, size - _SEAL_BYTES, watch)
    if seal != _SEAL + found.encode() + b"\n":
        raise _damaged(path, "its content is not what its checksum says")
    stream.seek(0)


def _digest(stream: BinaryIO, size: int | None, watch: Watch) -> str:
    """SHA-256 of so many bytes from here on; None: of all."""
    end = stream.seek(0, io.SEEK_END) if size is None else size
    stream.seek(0)
    found, left = hashlib.sha256(), end
    while left:
        watch.check()
        block = stream.read(min(_BLOCK, left))
        if not block:
            break
        found.update(block)
        left -= len(block)
        watch.report(1.0 - left / end)
    return found.hexdigest()


def _check_format(path: Path, file: Any) -> None:
    found = int(file.attrs[SESSION_MARK.decode()])
    if found > FORMAT:
        raise InvalidInput(
            f"{path.name} is of a newer format than this version of Braggscope reads",
            where=str(path),
            why=f"{file.attrs['creator']} wrote format {found}; this is Braggscope {__version__},"
            f" which reads {FORMAT}",
            remedy="Open it with a newer version of Braggscope",
        )


def _damaged(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path.name} is damaged",
        where=str(path),
        why=why,
        remedy="Take another copy of it; image data in it may still be read by programs for HDF5",
    )


def _not_understood(path: Path, error: Exception) -> InvalidInput:
    return InvalidInput(
        f"{path.name} is no session to this version of Braggscope",
        where=str(path),
        why=f"{type(error).__name__}: {str(error)[:400]}",
        remedy="Open it with the version that wrote it",
    )
