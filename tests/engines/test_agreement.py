"""The two simulators share no physics; that they agree means something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from braggscope.api import (
    CATALOGUE,
    Pixel,
    PixelTrace,
    Run,
    RunContext,
    Semantics,
    allowed_values,
    compare_traces,
)
from braggscope.experiment import Experiment
from braggscope.experiment.nanobragg import parse_command_line
from braggscope_external.engine import create as create_external
from braggscope_torch.engine import create as create_torch
from tests.conftest import golden_cases
from tests.engines.random_agreement import TOLERANCE, agreement, image_of
from tests.engines.random_runs import random_run
from tests.experiment.test_nanobragg_dialect import CUBIC

TORCH = create_torch("torch-cpu", {})
EXTERNAL = create_external("nanobragg-c", {})
ENGINES = {"torch-cpu": TORCH, "nanobragg-c": EXTERNAL}

pytestmark = pytest.mark.skipif(
    not EXTERNAL.availability().available or not EXTERNAL._program.traces,
    reason="Braggscope's own C program is not built, or another program is named",
)


def render(run: Run) -> np.ndarray:
    return image_of(ENGINES[run.engine], run)


def trace(run: Run, pixel: Pixel) -> PixelTrace:
    return ENGINES[run.engine].trace(run, [pixel], RunContext())[0]


def golden(shared: Path, case: str) -> dict[str, Any]:
    index: dict[str, Any] = json.loads((shared / "golden" / "index.json").read_text())
    return index[case]


def golden_run(shared: Path, case: str, engine: str, **said: Any) -> Run:
    flags = golden(shared, case)["args"].split()
    command = parse_command_line(flags, shared / "golden" / "inputs")
    return Run(experiment=command.experiment, semantics=command.semantics, engine=engine, **said)


@pytest.mark.parametrize(
    ("engine", "options", "allowed"),
    [
        ("torch-cpu", (("kernel", "native"), ("precision", "float64")), 1e-6),
        ("torch-cpu", (("kernel", "native"), ("precision", "mixed")), 1e-5),
        ("torch-cpu", (("kernel", "eager"), ("precision", "float64")), 1e-6),
        ("torch-cpu", (("kernel", "eager"), ("precision", "mixed")), 1e-5),
        ("nanobragg-c", (), 1e-6),
    ],
)
@pytest.mark.parametrize("case", golden_cases())
def test_golden_images(
    case: str, engine: str, options: tuple[tuple[str, str], ...], allowed: float, shared: Path
) -> None:
    expected = np.load(shared / "golden" / f"{case}.npz")["image"].astype(np.float64)
    image = render(golden_run(shared, case, engine, options=options))
    assert image.shape == expected.shape
    assert np.max(np.abs(image - expected)) <= allowed * expected.max()
    in_sum = 1e-7 if allowed == 1e-6 else 1e-5
    assert image.sum(dtype=np.float64) == pytest.approx(expected.sum(), rel=in_sum)


@pytest.mark.parametrize("case", golden_cases())
def test_traces_agree_and_end_in_the_image(case: str, shared: Path) -> None:
    runs = [golden_run(shared, case, engine) for engine in ENGINES]
    image = render(runs[1])
    peak = Pixel(*(int(i) for i in np.unravel_index(np.argmax(image), image.shape)))
    traced = [Pixel(one["slow"], one["fast"]) for one in golden(shared, case)["traces"]]
    for pixel in (peak, *traced):
        traces = [trace(run, pixel) for run in runs]
        for one in traces:
            assert one.value == pytest.approx(float(image[pixel]), rel=1e-9)
        comparison = compare_traces(*traces)
        assert comparison.first_divergence is None, comparison.explanation
        assert {row.name for row in comparison.rows if "only" in row.verdict} == set()
        assert {row.verdict for row in comparison.rows} <= {"equal", "within"}


@pytest.mark.parametrize("seed", range(20))
def test_random_runs_agree(seed: int, tmp_path: Path) -> None:
    """Every feature and every semantic option at random, in double precision."""
    found = agreement(seed, TORCH, EXTERNAL, tmp_path)
    assert found.same_specials
    assert found.error <= TOLERANCE
    assert found.native_error <= TOLERANCE
    assert found.delicate <= 1e-4 * found.pixels


@pytest.mark.parametrize(
    "flags",
    [
        "-cell 100 -N 5 -distance 100 -pixel 0.1 -Xbeam 1.05 -Ybeam 1.05",
        "-cell 10 12 13 80 85 95 -misset 11 22 33 -N 2 -distance 10000 -pixel 0.001"
        " -Xbeam 0.0105 -Ybeam 0.0105",
    ],
)
def test_round_crystals_lose_the_same_digits_in_the_direct_beam(flags: str) -> None:
    """nanoBragg's formula is 0/0 there but for rounding, of which both programs have the same."""
    line = f"-default_F 100 -lambda 1 -oversample 1 -round_xtal -denzo -detpixels 21 {flags}"
    run = Run(experiment=Experiment.from_nanobragg(line.split()), engine="nanobragg-c")
    expected = render(run)
    assert expected[10, 10] == 0.0
    for kernel in ("eager", "native"):
        options = {"engine": "torch-cpu", "options": (("kernel", kernel),)}
        error = np.abs(render(run.model_copy(update=options)) - expected).max()
        assert error <= TOLERANCE * expected.max()


