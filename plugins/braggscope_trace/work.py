"""One piece of work outside the window's thread; the last request wins."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot


class _Relay(QObject):
    finished = Signal(int, object, object)


class Background(QObject):
    """Does work in a thread.

    Signals:
        done: its result, in the thread of this object.
        failed: the exception that ended it.
    """

    done = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ticket = 0
        # It outlives this object as long as a thread may still fill it.
        self._relay = _Relay()
        self._relay.finished.connect(self._deliver)

    def start(self, work: Callable[[], Any]) -> None:
        """Do other work; the result of what runs now is void."""
        self._ticket += 1
        ticket, relay = self._ticket, self._relay

        def run() -> None:
            result, error = None, None
            try:
                result = work()
            except Exception as failure:  # noqa: BLE001  # told in the window's thread
                error = failure
            # At the end of the process Qt may be gone before the thread is.
            with contextlib.suppress(RuntimeError):
                relay.finished.emit(ticket, result, error)

        QThreadPool.globalInstance().start(run)

    @Slot(int, object, object)
    def _deliver(self, ticket: int, result: Any, error: Exception | None) -> None:
        if ticket != self._ticket:
            return
        if error is not None:
            self.failed.emit(error)
        else:
            self.done.emit(result)
