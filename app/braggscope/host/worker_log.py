"""The log of a worker: what it and its children print, kept short."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_LARGEST: Final = 2**20
_KEPT: Final = 2**16
_TAIL_LINES: Final = 40


class WorkerLog:
    """A file that a worker appends to and that is cut when it grows long."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> int:
        """A descriptor for the worker to append to; close it after the start."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def tail(self) -> str:
        """The last lines."""
        lines = self._end().decode("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_TAIL_LINES:])

    def trim(self) -> None:
        """Cut the file to its end if it is long; a line that comes meanwhile may be lost."""
        with suppress(OSError):
            if self.path.stat().st_size <= _LARGEST:
                return
            end = self._end()
            with self.path.open("r+b") as file:
                file.truncate(0)
                file.write(end)

    def _end(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - _KEPT))
                return file.read(_KEPT)
        except OSError:
            return b""
