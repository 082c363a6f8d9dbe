"""The two simulators share no physics; that they agree means something."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from braggscope.api import Pixel, PixelTrace, Run, RunContext, compare_traces
from braggscope.experiment import Experiment
from braggscope_external.engine import create as create_external
from braggscope_torch.engine import create as create_torch
from tests.experiment.strategies import first_experiments
from tests.experiment.test_nanobragg_dialect import CUBIC, FIRST_CASES

TORCH = create_torch("torch-cpu", {})
EXTERNAL = create_external("nanobragg-c", {})
ENGINES = {"torch-cpu": TORCH, "nanobragg-c": EXTERNAL}

pytestmark = pytest.mark.skipif(
    not EXTERNAL.availability().available or not EXTERNAL._program.traces,
    reason="Braggscope's own C program is not built, or another program is named",
)


def render(run: Run) -> np.ndarray:
    engine = ENGINES[run.engine]
    prepared = engine.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    engine.render(run, image, RunContext())
    return image


def trace(run: Run, pixel: Pixel) -> PixelTrace:
    return ENGINES[run.engine].trace(run, [pixel], RunContext())[0]


def golden_experiment(shared: Path, case: str) -> Experiment:
    flags = json.loads((shared / "golden" / "index.json").read_text())[case]["args"].split()
    return Experiment.from_nanobragg(flags, shared / "golden" / "inputs")


@pytest.mark.parametrize(
    ("engine", "options", "allowed"),
    [
        ("torch-cpu", (("precision", "float64"),), 1e-6),
        ("torch-cpu", (("precision", "mixed"),), 1e-5),
        ("nanobragg-c", (), 1e-6),
    ],
)
@pytest.mark.parametrize("case", FIRST_CASES)
def test_golden_images(
    case: str, engine: str, options: tuple[tuple[str, str], ...], allowed: float, shared: Path
) -> None:
    golden = np.load(shared / "golden" / f"{case}.npz")["image"].astype(np.float64)
    image = render(Run(experiment=golden_experiment(shared, case), engine=engine, options=options))
    assert image.shape == golden.shape
    assert np.max(np.abs(image - golden)) <= allowed * golden.max()
    assert image.sum(dtype=np.float64) == pytest.approx(golden.sum(), rel=allowed / 10)


@pytest.mark.parametrize("case", FIRST_CASES)
def test_traces_agree_and_end_in_the_image(case: str, shared: Path) -> None:
    experiment = golden_experiment(shared, case)
    runs = [Run(experiment=experiment, engine=engine) for engine in ENGINES]
    images = [render(run) for run in runs]
    peak = Pixel(*(int(i) for i in np.unravel_index(np.argmax(images[0]), images[0].shape)))
    for pixel in (peak, Pixel(40, 50)):
        traces = [trace(run, pixel) for run in runs]
        for one, image in zip(traces, images, strict=True):
            assert one.value == pytest.approx(float(image[pixel]), rel=1e-12)
        comparison = compare_traces(*traces)
        assert comparison.first_divergence is None, comparison.explanation
        assert {row.verdict for row in comparison.rows} <= {"equal", "within"}


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(first_experiments())
def test_random_experiments_agree(experiment: Experiment) -> None:
    a, b = (render(Run(experiment=experiment, engine=engine)) for engine in ENGINES)
    # Right on a peak sin(πh) loses digits to the rounding of h, in both programs alike (spec 14).
    assert np.max(np.abs(a - b)) <= 1e-9 * max(a.max(), b.max())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_small_wavelength_error_is_found_first(engine: str) -> None:
    experiment = Experiment.from_nanobragg(CUBIC.split())
    a = Run(experiment=experiment, engine="torch-cpu")
    b = Run(experiment=experiment, engine=engine, overrides=(("beam.wavelength_A", 1.0001),))
    comparison = compare_traces(trace(a, Pixel(67, 67)), trace(b, Pixel(67, 67)))
    assert comparison.first_divergence == "lambda0_m"
    assert "wavelength" in comparison.explanation


@pytest.mark.parametrize("engine", ENGINES)
def test_a_kahn_factor_is_found_first(engine: str) -> None:
    experiment = Experiment.from_nanobragg(CUBIC.split())
    a = Run(experiment=experiment, engine="torch-cpu")
    b = Run(experiment=experiment, engine=engine, overrides=(("beam.kahn_factor", 0.5),))
    comparison = compare_traces(trace(a, Pixel(60, 90)), trace(b, Pixel(60, 90)))
    assert comparison.first_divergence == "kahn_factor"
