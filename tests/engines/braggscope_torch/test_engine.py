"""The torch engine by itself: blocks, cancel, semantics, traces."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from braggscope.api import Pixel, Run, RunContext, Semantics
from braggscope.errors import Cancelled, InvalidInput
from braggscope.experiment import Experiment, RegionOfInterest
from braggscope_torch import blocks
from braggscope_torch.crystal import Indices, square_factors
from braggscope_torch.engine import create
from braggscope_torch.scratch import Scratch
from braggscope_torch.tables import Precision
from tests.experiment.test_nanobragg_dialect import CUBIC

ENGINE = create("torch-cpu", {})
EXPERIMENT = Experiment.from_nanobragg(
    [*CUBIC.split(), "-misset", "3", "5", "7", "-distance", "40", "-oversample", "3"]
)


def image_of(run: Run, context: RunContext | None = None) -> np.ndarray:
    prepared = ENGINE.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    ENGINE.render(run, image, context or RunContext())
    return image


def test_blocks_do_not_change_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(experiment=EXPERIMENT, engine="torch-cpu")
    whole = image_of(run)
    monkeypatch.setattr(blocks, "block_size", lambda tables: 777)
    assert np.array_equal(image_of(run), whole)


def test_progress_rises_to_one_and_cancel_stops() -> None:
    run = Run(experiment=EXPERIMENT, engine="torch-cpu")
    seen: list[float] = []
    image_of(run, RunContext(report=lambda fraction, message: seen.append(fraction)))
    assert seen == sorted(seen)
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    with pytest.raises(Cancelled):
        image_of(run, RunContext(is_cancelled=lambda: True))


def test_a_region_leaves_the_rest_zero() -> None:
    run = Run(experiment=EXPERIMENT, engine="torch-cpu")
    region = RegionOfInterest(fast_min=10, fast_max=20, slow_min=30, slow_max=31)
    part = image_of(Run(experiment=EXPERIMENT, engine="torch-cpu", region=region))
    expected = np.zeros_like(part)
    expected[30:32, 10:21] = image_of(run)[30:32, 10:21]
    assert np.array_equal(part, expected)


def test_the_solid_angle_of_the_first_last_or_mean_sub_pixel() -> None:
    values = {}
    for rule in ("first", "last", "mean"):
        run = Run(experiment=EXPERIMENT, engine="torch-cpu", semantics=Semantics(omega=rule))
        trace = ENGINE.trace(run, [Pixel(0, 0)], RunContext())[0]
        assert trace.value == pytest.approx(float(image_of(run)[0, 0]), rel=1e-12)
        now = trace["omega_now"].values
        expected = {"first": now[0], "last": now[-1], "mean": now.mean()}[rule]
        assert float(trace["omega"].values) == pytest.approx(float(expected), rel=1e-14)
        values[rule] = trace.value
    assert values["first"] < values["mean"] < values["last"]


def test_traces_name_what_the_issue_asks_for() -> None:
    run = Run(experiment=EXPERIMENT, engine="torch-cpu")
    trace = ENGINE.trace(run, [Pixel(60, 70)], RunContext())[0]
    for name in (
        "pos_m", "R_m", "omega_now", "d", "k", "q", "hkl", "hkl0", "F_latt_a", "F_latt_b",
        "F_latt_c", "F_cell", "I_total", "steps", "polar", "omega", "val",
    ):  # fmt: skip
        assert name in trace
    with pytest.raises(InvalidInput, match="not simulated"):
        ENGINE.trace(run, [Pixel(128, 0)], RunContext())


@torch.no_grad()
def factor_of(h: list[float], n_cells: int, precision: Precision) -> torch.Tensor:
    """sin(N π h)/sin(π h) of one axis."""
    indices = Indices(torch.tensor(h, dtype=torch.float64).expand(3, 1, -1))
    cells = (float(n_cells),) * 3
    return square_factors(indices, cells, precision, Scratch())[0][0].double()


def test_mixed_precision_keeps_the_sign_of_the_lattice_factor() -> None:
    h = [0.3, 1.2, -3.7, 5.01, 12.49]
    for n_cells in (2, 3, 4, 7):
        exact, reduced = (factor_of(h, n_cells, name) for name in ("float64", "mixed"))
        assert reduced.numpy() == pytest.approx(exact.numpy(), abs=2e-6 * n_cells)


def test_the_lattice_factor_at_the_origin_is_the_number_of_cells() -> None:
    assert factor_of([0.0], 6, "float64").item() == pytest.approx(6.0, rel=1e-15)
    assert factor_of([0.0], 6, "mixed").item() == 6.0


def test_an_unavailable_device_says_why() -> None:
    state = create("torch-cuda", {}).availability()
    if state.available:
        pytest.skip("there is a graphics card")
    assert "CUDA" in state.reason or "NVIDIA" in state.reason


def test_a_trace_tells_its_own_run_where_another_had_the_same_numbers() -> None:
    for flags, oscillation in (("-phi 1 -osc 5 -phisteps 1", 5.0), ("-phi 1", 0.0)):
        experiment = Experiment.from_nanobragg(f"{CUBIC} -oversample 1 {flags}".split())
        run = Run(experiment=experiment, engine="torch-cpu")
        trace = ENGINE.trace(run, [Pixel(3, 4)], RunContext())[0]
        assert float(trace["osc_rad"].values) == pytest.approx(np.radians(oscillation))


def test_mixed_precision_holds_for_large_crystals() -> None:
    flags = "-cell 100 -default_F 100 -N 10000 -detpixels 60 -oversample 1 -misset 11 22 33"
    experiment = Experiment.from_nanobragg(flags.split())
    exact, mixed = (
        image_of(Run(experiment=experiment, engine="torch-cpu", options=(("precision", one),)))
        for one in ("float64", "mixed")
    )
    assert np.abs(mixed - exact).max() <= 1e-5 * exact.max()


def test_mixed_precision_holds_over_many_steps() -> None:
    """A sum in single precision would be 9e-5 off after these 80,000."""
    flags = (
        f"{CUBIC} -cell 30 35 40 80 85 95 -N 6 -round_xtal -detpixels 6 -pixel 5 -oversample 20"
        " -phisteps 20 -osc 5 -mosaic 2 -mosaic_domains 10"
    )
    experiment = Experiment.from_nanobragg(flags.split())
    exact, mixed = (
        image_of(
            Run(
                experiment=experiment,
                engine="torch-cpu",
                options=(("kernel", "eager"), ("precision", one)),
            )
        )
        for one in ("float64", "mixed")
    )
    assert np.abs(mixed - exact).max() <= 1e-6 * exact.max()


def test_mixed_precision_survives_running_products() -> None:
    flags = f"{CUBIC} -point_pixel -oversample 4 -fluence 1e10"
    experiment = Experiment.from_nanobragg(flags.split())
    run = Run(
        experiment=experiment,
        engine="torch-cpu",
        semantics=Semantics(omega="compounding"),
        options=(("precision", "mixed"),),
    )
    assert np.isfinite(image_of(run)).all()


def test_single_precision_without_reduction_is_named_and_visibly_worse() -> None:
    """A large cell, crystal and angle: h · N is in the millions."""
    flags = "-cell 300 -default_F 100 -N 5000 -detpixels 200 -oversample 1 -misset 11 22 33"
    experiment = Experiment.from_nanobragg(f"{flags} -pixel 1 -distance 40 -lambda 0.7".split())
    shown = {}
    for precision in ("float64", "mixed", "float32-naive"):
        run = Run(experiment=experiment, engine="torch-cpu", options=(("precision", precision),))
        context = RunContext()
        shown[precision] = image_of(run, context)
        assert ENGINE.prepare(run).precision == precision
        assert bool(context.notes) == (precision == "float32-naive")
        trace = ENGINE.trace(run, [Pixel(20, 30)], RunContext())[0]
        assert trace.precision == precision
        if precision != "mixed":
            assert trace.value == pytest.approx(float(shown[precision][20, 30]), rel=1e-6)
    assert shown["float32-naive"].dtype == np.float32

    def correlation(precision: str) -> float:
        return float(np.corrcoef(shown["float64"].ravel(), shown[precision].ravel())[0, 1])

    assert correlation("mixed") > 1.0 - 1e-9
    assert correlation("float32-naive") < 0.9


@pytest.mark.parametrize("shape", ["-square_xtal", "-round_xtal", "-gauss_xtal", "-tophat_spots"])
def test_single_precision_does_for_small_indices(shape: str) -> None:
    """Nothing of it is in double precision by accident, and nothing is wrong but digits."""
    flags = f"{CUBIC} -detpixels 40 -pixel 0.1 -oversample 2 -mosaic 0.3 -mosaic_domains 3 {shape}"
    experiment = Experiment.from_nanobragg(flags.split())
    exact, naive = (
        image_of(Run(experiment=experiment, engine="torch-cpu", options=(("precision", one),)))
        for one in ("float64", "float32-naive")
    )
    assert 1e-9 < np.abs(naive - exact).max() / exact.max() < 1e-2
