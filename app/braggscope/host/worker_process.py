"""WorkerProcess: a worker that is there when it is needed, started anew after it died."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from braggscope.errors import Cancelled
from braggscope.host.jobs import CancelToken, ProgressCallback
from braggscope.host.live_worker import Answer, LiveWorker, PartCallback, start_worker
from braggscope.host.protocol import Hello, Message
from braggscope.host.scratch import Scratch
from braggscope.host.spares import Spares
from braggscope.host.worker_command import WorkerSpec


@dataclass(frozen=True)
class Timing:
    """How long to wait, seconds.

    Attributes:
        start_s: for a worker's hello.
        cancel_s: for a cancelled request to stop, before its worker is killed.
        stop_s: for each step of ending a worker.
    """

    start_s: float = 60.0
    cancel_s: float = 2.0
    stop_s: float = 2.0


def _ignore(fraction: float, message: str) -> None:
    """Nobody listens."""


class WorkerProcess:
    """The worker of one engine, or the one for analyses. One request at a time.

    Raises, in all methods that talk to the worker:
        EngineFailed: it cannot be started, or died; the next request starts a new one.
        Cancelled: the token was set.
    """

    def __init__(self, spec: WorkerSpec, scratch: Scratch, timing: Timing, spares: Spares) -> None:
        self.spec = spec
        self._scratch = scratch
        self._spares = spares
        self._timing = timing
        self._lock = threading.Lock()
        self._worker: LiveWorker | None = None
        self._closed = False

    @property
    def hello(self) -> Hello | None:
        """What the living worker said of itself; None while there is none."""
        worker = self._worker
        return worker.hello if worker is not None and worker.is_alive else None

    @property
    def pid(self) -> int | None:
        """The process id of the living worker."""
        worker = self._worker
        return worker.pid if worker is not None and worker.is_alive else None

    @property
    def log_path(self) -> Path | None:
        """The log of the last worker; None before the first."""
        worker = self._worker
        return None if worker is None else worker.log_path

    def start(self, token: CancelToken) -> Hello:
        """Start the worker if there is none, and wait for its hello."""
        return self._living().wait_hello(token, self._timing.start_s)

    def request(
        self,
        build: Callable[[int], Message],
        token: CancelToken,
        on_progress: ProgressCallback = _ignore,
        on_part: PartCallback | None = None,
    ) -> Answer:
        """Send the message that build makes for an id, and wait for the answer."""
        worker = self._living()
        worker.wait_hello(token, self._timing.start_s)
        token.check()
        return worker.exchange(build, token, on_progress, self._timing.cancel_s, on_part)

    def stop(self, grace_s: float | None = None) -> None:
        """End the worker, if there is one; the next request starts another."""
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.stop(self._timing.stop_s if grace_s is None else grace_s)

    def close(self, grace_s: float | None = None) -> None:
        """End the worker for good."""
        self._closed = True
        self.stop(grace_s)

    def _living(self) -> LiveWorker:
        with self._lock:
            if self._closed:
                raise Cancelled("Braggscope is closing")
            if self._worker is None or not self._worker.is_alive:
                self._worker = self._spares.take(self.spec) or self._started()
            return self._worker

    def _started(self) -> LiveWorker:
        folder = self._scratch.new_path(f"worker-{self.spec.name}")
        return start_worker(self.spec, self._scratch.folder, folder)
