"""Times of one workload on engines, taken in turns so that what else the machine does hits all."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np

from braggscope.api import Bounds, BraggscopeError, Cancelled, DetectorImage, Limit, Run
from braggscope.benchmark.contestants import Contestant
from braggscope.benchmark.workloads import Workload
from braggscope.host.host import Host, Job
from braggscope.host.jobs import CancelToken
from braggscope.host.settings import Settings

T = TypeVar("T")
#: Makes a host with these settings; it is closed after a workload.
HostMaker = Callable[[Settings], Host]
_SPARE_LIMIT_S: Final = 60.0

#: What a change of physics must keep.
GATE: Final = {
    "correlation": Bounds(lower=0.999),
    "sum_ratio": Bounds(lower=1 - 5e-3, upper=1 + 5e-3),
}


@dataclass(frozen=True)
class Verdict:
    """Whether an image agrees with the first contestant's; None: that could not be decided."""

    agrees: bool | None
    correlation: float | None = None
    sum_ratio: float | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measurement:
    """One workload on one engine.

    Attributes:
        workload, engine: which; the engine with its options.
        title: of the workload.
        device, precision: what it ran on, and how.
        steps: evaluations in all, pixels times steps of each.
        cold_s: the first run in a new worker, the start of its process included.
        ready_s: the first run in a new worker that had been waiting for its role; None: not timed.
        warm_s: the runs after the cold one.
        peak_bytes: largest resident memory of the engine's process.
        error: largest difference to the reference's image over its maximum; None for itself.
        limit: what the machine allows, where the engine knows.
        verdict: where it was asked for.
        problem: why there are no times; "" where there are.
        notes: what the engine said of its image.
        is_final: False while more runs are to come.
    """

    workload: str
    engine: str
    title: str = ""
    device: str = ""
    precision: str = ""
    steps: int = 0
    cold_s: float | None = None
    ready_s: float | None = None
    warm_s: tuple[float, ...] = ()
    peak_bytes: int = 0
    error: float | None = None
    limit: Limit | None = None
    verdict: Verdict | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    is_final: bool = True

    @property
    def median_s(self) -> float:
        """Median of the warm runs."""
        return statistics.median(self.warm_s) if self.warm_s else float("nan")

    @property
    def ns_per_step(self) -> float:
        """Median wall time of one pixel's step, ns."""
        return self.median_s * 1e9 / self.steps if self.steps else float("nan")

    @property
    def share(self) -> float | None:
        """Of the time, what the operations alone would take at the measured rate."""
        if self.limit is None or not self.warm_s:
            return None
        return self.limit.arithmetic_s / self.median_s


@dataclass(frozen=True)
class Watcher:
    """Who hears of a benchmark under way, in its thread.

    Attributes:
        tell: called with the done fraction of a workload and what begins.
        row: called with what is known of a contestant after each of its runs.
        token: set to stop.
    """

    tell: Callable[[float, str], None] = lambda fraction, text: None
    row: Callable[[Measurement], None] = lambda measurement: None
    token: CancelToken = field(default_factory=CancelToken)


@dataclass
class _Course:
    """A contestant on its way through a workload."""

    contestant: Contestant
    run: Run
    host: Host
    cold_s: float | None = None
    ready_s: float | None = None
    warm_s: list[float] = field(default_factory=list)
    image: DetectorImage | None = None
    limit: Limit | None = None
    problem: str = ""


def measure(
    workload: Workload,
    contestants: Sequence[Contestant],
    repeats: int,
    make_host: HostMaker,
    settings: Settings,
    watcher: Watcher | None = None,
    *,
    judges: bool = False,
    times_ready: bool = False,
) -> list[Measurement]:
    """Time one workload on all contestants, in turns.

    Args:
        contestants: the first that succeeds is the reference for errors and verdicts.
        repeats: warm runs of each.
        settings: the user's.
        judges: whether each image is held against the reference's by the bounds of `GATE`.
        times_ready: whether a first run in a worker that had been waiting is timed too.

    Raises:
        Cancelled: the watcher's token was set.
    """
    watcher = watcher or Watcher()
    experiment = workload.experiment()
    runs = [contestant.run(experiment) for contestant in contestants]
    with ExitStack() as stack:
        courses = []
        for contestant, run in zip(contestants, runs, strict=True):
            host = stack.enter_context(make_host(contestant.applied_to(settings)))
            courses.append(_Course(contestant, run, host))
        for course in courses if times_ready else ():
            watcher.tell(0.0, f"{workload.name} on {course.contestant.name}, waiting worker")
            with make_host(course.contestant.applied_to(settings)) as host:
                course.ready_s = _first_in_waiting(host, course.run, watcher.token)
        _take_turns(workload, courses, repeats, watcher)
        images = (course.image for course in courses)
        reference = next((image for image in images if image is not None), None)
        found = []
        for course in courses:
            one = _measured(workload, course, reference)
            if judges and course.image is not None and course.image is not reference:
                one = replace(one, verdict=_verdict(course, reference, watcher.token))
            watcher.row(one)
            found.append(one)
    return found


