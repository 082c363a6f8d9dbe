"""The worker's end of the wire: messages in by a thread, messages out from anywhere."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Final

from braggscope.errors import BraggscopeError
from braggscope.host.protocol import (
    Analyse,
    Assume,
    Cancel,
    Gauge,
    Gradient,
    Message,
    Prepare,
    Progress,
    Render,
    Request,
    Shutdown,
    Trace,
    Waiting,
    error_message,
    read_message,
    write_message,
)
from braggscope.worker.guard import Guard

_PROGRESS_EVERY_S: Final = 0.05
_log = logging.getLogger(__name__)


class Channel:
    """Messages from and to the host.

    Args:
        guard: ends the worker when the host is gone.
    """

    def __init__(self, input_fd: int, output_fd: int, guard: Guard) -> None:
        self._input_fd = input_fd
        self._output_fd = output_fd
        self._guard = guard
        self._write_lock = threading.Lock()
        self._requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._ending = False
        self._last_progress = 0.0

    def awaited_role(self) -> Assume | None:
        """What a worker in reserve is told to be; None: to end. Before `start_reading`."""
        self.send(Waiting())
        message = read_message(self._input_fd)
        if message is None:  # The host is gone.
            self._guard.end()
        return message if isinstance(message, Assume) else None

    def start_reading(self) -> None:
        """Take messages from now on."""
        threading.Thread(target=self._read, name="host-messages", daemon=True).start()

    def next_request(self) -> Request | None:
        """The next request, in order; None when the host wants us to end."""
        return self._requests.get()

    def is_cancelled(self, request_id: int) -> bool:
        """Whether the host asked to stop a request (or everything)."""
        return self._ending or request_id in self._cancelled

    def forget(self, request_id: int) -> None:
        """The request has been answered."""
        self._cancelled.discard(request_id)

    def send(self, message: Message) -> None:
        """Send a message; a host that is gone is the reader thread's business.

        Raises:
            EngineFailed: the message is too large, or cannot be said in JSON.
        """
        with self._write_lock:
            try:
                write_message(self._output_fd, message)
            except OSError:
                _log.info("the host does not listen any more")

    def answer(self, message: Message, request_id: int) -> None:
        """Send an answer, or an error in its place if it cannot be sent."""
        try:
            self.send(message)
        except BraggscopeError as error:
            self.send(error_message(request_id, error))

    def progress(self, request_id: int, fraction: float, message: str) -> None:
        """Send progress, but not more often than anyone can read."""
        now = time.monotonic()
        if fraction < 1.0 and now - self._last_progress < _PROGRESS_EVERY_S:
            return
        self._last_progress = now
        self.send(Progress(id=request_id, fraction=fraction, message=message))

    def _read(self) -> None:
        try:
            while (message := read_message(self._input_fd)) is not None:
                self._take(message)
        except BraggscopeError as error:
            self.send(error_message(0, error))
        except OSError:
            _log.exception("the host cannot be heard")
        self._guard.end()

    def _take(self, message: Message) -> None:
        if isinstance(message, Cancel):
            self._cancelled.add(message.id)
        elif isinstance(message, Shutdown):
            self._ending = True
            self._requests.put(None)
        elif isinstance(message, Prepare | Render | Trace | Analyse | Gradient | Gauge):
            self._requests.put(message)
