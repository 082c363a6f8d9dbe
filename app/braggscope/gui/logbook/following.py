"""Reads what is appended to the logs of workers, in a thread. No Qt.

A log stays open: what was written just before its file was removed is still read.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from braggscope.gui.logbook.lines import entries_of
from braggscope.ui.log import LogEntry

_POLL_S: Final = 0.4
#: Read at once of one log; what a worker prints beyond is left out, and that is said.
_MOST_BYTES: Final = 1 << 16


@dataclass(eq=False)
class _Followed:
    """One log that is being read."""

    file: BinaryIO
    inode: int
    place: int = 0
    rest: bytes = b""


class LogFollower:
    """Follows the logs of all workers there are.

    Args:
        logs: name -> file, asked again and again; called in the thread.
        write: takes entries; called in the thread.
    """

    def __init__(
        self,
        logs: Callable[[], Mapping[str, Path]],
        write: Callable[[list[LogEntry]], None],
    ) -> None:
        self._logs, self._write = logs, write
        self._followed: dict[str, _Followed] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop; what was not read yet is left."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        for followed in self._followed.values():
            followed.file.close()
        self._followed.clear()

    def _run(self) -> None:
        while not self._stop.wait(_POLL_S):
            self.read()

    def read(self) -> None:
        """Read what has come since the last time."""
        logs = self._logs()
        found: list[LogEntry] = []
        for name in [*self._followed, *(name for name in logs if name not in self._followed)]:
            found += self._read_one(name, logs.get(name))
        if found:
            self._write(found)

    def _read_one(self, name: str, path: Path | None) -> list[LogEntry]:
        found: list[LogEntry] = []
        inode = -1
        with suppress(OSError):
            inode = path.stat().st_ino if path is not None else -1
        followed = self._followed.get(name)
        if followed is not None and followed.inode != inode:
            found += _news(followed, name, is_last=True)
            followed.file.close()
            followed = None
            del self._followed[name]
        if followed is None and path is not None and inode != -1:
            with suppress(OSError):
                file = path.open("rb")
                followed = _Followed(file, os.fstat(file.fileno()).st_ino)
                self._followed[name] = followed
        return found + ([] if followed is None else _news(followed, name, is_last=False))


def _news(followed: _Followed, name: str, *, is_last: bool) -> list[LogEntry]:
    """What was appended, in whole lines."""
    found: list[LogEntry] = []
    file = followed.file
    try:
        size = file.seek(0, os.SEEK_END)
        if size < followed.place:
            # The host cuts long logs to their end, which was read.
            followed.place, followed.rest = size, b""
        if size - followed.place > _MOST_BYTES:
            left_out = size - _MOST_BYTES - followed.place
            found.append(LogEntry("warning", name, f"… {left_out} bytes of its log are left out"))
            followed.place, followed.rest = size - _MOST_BYTES, b""
        file.seek(followed.place)
        data = file.read(_MOST_BYTES)
    except OSError as error:
        return [LogEntry("warning", name, f"its log cannot be read: {error}")] if is_last else []
    followed.place += len(data)
    data = followed.rest + data
    whole, _, followed.rest = data.rpartition(b"\n")
    if is_last or len(followed.rest) > _MOST_BYTES:
        whole, followed.rest = data, b""
    lines = whole.decode("utf-8", errors="replace").splitlines()
    return [*found, *entries_of(lines, name)]
