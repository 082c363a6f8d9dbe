"""File work in a thread, its result by a signal in the window's thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal, Slot

#: Time for the busy hint to be painted: a reader in C may hold Python's lock from its first moment.
_PAINT_FIRST_MS = 30

Failed = Callable[[Exception], None]


class _Relay(QObject):
    """Carries one result; lives as long as the thread that fills it, so no window has to wait."""

    finished = Signal(object)


class Task:
    """One piece of work.

    Attributes:
        done: called with the result.
        failed: called with the exception that ended it.
    """

    def __init__(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Failed
    ) -> None:
        self.work = work
        self.done = done
        self.failed = failed
        self.result: Any = None
        self.error: Exception | None = None
        self.cancelled = False
        self.relay = _Relay()

    def run(self) -> None:
        """Do the work; in the thread."""
        try:
            self.result = self.work()
        except Exception as error:  # noqa: BLE001  # a fault in a reader is shown, not lost in a thread
            self.error = error
        # At the end of the process Qt may be gone before the thread is.
        with contextlib.suppress(RuntimeError):
            self.relay.finished.emit(self)


class TaskRunner(QObject):
    """Runs one task per key; a newer task of a key makes the older one's result void.

    Signals:
        busy_changed: whether any task is under way.
    """

    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks: dict[str, Task] = {}

    def start(
        self,
        key: str,
        work: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Failed,
    ) -> None:
        """Run work in a thread and then, in the window's thread, done or failed."""
        self.cancel(key)
        task = Task(work, done, failed)
        task.relay.finished.connect(self._deliver)
        self._tasks[key] = task
        self.busy_changed.emit(True)
        QTimer.singleShot(_PAINT_FIRST_MS, self, lambda: self._begin(task))

    def cancel(self, key: str) -> None:
        """Forget a task; its thread may go on, its result is thrown away."""
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancelled = True
            if not self._tasks:
                self.busy_changed.emit(False)

    @property
    def is_busy(self) -> bool:
        """Whether any task is under way."""
        return bool(self._tasks)

    def is_running(self, key: str) -> bool:
        """Whether the task of a key is under way."""
        return key in self._tasks

    def _begin(self, task: Task) -> None:
        if not task.cancelled:
            QThreadPool.globalInstance().start(task.run)

    @Slot(object)
    def _deliver(self, task: Task) -> None:
        if task.cancelled:
            return
        self._tasks = {key: other for key, other in self._tasks.items() if other is not task}
        if not self._tasks:
            self.busy_changed.emit(False)
        if task.error is not None:
            task.failed(task.error)
        else:
            task.done(task.result)
