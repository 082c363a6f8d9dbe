"""What the native kernel takes of the machine, by the operations counted in its source."""

from __future__ import annotations

import os

import numpy as np
import pytest

from braggscope.api import Run
from braggscope.benchmark.workloads import WORKLOADS
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment
from braggscope_torch.engine import TorchEngine, create
from braggscope_torch.native.effort import step_operations
from braggscope_torch.native.job import Job
from braggscope_torch.native.rendering import THREADS_VARIABLE, processors

CELL = "-cell 100 100 100 90 90 90 -default_F 100 -lambda 1 -distance 100 -pixel 0.1 -oversample 1"


@pytest.fixture(scope="module")
def engine() -> TorchEngine:
    return create("torch-cpu", {})


def run_of(flags: str, **options: str) -> Run:
    experiment = Experiment.from_nanobragg(f"{CELL} -detpixels 16 {flags}".split())
    return Run(experiment=experiment, engine="torch-cpu", options=tuple(options.items()))


def per_step(engine: TorchEngine, run: Run) -> float:
    tables = engine._prepared(run)
    mixed = tables.precision == "mixed"
    job = Job(tables, np.zeros(1, np.float32 if mixed else np.float64), "constant")
    return step_operations(job.structure, mixed)


def test_a_step_of_a_square_crystal_takes_what_the_issue_says(engine: TorchEngine) -> None:
    # 54 to 63 vector operations in float64; about two thirds of that in mixed precision.
    assert 54 <= per_step(engine, run_of("-N 5")) <= 63
    assert 30 <= per_step(engine, run_of("-N 5", precision="mixed")) <= 40
    assert per_step(engine, run_of("-N 60")) > per_step(engine, run_of("-N 5"))


def test_operations_grow_with_steps_and_pixels(engine: TorchEngine) -> None:
    one = engine.limit(run_of("-N 5"))
    many = engine.limit(run_of("-N 5 -osc 1 -phisteps 100"))
    assert one is not None
    assert many is not None
    assert many.operations / 16**2 / 100 == pytest.approx(57, rel=0.05)
    assert one.traffic_bytes == 16**2 * 8
    assert 57 < one.operations / 16**2 < 120


def test_rates_are_those_of_a_processor(engine: TorchEngine) -> None:
    found = engine.limit(run_of("-N 5"))
    assert found is not None
    assert 1e8 < found.operations_per_s < 1e13
    assert 1e8 < found.bytes_per_s < 1e13
    assert found.arithmetic_s == found.operations / found.operations_per_s


def test_what_the_eager_kernel_takes_is_not_known(engine: TorchEngine) -> None:
    assert engine.limit(run_of("-N 5", kernel="eager")) is None
    assert engine.limit(run_of("-curved_det -N 5")) is None


@pytest.mark.parametrize("name", ["W4", "W6n", "W6t", "W7", "W8"])
def test_look_ups_and_shapes_are_counted(name: str, engine: TorchEngine) -> None:
    run = Run(experiment=WORKLOADS[name].experiment(), engine="torch-cpu")
    found = engine.limit(run)
    assert found is not None
    steps = run.setup.steps * np.prod(run.setup.detector.shape)
    low, high = {
        "W4": (55, 65), "W6n": (65, 90), "W6t": (180, 260), "W7": (90, 140), "W8": (100, 400),
    }[name]  # fmt: skip
    assert low < found.operations / steps < high


def test_threads_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS_VARIABLE, "3")
    assert processors() == 3
    assert create("torch-cpu", {}).availability().device.endswith("3 threads")
    for wrong in ("0", "-1", "two"):
        monkeypatch.setenv(THREADS_VARIABLE, wrong)
        with pytest.raises(InvalidInput, match="threads"):
            processors()
    monkeypatch.delenv(THREADS_VARIABLE)
    assert 1 <= processors() <= (os.cpu_count() or 1)
