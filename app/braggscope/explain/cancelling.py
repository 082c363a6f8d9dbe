"""A host whose work at hand can be cancelled from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from braggscope.api import Cancelled, Run

#: More jobs than this are never under way: two runs, the next pixels asked for already.
_MOST_JOBS = 4


class CancellableHost:
    """Keeps the jobs that it starts, to end them.

    Args:
        host: what is asked; see `braggscope.host.host.Host`.
    """

    def __init__(self, host: Any) -> None:
        self._host = host
        self._lock = threading.Lock()
        self._jobs: list[Any] = []
        self._cancelled = False

    def render(self, run: Run) -> Any:
        """As the host's."""
        return self._kept(lambda: self._host.render(run))

    def trace(self, run: Run, pixels: Any) -> Any:
        """As the host's."""
        return self._kept(lambda: self._host.trace(run, pixels))

    def cancel(self) -> None:
        """End what is at hand; nothing more is begun."""
        with self._lock:
            self._cancelled = True
            jobs = list(self._jobs)
        for job in jobs:
            job.cancel()

    def check(self) -> None:
        """Go on, or not.

        Raises:
            Cancelled: it was.
        """
        if self._cancelled:
            raise Cancelled()

    def _kept(self, start: Callable[[], Any]) -> Any:
        with self._lock:
            self.check()
            job = start()
            self._jobs = [*self._jobs[1 - _MOST_JOBS :], job]
        return job
