"""Series over pixels, steps and threads."""

from __future__ import annotations

from collections.abc import Sequence

from braggscope.benchmark.contestants import Contestant, contestants
from braggscope.benchmark.measuring import Measurement
from braggscope.benchmark.scaling import all_series, measure_series
from braggscope.benchmark.workloads import Workload
from braggscope.experiment import resolve


def test_the_points_are_what_they_say() -> None:
    pixels, steps, threads = all_series(6)
    for point in pixels.points:
        setup = resolve(point.workload.experiment())
        assert setup.detector.shape[0] * setup.detector.shape[1] == point.value
        assert setup.steps == 1
    assert [point.value for point in steps.points] == [1, 10, 100, 1000, 10_000]
    for point in steps.points[:4]:
        assert resolve(point.workload.experiment()).steps == point.value
    assert [point.threads for point in threads.points] == [1, 2, 4, 6]
    assert all_series(1)[2].points[0].workload.name == "1 thread"


def test_whoever_would_take_too_long_is_left_out() -> None:
    asked: list[tuple[str, list[str]]] = []
    seconds = {"nanobragg-c": 4.0, "torch-cpu": 0.01}

    def measured(workload: Workload, who: Sequence[Contestant]) -> list[Measurement]:
        asked.append((workload.name, [one.name for one in who]))
        return [
            Measurement(workload.name, one.name, steps=65536, warm_s=(seconds[one.name],))
            for one in who
        ]

    steps = all_series(1)[1]
    found = measure_series(steps, contestants(["nanobragg-c", "torch-cpu"]), measured)
    assert [names for _, names in asked] == [
        ["nanobragg-c", "torch-cpu"],
        *[["torch-cpu"]] * 3,
    ]
    assert [value for value, _ in found] == [1, 10, 100, 1000]


def test_threads_are_a_setting_of_each_contestant() -> None:
    threads: list[str] = []

    def measured(workload: Workload, who: Sequence[Contestant]) -> list[Measurement]:
        threads.extend(one.settings["threads"] for one in who)
        return [Measurement(workload.name, one.name, problem="none") for one in who]

    measure_series(all_series(2)[2], contestants(["torch-cpu"]), measured)
    assert threads == ["1", "2"]
