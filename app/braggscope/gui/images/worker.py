"""A thread that prepares pictures; of requests with one key only the last is done. No Qt.

It lets the window's thread go first.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from braggscope.priority import thread_steps_back

_log = logging.getLogger(__name__)


class LatestWorker:
    """Does work in one thread of its own.

    Args:
        post: calls a function in the window's thread.
    """

    def __init__(self, post: Callable[[Callable[[], None]], None]) -> None:
        self._post = post
        self._condition = threading.Condition()
        self._waiting: dict[str, tuple[int, Callable[[], Any], Callable[[Any], None]]] = {}
        self._tickets: dict[str, int] = {}
        self._dropped: dict[str, int] = {}
        self._closed = False
        self._thread: threading.Thread | None = None

    def submit(self, key: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do work in the thread, then done(result) in the window's."""
        with self._condition:
            if self._closed:
                return
            self._tickets[key] = self._tickets.get(key, 0) + 1
            self._waiting[key] = (self._tickets[key], work, done)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="pictures", daemon=True)
                self._thread.start()
            self._condition.notify()

    def drop(self, key: str) -> None:
        """Forget what was asked under a key."""
        with self._condition:
            self._dropped[key] = self._tickets.get(key, 0)
            self._waiting.pop(key, None)

    def close(self) -> None:
        """Stop; waits for the piece of work under way."""
        with self._condition:
            self._closed = True
            self._waiting.clear()
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        thread_steps_back()
        while True:
            with self._condition:
                while not self._waiting and not self._closed:
                    self._condition.wait()
                if self._closed:
                    return
                key = next(iter(self._waiting))
                ticket, work, done = self._waiting.pop(key)
            try:
                result = work()
            except Exception:  # noqa: BLE001 - the thread must live on for the next picture
                _log.exception("a picture could not be prepared")
                del work, done
                continue
            self._post(partial(self._finish, key, ticket, done, result))
            # Images are large: none is kept by work that is done.
            del work, done, result

    def _finish(self, key: str, ticket: int, done: Callable[[Any], None], result: Any) -> None:
        # A drag of the levels asks faster than pictures are made: each that is made is shown.
        if not self._closed and ticket > self._dropped.get(key, 0):
            done(result)
