"""A whole benchmark: workloads and series, one after the other, watched and cancellable."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from braggscope.benchmark.contestants import Contestant
from braggscope.benchmark.measuring import HostMaker, Measurement, Watcher, measure
from braggscope.benchmark.scaling import Series, measure_series
from braggscope.benchmark.workloads import Workload
from braggscope.host.settings import Settings


@dataclass(frozen=True)
class Plan:
    """What to measure.

    Attributes:
        repeats: warm runs of each.
        judges: whether images are held against the first contestant's.
    """

    workloads: Sequence[Workload]
    contestants: Sequence[Contestant]
    repeats: int = 7
    series: Sequence[Series] = ()
    judges: bool = False

    @property
    def parts(self) -> int:
        """Workloads in all, the points of series among them."""
        return len(self.workloads) + sum(len(series.points) for series in self.series)


@dataclass
class Outcome:
    """What was measured.

    Attributes:
        measurements: of the workloads.
        scaling: series name -> (value, measurements) of each point.
    """

    measurements: list[Measurement] = field(default_factory=list)
    scaling: dict[str, list[tuple[int, list[Measurement]]]] = field(default_factory=dict)

    @property
    def all_measurements(self) -> list[Measurement]:
        """Those of the series among them."""
        points = [found for series in self.scaling.values() for _, found in series]
        return [*self.measurements, *(one for found in points for one in found)]


def run_plan(
    plan: Plan,
    make_host: HostMaker,
    settings: Settings,
    watcher: Watcher | None = None,
    finished: Callable[[Workload, list[Measurement]], None] = lambda workload, found: None,
) -> Outcome:
    """Measure everything.

    Args:
        watcher: its `tell` gets the done fraction of the whole plan.
        finished: called after each workload.

    Raises:
        Cancelled: the watcher's token was set.
    """
    watcher = watcher or Watcher()
    outcome, done = Outcome(), 0

    def measure_one(workload: Workload, contestants: Sequence[Contestant]) -> list[Measurement]:
        nonlocal done
        watcher.token.check()
        before = done
        part = replace(
            watcher,
            tell=lambda fraction, text: watcher.tell((before + fraction) / plan.parts, text),
        )
        found = measure(
            workload,
            contestants,
            plan.repeats,
            make_host,
            settings,
            part,
            judges=plan.judges,
            times_ready=workload in plan.workloads,
        )
        done += 1
        finished(workload, found)
        return found

    for workload in plan.workloads:
        outcome.measurements += measure_one(workload, plan.contestants)
    for series in plan.series:
        outcome.scaling[series.name] = measure_series(series, plan.contestants, measure_one)
    return outcome


def with_best_rates(measurements: Sequence[Measurement]) -> list[Measurement]:
    """The same, limits by the highest rates that were measured on each device.

    What else the machine did while a rate was measured must not make an engine look faster.
    """
    operations: dict[str, float] = {}
    traffic: dict[str, float] = {}
    for one in measurements:
        if one.limit is not None:
            _raise_to(operations, one.device, one.limit.operations_per_s)
            _raise_to(traffic, one.device, one.limit.bytes_per_s)
    return [_with_rates(one, operations, traffic) for one in measurements]


def _raise_to(rates: dict[str, float], device: str, rate: float) -> None:
    rates[device] = max(rates.get(device, 0.0), rate)


def _with_rates(
    one: Measurement, operations: Mapping[str, float], traffic: Mapping[str, float]
) -> Measurement:
    if one.limit is None:
        return one
    best = replace(
        one.limit, operations_per_s=operations[one.device], bytes_per_s=traffic[one.device]
    )
    return replace(one, limit=best)
