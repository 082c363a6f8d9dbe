"""Work of a dock outside the window's thread; the last request wins."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from braggscope.api import Cancelled
from braggscope_plots.pixels import Check, check_of


@cache
def _executor() -> ThreadPoolExecutor:
    """One thread for all docks: they share the processor with the engines."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="plots")


@cache
def load_library() -> None:
    """Import pyqtgraph in the thread: a dock that is opened would hold up the window with it."""
    _executor().submit(import_module, "pyqtgraph")


class _Relay(QObject):
    """Carries results; outlives its dock as long as a thread may still fill it."""

    finished = Signal(object)


class _Job:
    """One piece of work, and later its result or the exception that ended it."""

    def __init__(self, ticket: int, work: Callable[[Check], Any], relay: _Relay) -> None:
        self.ticket = ticket
        self.work = work
        self.relay = relay
        self.cancelled = False
        self.result: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        """Do the work; in the thread."""
        try:
            if not self.cancelled:
                self.result = self.work(check_of(lambda: self.cancelled))
        except Cancelled:
            self.cancelled = True
        except Exception as error:  # noqa: BLE001  # it is raised again in the window's thread
            self.error = error
        # At the end of the process Qt may be gone before the thread is.
        with contextlib.suppress(RuntimeError):
            self.relay.finished.emit(self)


class Channel(QObject):
    """Runs a dock's work one at a time.

    Work that was started goes to its end unless it is told to stop by `submit(…, stop=True)` or
    `forget`; only the newest request waits. So a plot that follows the pointer is drawn all the
    way, and results never come out of order.

    Signals:
        done: (ticket, result, exception or None) of work that is still wanted.
    """

    done = Signal(int, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._relay = _Relay()
        self._relay.finished.connect(self._deliver)
        self._ticket = 0
        self._running: _Job | None = None
        self._waiting: _Job | None = None

    @property
    def is_busy(self) -> bool:
        """Whether any work is under way."""
        return self._running is not None

    def submit(self, work: Callable[[Check], Any], *, stop: bool = True) -> int:
        """Do other work; returns its ticket.

        Args:
            work: called in the thread with a function that raises when it is to be given up.
            stop: whether what runs now is of no use any more.
        """
        self._ticket += 1
        job = _Job(self._ticket, work, self._relay)
        if self._running is not None:
            self._running.cancelled |= stop
            self._waiting = job
        else:
            self._start(job)
        return job.ticket

    def forget(self) -> None:
        """Nothing that was asked for is wanted any more."""
        self._waiting = None
        if self._running is not None:
            self._running.cancelled = True

    def _start(self, job: _Job) -> None:
        self._running = job
        _executor().submit(job.run)

    @Slot(object)
    def _deliver(self, job: _Job) -> None:
        if job is not self._running:
            return
        self._running = None
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._start(waiting)
        if not job.cancelled:
            self.done.emit(job.ticket, job.result, job.error)