def _take_turns(
    workload: Workload, courses: Sequence[_Course], repeats: int, watcher: Watcher
) -> None:
    in_all = (repeats + 1) * len(courses)
    for turn in range(repeats + 1):
        for number, course in enumerate(courses):
            if course.problem:
                continue
            which = f"run {turn} of {repeats}" if turn else "first run"
            done = (turn * len(courses) + number) / in_all
            watcher.tell(done, f"{workload.name} on {course.contestant.name}, {which}")
            _take_turn(course, watcher.token, is_cold=turn == 0)
            watcher.row(replace(_measured(workload, course, None), is_final=False))
    for course in courses:
        if not course.problem:
            watcher.tell(1.0, f"{workload.name} on {course.contestant.name}, limit")
            _gauge(course, watcher.token)


def _take_turn(course: _Course, token: CancelToken, *, is_cold: bool) -> None:
    try:
        # The image of the turn before is given back first: two of 16384² need not fit.
        course.image = None
        started = time.perf_counter()
        job = course.host.render(course.run, use_cache=False)
        course.image = _awaited(job, token)
        in_all_s = time.perf_counter() - started
    except Cancelled:
        raise
    except BraggscopeError as error:
        course.problem = str(error)
        return
    if is_cold:
        course.cold_s = in_all_s
    else:
        course.warm_s.append(course.image.provenance.wall_time_s)


def _first_in_waiting(host: Host, run: Run, token: CancelToken) -> float | None:
    """Seconds; None where it fails: the cold run, which is to come, says why."""
    if not host.await_spare(_SPARE_LIMIT_S):
        return None
    started = time.perf_counter()
    try:
        _awaited(host.render(run, use_cache=False), token)
    except Cancelled:
        raise
    except BraggscopeError:
        return None
    return time.perf_counter() - started


def _gauge(course: _Course, token: CancelToken) -> None:
    """The limit is an extra: without it there is no share, and the times stand."""
    try:
        course.limit = _awaited(course.host.limit(course.run), token)
    except Cancelled:
        raise
    except BraggscopeError:
        course.limit = None


def _awaited(job: Job[T], token: CancelToken) -> T:
    with token.calling(job.cancel):
        return job.result()


def _measured(workload: Workload, course: _Course, reference: DetectorImage | None) -> Measurement:
    name = course.contestant.name
    if course.image is None:
        return Measurement(workload.name, name, workload.title, problem=course.problem)
    origin = course.image.provenance
    is_reference = course.image is reference
    return Measurement(
        workload=workload.name,
        engine=name,
        title=workload.title,
        device=origin.device,
        precision=origin.precision,
        steps=course.image.data.size * course.run.setup.steps,
        cold_s=course.cold_s,
        ready_s=course.ready_s,
        warm_s=tuple(course.warm_s),
        peak_bytes=origin.peak_memory_bytes,
        error=None if is_reference or reference is None else _error(course.image, reference),
        limit=course.limit,
        notes=origin.notes,
    )


def _error(image: DetectorImage, reference: DetectorImage) -> float:
    expected = reference.data.astype(np.float64)
    largest = float(np.abs(expected).max(initial=0.0))
    difference = float(np.abs(image.data.astype(np.float64) - expected).max(initial=0.0))
    return difference / largest if largest > 0.0 else difference


def _verdict(course: _Course, reference: DetectorImage | None, token: CancelToken) -> Verdict:
    if reference is None or course.image is None:
        return Verdict(None)
    job = course.host.analyse(reference, course.image, metrics=list(GATE), bounds=GATE)
    try:
        analysis = _awaited(job, token)
    except Cancelled:
        raise
    except BraggscopeError as error:
        return Verdict(None, reasons=(str(error),))
    values = {name: result.value for name, result in analysis.metrics.items()}
    return Verdict(
        analysis.agrees, values.get("correlation"), values.get("sum_ratio"), analysis.reasons
    )
