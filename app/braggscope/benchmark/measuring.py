"""Times of runs on engines, taken in turns so that what else the machine does hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from braggscope.api import BraggscopeError, DetectorImage, Run
from braggscope.host.host import Host


@dataclass(frozen=True)
class Measurement:
    """One workload on one engine.

    Attributes:
        workload, engine: which; the engine with its options.
        device: what it ran on.
        steps: evaluations in all, pixels times steps of each.
        cold_s: the first run, worker and all; None where another row had started the worker.
        warm_s: the runs after it.
        peak_bytes: largest resident memory of the engine's process.
        error: largest difference to the reference's image over its maximum; None for itself.
        problem: why there are no times; "" where there are.
        notes: what the engine said of its image.
    """

    workload: str
    engine: str
    device: str = ""
    steps: int = 0
    cold_s: float | None = None
    warm_s: tuple[float, ...] = ()
    peak_bytes: int = 0
    error: float | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()

    @property
    def median_s(self) -> float:
        """Median of the warm runs."""
        return statistics.median(self.warm_s) if self.warm_s else float("nan")

    @property
    def ns_per_step(self) -> float:
        """Median wall time of one pixel's step, ns."""
        return self.median_s * 1e9 / self.steps if self.steps else float("nan")


@dataclass
class _Course:
    """What is known of one engine so far."""

    run: Run
    cold_s: float | None = None
    warm_s: list[float] = field(default_factory=list)
    image: DetectorImage | None = None
    problem: str = ""


def measure(
    host: Host,
    workload: str,
    runs: Sequence[tuple[str, Run]],
    repeats: int,
    tell: Callable[[str], None],
) -> list[Measurement]:
    """Time runs of one workload, in turns.

    Args:
        runs: (name, run) of each engine; the first that succeeds is the reference for errors.
        repeats: warm runs of each.
        tell: told what is being run.
    """
    courses = [(name, _Course(run)) for name, run in runs]
    started: set[str] = set()
    for turn in range(repeats + 1):
        for name, course in courses:
            if not course.problem:
                tell(f"{workload} on {name}, {f'{turn} of {repeats}' if turn else 'first'}")
                in_all_s = _take_turn(host, course, counts=turn > 0)
                if turn == 0 and course.run.engine not in started:
                    course.cold_s = in_all_s
                started.add(course.run.engine)
    images = [course.image for _, course in courses if course.image is not None]
    reference = images[0] if images else None
    return [_measured(workload, name, course, reference) for name, course in courses]


def _take_turn(host: Host, course: _Course, *, counts: bool) -> float | None:
    """Run once; seconds from the request to the result, None if it failed."""
    try:
        # The image of the turn before is given back first: two of 16384² need not fit.
        course.image = None
        started = time.perf_counter()
        course.image = host.render(course.run, use_cache=False).result()
        in_all_s = time.perf_counter() - started
    except BraggscopeError as error:
        course.problem = str(error)
        return None
    if counts:
        course.warm_s.append(course.image.provenance.wall_time_s)
    return in_all_s


def _measured(
    workload: str, name: str, course: _Course, reference: DetectorImage | None
) -> Measurement:
    if course.image is None:
        return Measurement(workload, name, problem=course.problem)
    origin = course.image.provenance
    pixels = course.image.data.size
    return Measurement(
        workload=workload,
        engine=name,
        device=origin.device,
        steps=pixels * course.run.setup.steps,
        cold_s=course.cold_s,
        warm_s=tuple(course.warm_s),
        peak_bytes=origin.peak_memory_bytes,
        error=None if course.image is reference else _error(course.image, reference),
        notes=origin.notes,
    )


def _error(image: DetectorImage, reference: DetectorImage | None) -> float | None:
    if reference is None:
        return None
    expected = reference.data.astype(np.float64)
    largest = float(np.abs(expected).max(initial=0.0))
    difference = float(np.abs(image.data.astype(np.float64) - expected).max(initial=0.0))
    return difference / largest if largest > 0.0 else difference
