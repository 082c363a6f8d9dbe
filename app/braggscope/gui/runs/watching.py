"""Sees when files that rows show have changed. It asks for their times: that works on any disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from braggscope.gui.slots import paths_of
from braggscope.gui.tasks import TaskRunner
from braggscope.gui.workspace import Workspace

#: Looks at a file; one that is the same in two of them is written to its end.
INTERVAL_MS: Final = 500

#: inode, size, time of the last change; None where there is no file.
Stamp = tuple[int, int, int] | None


class Changes:
    """Which files have changed and come to rest. No Qt."""

    def __init__(self) -> None:
        self._told: dict[Path, Stamp] = {}
        self._last: dict[Path, Stamp] = {}

    def seen(self, stamps: Mapping[Path, Stamp]) -> tuple[Path, ...]:
        """Those that are other than when they were told last; a new one is only noted."""
        changed = []
        for path, stamp in stamps.items():
            told = self._told.setdefault(path, stamp)
            at_rest = stamp is not None and stamp == self._last.get(path)
            if stamp != told and at_rest:
                self._told[path] = stamp
                changed.append(path)
        self._told = {path: stamp for path, stamp in self._told.items() if path in stamps}
        self._last = dict(stamps)
        return tuple(changed)


class FileWatch(QObject):
    """Looks at the files of all rows, in a thread.

    Signals:
        changed: the path of a file with other content.
    """

    changed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._session = workspace.session
        self._changes = Changes()
        self._tasks = TaskRunner(self)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self._look)
        self._paths: frozenset[Path] = frozenset()
        workspace.slots_changed.connect(self._slots_changed)

    @Slot()
    def _slots_changed(self) -> None:
        session = self._session
        paths = frozenset(p for slot in session.slots for p in paths_of(slot, session.engines))
        if paths == self._paths:
            return
        self._paths = paths
        if paths:
            self._timer.start()
            self._look()
        else:
            self._timer.stop()

    @Slot()
    def _look(self) -> None:
        if not self._tasks.is_busy:
            paths = self._paths
            self._tasks.start("look", lambda: _stamps(paths), self._seen, lambda error: None)

    def _seen(self, stamps: Mapping[Path, Stamp]) -> None:
        for path in self._changes.seen(stamps):
            if path in self._paths:
                self.changed.emit(path)


def _stamps(paths: frozenset[Path]) -> dict[Path, Stamp]:
    return {path: _stamp(path) for path in paths}


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns)
