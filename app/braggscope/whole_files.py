"""Files that are written whole or not at all, to wherever a path leads."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from braggscope.errors import InvalidInput


class Sink(Protocol):
    """What content is written to; a FIFO can do no more than this."""

    def write(self, content: bytes, /) -> object:
        """Append bytes."""
        ...


def check_writable(path: Path) -> None:
    """Refuse a place that cannot take a file, before the work whose result it is to take.

    Raises:
        InvalidInput: it is a folder, or no file can be made there.
    """
    try:
        if _is_special(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(None, "Permission denied")
            return
        draft = _draft_of(path)
        # Permissions alone do not tell of read-only disks, or of names that are too long.
        draft.open("wb").close()
        draft.unlink()
    except OSError as error:
        raise _not_written(path, error) from error


def write_whole(path: Path, write: Callable[[Sink], object]) -> None:
    """Write a file completely or not at all; devices and FIFOs are written where they are.

    A symbolic link stays one: the file that it leads to is written.

    Raises:
        InvalidInput: it cannot be written.
    """
    try:
        if _is_special(path):
            with path.open("wb") as stream:
                write(stream)
        else:
            _replace(path, write)
    except OSError as error:
        raise _not_written(path, error) from error


def replace_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """As `write_whole`, for libraries that move about in what they write, and read it again.

    The stream has no buffer of its own: what it could not write is no trouble later.

    Raises:
        InvalidInput: it cannot be written; a device or a FIFO cannot.
    """
    try:
        if _is_special(path):
            raise OSError(None, "It is no ordinary file")
        _replace(path, write, buffering=0)
    except OSError as error:
        raise _not_written(path, error) from error


def write_bytes(path: Path, content: bytes) -> None:
    """As `write_whole`, for content that is there already."""
    write_whole(path, lambda sink: sink.write(content))


def write_text(path: Path, text: str) -> None:
    """As `write_whole`, for text."""
    write_bytes(path, text.encode())


def _replace(path: Path, write: Callable[[BinaryIO], object], buffering: int = -1) -> None:
    target, draft = Path(os.path.realpath(path)), _draft_of(path)
    try:
        with draft.open("w+b", buffering) as stream:
            write(stream)
        if target.is_file():
            shutil.copymode(target, draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    """Whether it is a device or a FIFO; a folder and a circle of links are errors."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(None, "It is a folder")
    return not stat.S_ISREG(mode)


def _draft_of(path: Path) -> Path:
    """Beside the file itself, so that replacing it is one step."""
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.{os.getpid()}.part")


def _not_written(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"cannot write {path}",
        why=error.strerror or str(error),
        remedy="Check the folder, its permissions and the free space",
    )
