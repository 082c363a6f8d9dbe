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

#: Work of one call: short enough for progress, long enough to hide the call.
_LONGEST_S: Final = 0.02
_SHORTEST_S: Final = 0.0002
_FIRST_STRETCH: Final = 64
_MOST_GROWTH: Final = 8.0
#: Each thread takes such a share of what is left at a time, so that all end together.
_SHARE: Final = 3
#: The most pixels that a kernel takes together. Stretches end with them, so that the same pixels
#: are always together and sums have the same order, whatever the times and threads.
_TOGETHER: Final = 16
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
    checkpoint: Callable[[int, int], None],
) -> tuple[int, int]:
    """Render the pixels start to stop of the region of interest, in raster order.

    Args:
        checkpoint: called now and then with the number of pixels that are done and how many of
            them are not finite; what it raises ends the work and is raised here.

    Returns:
        How many pixels are not finite, and of a scan the first pixel found, or -1.
    """
    progress = _Progress(start, stop)
    lock = threading.Lock()
    workers = [
        threading.Thread(target=_work, args=(library, job, progress, lock, threads), daemon=True)
        for _ in range(threads)
    ]
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            while worker.is_alive():
                worker.join(_POLL_S)
                checkpoint(progress.done, progress.not_finite)
    finally:
        # After the last pixel it changes nothing; before, the threads leave soon.
        job.cancelled[0] = 1
        for worker in workers:
            worker.join()
        job.cancelled[0] = 0
    if progress.failure is not None:
        raise progress.failure
    return progress.not_finite, progress.found


def _work(
    library: Library, job: Job, progress: _Progress, lock: threading.Lock, threads: int
) -> None:
    size, shortest = _FIRST_STRETCH, 1
    while not job.cancelled[0]:
        with lock:
            start = progress.next
            # Stretches are given out in order: nothing before a find is left out.
            if start >= progress.stop or progress.found >= 0 or progress.failure is not None:
                return
            share = (progress.stop - start) // (_SHARE * threads)
            stop = _aligned(start + min(size, max(share, shortest)), job.structure.roi_width)
            stop = min(stop, progress.stop)
            progress.next = stop
        began = time.perf_counter()
        try:
            outcome = library.render(job.structure, start, stop)
        except BaseException as error:  # noqa: BLE001  # it is raised again by the caller's thread
            with lock:
                progress.failure = error
            return
        per_pixel_s = max(time.perf_counter() - began, 1e-9) / (stop - start)
        with lock:
            progress.done += stop - start
            progress.not_finite += outcome.not_finite
            found = outcome.found
            if found >= 0 and (progress.found < 0 or found < progress.found):
                progress.found = found
        size = int(max(min(_LONGEST_S / per_pixel_s, size * _MOST_GROWTH), 1))
        shortest = int(max(_SHORTEST_S / per_pixel_s, 1))


def _aligned(stop: int, width: int) -> int:
    """The end of the pixels of a row that belong together with the last one before `stop`."""
    row, column = divmod(stop, width)
    return row * width + min(-(-column // _TOGETHER) * _TOGETHER, width)
