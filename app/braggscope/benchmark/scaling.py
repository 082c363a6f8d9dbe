"""How times go with pixels, steps and threads."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from braggscope.benchmark.contestants import Contestant
from braggscope.benchmark.measuring import Measurement
from braggscope.benchmark.workloads import WORKLOADS, Workload

#: A run that would take longer, going by the one before it in the series, is left out.
PATIENCE_S: Final = 20.0
_EDGES: Final = (256, 512, 1024, 2048, 4096)
_STEPS: Final = (1, 10, 100, 1000, 10_000)
_PHI_STEPS: Final = 10


@dataclass(frozen=True)
class Point:
    """One workload of a series, at the value that the series goes over."""

    value: int
    workload: Workload
    threads: int | None = None


@dataclass(frozen=True)
class Series:
    """Workloads that differ in one number.

    Attributes:
        name: "pixels", "steps" or "threads".
        title: what it is, and what stays the same.
        axis: what the number is.
    """

    name: str
    title: str
    axis: str
    points: tuple[Point, ...]


def all_series(processors: int | None = None) -> tuple[Series, ...]:
    """Over pixels, steps and threads.

    Args:
        processors: how many threads there are at most; None: all of this machine.
    """
    return (
        Series("pixels", "1 step, 256² to 4096² pixels", "pixels", tuple(map(_frame, _EDGES))),
        Series(
            "steps", "256² pixels, 1 to 10⁴ steps", "steps per pixel", tuple(map(_many, _STEPS))
        ),
        Series("threads", "W4 on 1 thread and more", "threads", _threads(processors)),
    )


def _frame(edge: int) -> Point:
    return Point(edge**2, Workload(f"{edge}²", f"{edge}², 1 step", f"-N 5 -detpixels {edge}"))


def _many(steps: int) -> Point:
    phi = _PHI_STEPS if steps >= 1000 else 1
    flags = f"-N 5 -detpixels 256 -mosaic 0.5 -mosaic_domains {steps // phi}"
    if phi > 1:
        flags += f" -osc 1 -phisteps {phi}"
    if steps == 1:
        flags = "-N 5 -detpixels 256"
    return Point(steps, Workload(f"{steps} steps", f"256², {steps} steps", flags))


def _threads(processors: int | None) -> tuple[Point, ...]:
    most = processors or _usable_processors()
    counts = sorted({*(2**n for n in range(int(math.log2(most)) + 1)), most})
    plural = {1: "1 thread"}
    return tuple(
        Point(n, _renamed(WORKLOADS["W4"], plural.get(n, f"{n} threads")), n) for n in counts
    )


def _renamed(workload: Workload, name: str) -> Workload:
    return Workload(name, workload.title, workload.flags, workload.listed)


def _usable_processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def patient(
    contestants: Sequence[Contestant],
    before: Sequence[Measurement],
    steps: int,
    patience_s: float = PATIENCE_S,
) -> list[Contestant]:
    """Those that can be expected to end in time.

    Args:
        before: what was measured at the point before; nothing at the first.
        steps: evaluations of the point to come.
    """
    expected: dict[str, float] = {
        one.engine: one.ns_per_step * steps / 1e9 for one in before if not one.problem
    }
    if not before:
        return list(contestants)
    return [one for one in contestants if expected.get(one.name, math.inf) <= patience_s]


def measure_series(
    series: Series,
    contestants: Sequence[Contestant],
    measure_point: Callable[[Workload, Sequence[Contestant]], list[Measurement]],
) -> list[tuple[int, list[Measurement]]]:
    """(value, measurements) of each point, the hopeless left out.

    Args:
        measure_point: measures one workload.
    """
    found: list[tuple[int, list[Measurement]]] = []
    for point in series.points:
        setup = contestants[0].run(point.workload.experiment()).setup
        slow, fast = setup.detector.shape
        last = found[-1][1] if found and point.threads is None else []
        able = patient(contestants, last, slow * fast * setup.steps)
        if point.threads is not None:
            able = [one.with_threads(point.threads) for one in able]
        if able:
            found.append((point.value, measure_point(point.workload, able)))
    return found
