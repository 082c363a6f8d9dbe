"""A region shared among threads, stretch by stretch."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from braggscope.api import InvalidInput
from braggscope_torch.native.job import Job
from braggscope_torch.native.library import Library

#: Work of one call: short enough for progress and balance, long enough to hide the call.
_STRETCH_S: Final = 0.02
_FIRST_STRETCH: Final = 64
_LARGEST_STRETCH: Final = 2**22
_POLL_S: Final = 0.03


#: Set by the host from the setting `threads` of the engine.
THREADS_VARIABLE: Final = "BRAGGSCOPE_THREADS"


def processors() -> int:
    """How many threads may work at once.

    Raises:
        InvalidInput: the setting is no number of threads.
    """
    said = os.environ.get(THREADS_VARIABLE, "")
    if said:
        if not said.isdecimal() or int(said) < 1:
            raise InvalidInput(
                f"{said!r} is no number of threads",
                where=THREADS_VARIABLE,
                remedy="Correct the setting threads of the engine, or remove it to use all",
            )
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class _Progress:
    """What the threads share, under their lock."""

    next: int
    stop: int
    done: int = 0
    not_finite: int = 0
    found: int = -1
    failure: BaseException | None = None


def render_region(
    library: Library,
    job: Job,
    start: int,
    stop: int,
    threads: int,
    checkpoint: Callable[[int], None],
) -> tuple[int, int]:
    """Render the pixels start to stop of the region of interest, in raster order.

    Args:
        checkpoint: called now and then with the number of pixels that are done; what it raises
            ends the work and is raised here.

    Returns:
        How many pixels are not finite, and of a scan the first pixel found, or -1.
    """
    progress = _Progress(start, stop)
    lock = threading.Lock()
    workers = [
        threading.Thread(target=_work, args=(library, job, progress, lock), daemon=True)
        for _ in range(threads)
    ]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(_POLL_S)
                checkpoint(progress.done)
    finally:
        # After the last pixel it changes nothing; before, the threads leave soon.
        job.cancelled[0] = 1
        for worker in workers:
            worker.join()
        job.cancelled[0] = 0
    if progress.failure is not None:
        raise progress.failure
    return progress.not_finite, progress.found


def _work(library: Library, job: Job, progress: _Progress, lock: threading.Lock) -> None:
    size = _FIRST_STRETCH
    while not job.cancelled[0]:
        with lock:
            start = progress.next
            stop = min(start + size, progress.stop)
            # Stretches are given out in order: nothing before a find is left out.
            if start >= stop or progress.found >= 0 or progress.failure is not None:
                return
            progress.next = stop
        began = time.perf_counter()
        try:
            outcome = library.render(job.structure, start, stop)
        except BaseException as error:  # noqa: BLE001  # it is raised again by the caller's thread
            with lock:
                progress.failure = error
            return
        spent = time.perf_counter() - began
        with lock:
            progress.done += stop - start
            progress.not_finite += outcome.not_finite
            found = outcome.found
            if found >= 0 and (progress.found < 0 or found < progress.found):
                progress.found = found
        size = int(min(max(size * min(_STRETCH_S / max(spent, 1e-9), 4.0), 1), _LARGEST_STRETCH))
