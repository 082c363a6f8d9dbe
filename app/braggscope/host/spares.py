"""A worker in reserve: started, with all imported that every worker needs, without a role.

It takes a fraction of a second off the way to an engine's first image. One that would have had
another environment is not used; nor is one for an engine that has an interpreter of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Final

from braggscope.host.launching import Launched, environment_in, launch, spare_command
from braggscope.host.live_worker import LiveWorker
from braggscope.host.scratch import Scratch
from braggscope.host.worker_command import WorkerSpec

#: Beginnings of the names of variables that Python, the system's libraries, NumPy or Pydantic have
#: read by the time a worker waits. Others can be set later; plugins and the window do set some.
_READ_EARLY: Final = (
    "PYTHON", "LD_", "DYLD_", "GLIBC_", "MALLOC_", "LC_", "LANG", "TZ", "TEMP", "TMP",
    "OMP_", "KMP_", "OPENBLAS_", "GOTO_", "MKL_", "BLIS_", "VECLIB_", "NPY_", "NUMPY_", "PYDANTIC_",
)  # fmt: skip
#: How threads wait concerns those that are to come.
_READ_LATE: Final = ("OMP_WAIT_POLICY",)
_NO_ROLE: Final = WorkerSpec("spare")


class Spares:
    """At most one worker in reserve.

    Args:
        head_start: the process of one that has been started already.
    """

    def __init__(self, scratch: Scratch, head_start: Launched | None = None) -> None:
        self._scratch = scratch
        self._lock = threading.Lock()
        self._closed = False
        self._given_up = False
        self._spare = None if head_start is None else LiveWorker(_NO_ROLE, head_start)

    @property
    def pid(self) -> int | None:
        """The process id of the worker in reserve; None while there is none."""
        spare = self._spare
        return spare.pid if spare is not None and spare.is_alive else None

    def take(self, spec: WorkerSpec) -> LiveWorker | None:
        """The worker in reserve with this role; None where there is none that will do."""
        with self._lock:
            spare = self._living()
            if spare is None or spec.interpreter:
                return None
            missing = _missing(spec.environment(spare.launched.temporary), spare)
            if missing is None:
                return None
            self._spare = None
        spare.assume(spec, self._scratch.folder, missing)
        return spare

    def refill(self) -> None:
        """Start a worker, if none is waiting that will do.

        One that died while it waited is not replaced: memory may be short.
        """
        with self._lock:
            spare = self._living()
            if spare is not None:
                if _missing(environment_in(spare.launched.temporary), spare) is not None:
                    return
                spare.kill()
                self._spare = None
            if not self._closed and not self._given_up:
                self._spare = self._started()

    def wait(self, limit_s: float) -> bool:
        """Whether one is ready, after waiting for that."""
        spare = self._spare
        return spare is not None and spare.wait_ready(limit_s)

    def close(self, grace_s: float) -> None:
        """End the one in reserve; there will be no other."""
        with self._lock:
            self._closed = True
            spare, self._spare = self._spare, None
        if spare is not None:
            spare.stop(grace_s)

    def _living(self) -> LiveWorker | None:
        if self._spare is not None and not self._spare.is_alive:
            self._spare, self._given_up = None, True
        return self._spare

    def _started(self) -> LiveWorker | None:
        """One that starts; None where it cannot: the worker that is needed next says why."""
        try:
            folder = self._scratch.new_path("worker-spare")
            command = spare_command(self._scratch.folder)
            return LiveWorker(_NO_ROLE, launch(command, folder, environment_in))
        except OSError:
            self._given_up = True
            return None


def _missing(wanted: Mapping[str, str], spare: LiveWorker) -> dict[str, str | None] | None:
    """What a spare must set (None: unset) to have the environment wanted; None: it is too late."""
    had = spare.launched.environment
    differing = [name for name in {*wanted, *had} if wanted.get(name) != had.get(name)]
    if any(n.startswith(_READ_EARLY) and n not in _READ_LATE for n in differing):
        return None
    return {name: wanted.get(name) for name in differing}
