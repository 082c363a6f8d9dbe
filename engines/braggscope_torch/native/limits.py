"""What the machine allows: rates measured on all threads, and what a run takes of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from braggscope.api import Limit
from braggscope_torch.blocks import region_size
from braggscope_torch.native.effort import operations_of
from braggscope_torch.native.job import Job, Lookup
from braggscope_torch.native.library import Library
from braggscope_torch.tables import Tables

_ROUNDS: Final = 3
_SECONDS: Final = 0.08
#: Larger than caches usually are, for all threads together.
_COPIED_BYTES: Final = 2**28


def limit_of(tables: Tables, library: Library, threads: int) -> Limit:
    """The limit of a run that the native kernel supports; takes under a second."""
    values = tables.structure_factors.values
    lookup: Lookup = "constant"
    if values is not None:
        lookup = "tricubic" if tables.setup.crystal.interpolates else "nearest"
    mixed = tables.precision == "mixed"
    no_image = np.zeros(1, dtype=np.float32 if mixed else np.float64)
    job = Job(tables, no_image, lookup)
    pixels = region_size(tables)
    return Limit(
        operations=operations_of(job, pixels, mixed),
        operations_per_s=_best(threads, lambda: library.operations_per_s(_SECONDS)),
        traffic_bytes=float(pixels * no_image.itemsize),
        bytes_per_s=_best(threads, lambda: _copying_bytes_per_s(threads)),
    )


def _best(threads: int, measure: Callable[[], float]) -> float:
    """The largest of a few sums over threads that measure at the same time."""
    return max(_at_once(threads, measure) for _ in range(_ROUNDS))


def _at_once(threads: int, measure: Callable[[], float]) -> float:
    rates: list[float] = []
    workers = [
        threading.Thread(target=lambda: rates.append(measure()), daemon=True)
        for _ in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(rates)


def _copying_bytes_per_s(threads: int) -> float:
    """Bytes read and written per second by one of several threads that copy arrays."""
    source = np.ones(max(_COPIED_BYTES // 16 // threads, 2**16))
    target = np.empty_like(source)
    np.copyto(target, source)  # brings the pages into being
    copies, started = 0, time.perf_counter()
    while (spent := time.perf_counter() - started) < _SECONDS or copies == 0:
        np.copyto(target, source)
        copies += 1
    return copies * 2 * source.nbytes / spent