#: What is summed, or the last of what is computed along every ray.
SUMMED = {
    "F_table_sum", "I_total", "val_unscaled", "val", "capture", "polar", "omega", "float32",
}  # fmt: skip


def assert_resolved_alike(run: Run) -> None:
    """Every number that rendering starts from, in both simulators, to the last bit."""
    roi = run.setup.detector.roi
    pixel = Pixel((roi.slow_min + roi.slow_max) // 2, (roi.fast_min + roi.fast_max) // 2)
    ours, theirs = (
        {
            one.name: one.values
            for one in trace(run.model_copy(update={"engine": e}), pixel).variables
        }
        for e in ENGINES
    )
    common = {
        name
        for name in ours.keys() & theirs.keys() - SUMMED
        if not {"layer", "subpixel"} & set(CATALOGUE[name].dims)
    }
    assert len(common) > 60
    differing = {
        name: (ours[name], theirs[name])
        for name in common
        if not np.array_equal(
            ours[name], theirs[name], equal_nan=np.asarray(ours[name]).dtype.kind == "f"
        )
    }
    assert not differing


@pytest.mark.parametrize("case", golden_cases())
def test_golden_command_lines_are_resolved_to_the_same_bits(case: str, shared: Path) -> None:
    assert_resolved_alike(golden_run(shared, case, "torch-cpu"))


@pytest.mark.parametrize("seed", range(40))
def test_random_runs_are_resolved_to_the_same_bits(seed: int, tmp_path: Path) -> None:
    run = random_run(seed, tmp_path)
    if run.effective_experiment.detector.mask is not None:
        run = run.model_copy(
            update={"experiment": run.experiment.with_override("detector.mask", None)}
        )
    assert_resolved_alike(run)


@pytest.mark.parametrize("seed", range(20))
def test_traces_of_random_runs_agree(seed: int, tmp_path: Path) -> None:
    run = random_run(seed, tmp_path)
    image = render(run)
    if not np.isfinite(image).all() or not image.any():
        pytest.skip("nothing shines in this run")
    pixel = Pixel(*(int(i) for i in np.unravel_index(np.argmax(image), image.shape)))
    traces = [trace(run.model_copy(update={"engine": engine}), pixel) for engine in ENGINES]
    comparison = compare_traces(*traces)
    assert comparison.first_divergence is None, comparison.explanation
    assert {row.name for row in comparison.rows if "only" in row.verdict} == set()


@pytest.mark.parametrize(
    "flags",
    [
        "-dmin 90 -dispersion 30 -dispsteps 4 -polar 0.6",
        "-dmin 1000 -polar 0.6",
        "-divsteps 1",
        "-tophat_spots -phi 0 -osc 2 -phisteps 3",
    ],
)
def test_what_never_took_place_is_in_neither_trace(flags: str) -> None:
    """Sources beyond the cut-off, no sources at all, and lattice factors of zero."""
    line = (
        "-lambda 1.1 -distance 80 -detpixels_x 20 -detpixels_y 16 -cell 70 80 90 85 95 105"
        f" -N 5 -default_F 100 {flags}"
    )
    experiment = Experiment.from_nanobragg(line.split())
    runs = [Run(experiment=experiment, engine=engine) for engine in ENGINES]
    for pixel in (Pixel(3, 3), Pixel(0, 0)):
        comparison = compare_traces(*(trace(run, pixel) for run in runs))
        assert comparison.first_divergence is None, comparison.explanation
        assert {row.name for row in comparison.rows if "only" in row.verdict} == set()


def test_random_runs_reach_every_feature(tmp_path: Path) -> None:
    """What is drawn is neither always dark nor always the default."""
    runs = [random_run(seed, tmp_path) for seed in range(60)]
    setups = [run.setup for run in runs]
    assert {setup.crystal.shape for setup in setups} == {"square", "round", "gauss", "tophat"}
    assert any(setup.crystal.interpolates for setup in setups)
    assert any(setup.detector.curved for setup in setups)
    assert any(len(setup.beam.weight) > 2 for setup in setups)
    for name in Semantics.model_fields:
        drawn = {getattr(run.semantics, name) for run in runs}
        assert drawn == set(allowed_values(name))


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
