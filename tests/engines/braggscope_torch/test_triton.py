"""The Triton kernel, run by its interpreter on the processor, against the eager one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from braggscope.api import Cancelled, Run, RunContext, Semantics
from braggscope.benchmark.workloads import WORKLOADS
from braggscope.experiment import Experiment
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope_torch import delicate
from braggscope_torch import image as images
from braggscope_torch.card.image import render_on_card
from braggscope_torch.card.job import Evaluations, evaluations_of
from braggscope_torch.card.kernels import Kernels, Missing
from braggscope_torch.card.plan import Pace, Range, pieces
from braggscope_torch.card.precision import suiting_capability
from braggscope_torch.card.search import card_candidates
from braggscope_torch.card.support import unsupported_on_card
from braggscope_torch.engine import create
from braggscope_torch.plugin import braggscope_engines
from braggscope_torch.serial import with_serial_order
from braggscope_torch.tables import Tables
from tests.conftest import golden_cases
from tests.engines.braggscope_torch.interpreted import interpreted_kernels
from tests.engines.random_runs import delicate_pixels, random_run
from tests.experiment.test_nanobragg_dialect import CUBIC

pytest.importorskip("triton", reason="Triton is not installed here: pip install triton")

ENGINE = create("torch-cpu", {})
ALLOWED = {"float64": 1e-9, "mixed": 1e-5}
RULES = ("first", "last", "mean", "per-evaluation")
SMALL = "-cell 70 80 90 75 85 95 -default_F 100 -Na 5 -Nb 4 -Nc 6 -lambda 1.2 -distance 90"
#: Random runs of few steps, which the interpreter does in good time.
SEEDS = (2, 7, 11, 15, 16, 23, 25, 29, 36, 39, 43, 47, 68, 73, 83, 104)
#: Evaluations of a pixel of a golden case: with more, it is sampled coarsely, to these.
MOST_EVALUATIONS = 36
FEWER_EVALUATIONS = 16


@pytest.fixture(scope="module")
def interpreted() -> Kernels:
    """The kernels as the interpreter runs them; the compiled ones are not touched."""
    return interpreted_kernels()


def run_of(flags: str, precision: str = "float64", semantics: Semantics | None = None) -> Run:
    return Run(
        experiment=Experiment.from_nanobragg(flags.split()),
        engine="torch-cpu",
        semantics=semantics or Semantics(),
        options=(("kernel", "eager"), ("precision", precision)),
    )


def said(run: Run, precision: str) -> Run:
    return run.model_copy(update={"options": (("kernel", "eager"), ("precision", precision))})


def tables_of(run: Run) -> Tables:
    return ENGINE._in_order(run, RunContext())


def empty(tables: Tables) -> np.ndarray:
    dtype = np.float64 if tables.precision == "float64" else np.float32
    return np.zeros(tables.setup.detector.shape, dtype)


def eager(run: Run) -> np.ndarray:
    image = empty(tables_of(run))
    ENGINE.render(run, image, RunContext())
    return image


def on_card(
    run: Run, interpreted: Kernels, pace: Pace | None = None, context: RunContext | None = None
) -> np.ndarray:
    tables = tables_of(run)
    assert not unsupported_on_card(tables)
    image = empty(tables)
    render_on_card(image, tables, interpreted, context or RunContext(), pace)
    return image


def assert_close(
    run: Run, interpreted: Kernels, precision: str, pace: Pace | None = None
) -> np.ndarray:
    """The image of the kernel, which agrees with the eager one in float64."""
    expected = eager(said(run, "float64"))
    image = on_card(said(run, precision), interpreted, pace)
    assert expected.max() > 0.0
    assert np.abs(image - expected).max() <= ALLOWED[precision] * expected.max()
    return image


@pytest.mark.parametrize("seed", SEEDS)
def test_random_runs(interpreted: Kernels, seed: int, tmp_path: Path) -> None:
    run = said(random_run(seed, tmp_path), "float64")
    image, expected = on_card(run, interpreted), eager(run)
    finite = np.isfinite(expected)
    assert np.array_equal(image[~finite], expected[~finite], equal_nan=True)
    compared = finite & ~delicate_pixels(run)
    maximum = np.abs(expected[compared]).max(initial=0.0)
    assert np.abs(image - expected)[compared].max(initial=0.0) <= 1e-9 * maximum


def golden_run(case: str, shared: Path) -> tuple[Run, tuple[slice, slice], np.ndarray | None]:
    """A few pixels around the brightest one, which of the image they are, and the image; None where
    they are sampled more coarsely.
    """
    args = json.loads((shared / "golden" / "index.json").read_text())[case]["args"].split()
    expected = np.load(shared / "golden" / f"{case}.npz")["image"].astype(np.float64)
    whole = parse_command_line(args, shared / "golden" / "inputs").experiment
    roi = Run(experiment=whole, engine="torch-cpu").setup.detector.roi
    slow, fast = np.unravel_index(expected.argmax(), expected.shape)
    rows = (max(roi.slow_min, int(slow) - 3), min(roi.slow_max, int(slow) + 3))
    columns = (max(roi.fast_min, int(fast) - 4), min(roi.fast_max, int(fast) + 4))
    args += ["-roi", *map(str, (*columns, *rows))]

    def run_with(more: list[str]) -> Run:
        command = parse_command_line([*args, *more], shared / "golden" / "inputs")
        return Run(experiment=command.experiment, engine="torch-cpu", semantics=command.semantics)

    run = run_with([])
    evaluations, oversample = evaluations_of(tables_of(run)).each, run.setup.oversample
    is_coarser = evaluations > MOST_EVALUATIONS
    if is_coarser:
        fitting = int((FEWER_EVALUATIONS * oversample**2 / evaluations) ** 0.5)
        run = run_with(["-oversample", str(max(1, fitting))])
    region = (slice(rows[0], rows[1] + 1), slice(columns[0], columns[1] + 1))
    return run, region, None if is_coarser else expected


@pytest.mark.parametrize("case", golden_cases())
def test_golden_regions(interpreted: Kernels, case: str, shared: Path) -> None:
    run, region, golden = golden_run(case, shared)
    tables = tables_of(said(run, "float64"))
    why = unsupported_on_card(tables)
    if why:
        pytest.skip(why)
    for precision in ALLOWED:
        image = assert_close(run, interpreted, precision)
        if golden is not None and not tables.carries and not images.may_switch(tables):
            # Otherwise the first pixels of the region would not be what they are in the whole.
            worst = np.abs(image - golden)[region].max()
            assert worst <= max(1e-6, ALLOWED[precision]) * golden.max()


@pytest.mark.parametrize("shape", ["", "-round_xtal", "-gauss_xtal", "-tophat_spots"])
@pytest.mark.parametrize("rule", RULES)
def test_every_shape_and_rule(interpreted: Kernels, shape: str, rule: str) -> None:
    flags = (
        f"{SMALL} {shape} -detpixels 9 -pixel 1 -oversample 2 -polar 0.7 -hdivrange 8 -hdivsteps 2"
        " -detector_abs 500 -detector_thick 450 -detector_thicksteps 2 -dmin 3"
    )
    semantics = Semantics(omega=rule, polarization=rule, capture=rule)
    for precision in ALLOWED:
        assert_close(run_of(flags, semantics=semantics), interpreted, precision)


# The other branch is 0/0 there, of which only the interpreter warns.
@pytest.mark.filterwarnings("ignore:invalid value encountered in divide")
@pytest.mark.parametrize("precision", ALLOWED)
def test_a_round_crystal_in_the_direct_beam(interpreted: Kernels, precision: str) -> None:
    """What nanoBragg's formula loses there depends on every rounding: such pixels are eager's."""
    flags = (
        "-cell 100 -default_F 100 -lambda 1 -distance 100 -N 5 -pixel 0.1 -oversample 1 -round_xtal"
        " -detpixels 21 -roi 8 12 8 12 -denzo -Xbeam 1.05 -Ybeam 1.05"
    )
    assert assert_close(run_of(flags), interpreted, precision)[10, 10] == 0.0


@pytest.mark.parametrize("cells", ["1", "2", "7", "12", "13", "60", "1000"])
@pytest.mark.parametrize("precision", ALLOWED)
def test_any_number_of_cells(interpreted: Kernels, cells: str, precision: str) -> None:
    flags = f"-cell 100 -default_F 100 -N {cells} -detpixels 60 -oversample 1 -misset 11 22 33"
    assert_close(run_of(flags), interpreted, precision)


def test_the_largest_crystals_differ_by_the_rounding_of_their_indices(
    interpreted: Kernels,
) -> None:
    """N times the last digit of h: it depends on the order of three products and their sum."""
    flags = "-cell 100 -default_F 100 -N 100000 -detpixels 60 -oversample 1 -misset 11 22 33"
    run = run_of(flags)
    image, expected = on_card(run, interpreted), eager(run)
    assert np.abs(image - expected).max() <= 1e-8 * expected.max()


def test_single_precision_throughout_runs(interpreted: Kernels) -> None:
    run = run_of(f"{SMALL} -detpixels 32 -oversample 1")
    naive = on_card(said(run, "float32-naive"), interpreted)
    assert np.isfinite(naive).all()
    assert np.corrcoef(naive.ravel(), eager(run).ravel())[0, 1] > 0.9


@pytest.mark.parametrize("phi", ["-phi 0 -osc 4 -phisteps 3", "-phi 0 -osc 4 -phisteps 3 -dmin 4"])
def test_the_first_sweep_over_phi_is_carried_over(interpreted: Kernels, phi: str) -> None:
    flags = f"{SMALL} -detpixels 6 -pixel 2 -oversample 2 -mosaic 0.3 -mosaic_domains 2 {phi}"
    run = run_of(flags)
    assert tables_of(run).serial.first_pixel is not None
    assert_close(run, interpreted, "float64")
    assert_close(run, interpreted, "float64", Pace(6, 12, evaluations=30, learns=False))


@pytest.mark.parametrize(
    ("workload", "region"), [("W2", "1205 1213 1901 1907"), ("W4", "707 715 943 949")]
)
def test_sines_very_close_to_a_reflection_round_as_nanobraggs(
    interpreted: Kernels, workload: str, region: str
) -> None:
    """Whole turns taken away first, one pixel of each would be off by 1e-8 of the region's maximum:
    h, k or l is within 1e-6 of a whole number there.
    """
    experiment = WORKLOADS[workload].experiment()
    flags = f"{' '.join(flags_of(experiment))} -roi {region}"
    assert_close(run_of(flags), interpreted, "float64")


@pytest.mark.parametrize(
    "more",
    [
        "-oversample 2 -detector_abs 500 -detector_thick 450 -detector_thicksteps 2",
        "-hdivrange 8 -hdivsteps 2 -dispersion 2 -dispsteps 2 -detector_rotx 20 -xds -oversample 1",
        "-phi 0 -osc 4 -phisteps 3 -mosaic 0.3 -mosaic_domains 2 -N 60 -oversample 1",
    ],
)
def test_where_nothing_is_allowed_all_sines_round_as_nanobraggs(
    interpreted: Kernels, more: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = run_of(f"{SMALL} -detpixels 6 -pixel 2 {more}")
    expected = eager(run)
    monkeypatch.setattr(delicate, "ALLOWED", 1e-30)
    image = on_card(run, interpreted)
    assert np.abs(image / expected - 1.0).max() <= 1e-11


def few_reflections(folder: Path, extra: str = "") -> str:
    table = folder / "few.hkl"
    indices = range(-9, 10)
    table.write_text(
        "".join(
            f"{h} {k} {ell} {100 + 7 * h + 3 * k - ell}\n"
            for h in indices
            for k in indices
            for ell in indices
        )
    )
    return (
        f"-hkl {table} -default_F 5 -cell 60 70 80 90 95 90 -N 5 -lambda 1 -distance 60 -pixel 1"
        f" -detpixels 64 -roi 22 42 30 63 -interpolate -mosaic 0.4 -mosaic_domains 2 {extra}"
    )


def test_the_end_of_interpolation_is_the_same(interpreted: Kernels, tmp_path: Path) -> None:
    run = run_of(few_reflections(tmp_path, "-oversample 1"))
    tables = tables_of(run)
    assert 0 < (tables.serial.switch_pixel or 0) < 64 * 64
    found = with_serial_order(tables, candidates=card_candidates(interpreted, lambda: None))
    assert found.serial == tables.serial
    for precision in ALLOWED:
        assert_close(run, interpreted, precision)


def test_launches_do_not_change_the_image(interpreted: Kernels, tmp_path: Path) -> None:
    """Cut by pixels, by places, by sources and by orientations."""
    flags = (
        f"{SMALL} -detpixels 4 -pixel 3 -oversample 2 -polar 0.7 -hdivrange 8 -hdivsteps 2 -dmin 3"
        " -detector_abs 500 -detector_thick 450 -detector_thicksteps 2 -mosaic 0.3"
        " -mosaic_domains 3"
    )
    run = run_of(flags, semantics=Semantics(polarization="mean", omega="mean"))
    whole = on_card(run, interpreted)
    for at_once in (8 * 2, 8 * 3, 8 * 7, 4 * 48):
        cut = on_card(run, interpreted, Pace(4, 8, evaluations=at_once, learns=False))
        assert np.abs(cut - whole).max() <= 1e-13 * whole.max()


# NumPy, of which the interpreter is made, warns of what a card computes in silence.
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_pixels_that_are_not_finite_are_the_eager_kernels(interpreted: Kernels) -> None:
    run = run_of(f"{SMALL} -detpixels 8 -default_F 1e200")
    assert not np.isfinite(eager(run)).all()
    assert np.array_equal(on_card(run, interpreted), eager(run), equal_nan=True)


def test_masked_pixels_and_those_outside_of_the_region_are_left_alone(
    interpreted: Kernels, tmp_path: Path
) -> None:
    run = run_of(f"{CUBIC} -detpixels 32 -roi 3 9 20 22")
    mask = torch.ones(32 * 32, dtype=torch.bool)
    mask[21 * 32 + 5] = False
    tables = replace(tables_of(run), mask=mask)
    image = np.full((32, 32), -1.0)
    render_on_card(image, tables, interpreted, RunContext())
    inside = image[20:23, 3:10]
    assert image[21, 5] == -1.0
    assert (image == -1.0).sum() == 32 * 32 - inside.size + 1
    assert (np.delete(inside.ravel(), 7 + 2) >= 0.0).all()


def test_an_empty_region_is_nothing_to_do(interpreted: Kernels) -> None:
    tables = tables_of(run_of(f"{CUBIC} -detpixels 8"))
    detector = tables.setup.detector
    roi = replace(detector.roi, slow_min=5, slow_max=4)
    setup = replace(tables.setup, detector=replace(detector, roi=roi))
    image = np.full((8, 8), -1.0)
    render_on_card(image, replace(tables, setup=setup), interpreted, RunContext())
    assert (image == -1.0).all()


def test_progress_grows_to_the_end_and_a_run_can_be_cancelled(interpreted: Kernels) -> None:
    run = run_of(f"{CUBIC} -detpixels 16 -oversample 2")
    pace = Pace(1, 64, evaluations=60, learns=False)
    told: list[float] = []
    context = RunContext(report=lambda done, _: told.append(done))
    on_card(run, interpreted, pace, context)
    assert told == sorted(told)
    assert len(told) > 5
    assert told[-1] == 1.0
    asked = iter([False, False] + [True] * 10)
    with pytest.raises(Cancelled):
        on_card(run, interpreted, pace, RunContext(is_cancelled=lambda: next(asked)))
    assert len(list(asked)) == 9


def test_a_pace_reaches_its_time_and_no_more() -> None:
    pace, per_second = Pace(fewest_pixels=1, most_pixels=10**6), 1e9
    for _ in range(10):
        pace.learn(int(pace.evaluations), pace.evaluations / per_second)
    assert pace.evaluations / per_second == pytest.approx(0.05, rel=0.01)


@pytest.mark.parametrize("growth", [1.0, 3.0, 0.3])
def test_pieces_are_every_evaluation_once(growth: float) -> None:
    """Also when the pace changes on the way."""
    evaluations = Evaluations(places=6, sources=3, orientations=10)
    pace = Pace(fewest_pixels=4, most_pixels=16, evaluations=40.0)
    seen = np.zeros((40, 6, 3, 10), int)
    opened: set[int] = set()
    for piece in pieces(evaluations, Range(8, 40), 4, pace):
        where = tuple(
            slice(*some) for some in (piece.pixels, piece.places, piece.sources, piece.orientations)
        )
        pixels = set(range(*piece.pixels))
        assert piece.opens == (not pixels & opened)
        opened |= pixels
        seen[where] += 1
        done = bool((seen[slice(*piece.pixels)] == 1).all())
        assert piece.closes == done
        assert piece.pixels.size <= 16
        pace.evaluations = min(max(pace.evaluations * growth, 1.0), 1e4)
    assert (seen[8:] == 1).all()
    assert not seen[:8].any()


@pytest.mark.parametrize(
    "image",
    [np.zeros((15, 16)), np.zeros((16, 16), np.float32), np.zeros((16, 32))[:, ::2]],
    ids=["shape", "type", "order"],
)
def test_memory_that_does_not_fit_is_refused(image: np.ndarray, interpreted: Kernels) -> None:
    with pytest.raises(ValueError, match="row by row"):
        render_on_card(
            image, tables_of(run_of(f"{CUBIC} -detpixels 16")), interpreted, RunContext()
        )


def for_card(flags: str) -> Tables:
    """Tables of which only the device says that they are on a card."""
    return replace(tables_of(run_of(flags)), device=torch.device("cuda"))


def test_the_kernel_is_chosen_and_what_is_not_there_is_said(
    interpreted: Kernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images.triton, "working", lambda _: interpreted)
    plain, curved = f"{CUBIC} -detpixels 8", f"{CUBIC} -curved_det -detpixels 8"
    for kernel in ("automatic", "triton"):
        assert images.card_kernels(for_card(plain), kernel) == (interpreted, "")
        assert images.card_kernels(for_card(curved), kernel) == (None, "the detector is curved")
    assert images.card_kernels(for_card(plain), "eager") == (None, "")
    assert images.card_kernels(tables_of(run_of(plain)), "automatic") == (None, "")

    def missing(_: object) -> Kernels:
        raise Missing("Triton is not installed")

    monkeypatch.setattr(images.triton, "working", missing)
    found, why = images.card_kernels(for_card(plain), "automatic")
    assert found is None
    assert why == "there is no Triton kernel: Triton is not installed"


def test_an_image_is_made_with_the_chosen_kernel(
    interpreted: Kernels, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The engine's own way: the order of the run, the image, and no note."""
    run = run_of(few_reflections(tmp_path, "-oversample 1"))
    expected = eager(run)
    monkeypatch.setattr(images, "native_library", lambda *_: (None, ""))
    monkeypatch.setattr(images, "card_kernels", lambda *_: (interpreted, ""))
    automatic = run.model_copy(update={"options": ()})
    image, context = np.zeros_like(expected), RunContext()
    create("torch-cpu", {}).render(automatic, image, context)
    assert context.notes == []
    assert not np.array_equal(image, expected)
    assert np.abs(image - expected).max() <= 1e-9 * expected.max()


def test_what_is_offered() -> None:
    choices = {
        engine.id: {option.name: option.choices for option in engine.options}
        for engine in braggscope_engines()
    }
    assert "triton" not in choices["torch-cpu"]["kernel"]
    assert "native" not in choices["torch-cuda"]["kernel"]
    assert choices["torch-cuda"]["kernel"][:2] == ("automatic", "triton")
    assert choices["torch-cuda"]["precision"][0] == "automatic"


@pytest.mark.parametrize(
    ("card", "precision"),
    [((8, 0), "float64"), ((9, 0), "float64"), ((8, 6), "mixed"), ((8, 9), "mixed")],
)
def test_the_precision_suits_the_card(card: tuple[int, int], precision: str) -> None:
    assert suiting_capability(card) == precision
