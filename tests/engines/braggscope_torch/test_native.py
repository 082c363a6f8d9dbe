"""The native kernel against the eager one, for every width of vectors that this processor has."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Cancelled, Run, RunContext, Semantics
from braggscope.experiment import Experiment
from braggscope_torch import image as images
from braggscope_torch.engine import create
from braggscope_torch.native import library as libraries
from braggscope_torch.native import rendering
from braggscope_torch.native.image import render_native
from braggscope_torch.native.job import Job
from braggscope_torch.native.library import Library, Missing
from braggscope_torch.native.rendering import render_region
from braggscope_torch.support import unsupported
from tests.engines.random_agreement import TOLERANCE, image_of
from tests.engines.random_runs import delicate_pixels, random_run, tables_of
from tests.experiment.test_nanobragg_dialect import CUBIC

LIBRARY = libraries.FOLDER / libraries.NAME

#: The beam meets the centre of a pixel, where h = k = l = 0 but for rounding; in the second, its
#: neighbours' indices are small as well.
BEAM_AT_PIXEL = "-cell 100 -lambda 1 -distance 100 -pixel 0.1 -denzo -Xbeam 1.05 -Ybeam 1.05"
BEAM_CLOSE_BY = (
    "-cell 10 12 13 80 85 95 -misset 11 22 33 -lambda 1 -distance 10000 -pixel 0.001 -denzo"
    " -Xbeam 0.0105 -Ybeam 0.0105"
)

pytestmark = pytest.mark.skipif(not LIBRARY.is_file(), reason="the native kernel is not built")


def run_of(flags: str, kernel: str = "native", precision: str = "float64") -> Run:
    return Run(
        experiment=Experiment.from_nanobragg(flags.split()),
        engine="torch-cpu",
        options=(("kernel", kernel), ("precision", precision)),
    )


@pytest.fixture(params=[0, 256, 512])
def native(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Library:
    """The kernel with vectors of at most so many bits; less where the processor has less."""
    monkeypatch.setenv(libraries.LIMIT_VARIABLE, str(request.param))
    return Library(LIBRARY)


def test_the_width_can_be_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(libraries.LIMIT_VARIABLE, "0")
    assert Library(LIBRARY).target == "portable"


@pytest.mark.parametrize("seed", range(60))
def test_random_runs(native: Library, seed: int, tmp_path: Path) -> None:
    run = random_run(seed, tmp_path)
    tables = tables_of(run)
    if unsupported(tables):
        pytest.skip(unsupported(tables))
    image = np.zeros(run.setup.detector.shape)
    render_native(image, tables, native, 2, RunContext())
    expected = image_of(
        create("torch-cpu", {}), run.model_copy(update={"options": (("kernel", "eager"),)})
    )
    finite = np.isfinite(expected)
    assert np.array_equal(image[~finite], expected[~finite], equal_nan=True)
    compared = finite & ~delicate_pixels(run)
    maximum = np.abs(expected[compared]).max(initial=0.0)
    assert np.abs(image - expected)[compared].max(initial=0.0) <= TOLERANCE * maximum


@pytest.mark.parametrize("cells", ["1", "2", "7", "60", "1000", "100000"])
@pytest.mark.parametrize(("precision", "allowed"), [("float64", 1e-9), ("mixed", 1e-5)])
def test_any_number_of_cells(cells: str, precision: str, allowed: float) -> None:
    flags = f"-cell 100 -default_F 100 -N {cells} -detpixels 60 -oversample 1 -misset 11 22 33"
    engine = create("torch-cpu", {})
    expected = image_of(engine, run_of(flags, "eager"))
    image = image_of(engine, run_of(flags, "native", precision))
    assert np.abs(image - expected).max() <= allowed * expected.max()


@pytest.mark.parametrize(
    ("flags", "allowed"),
    [
        ("-cell 100 -N 5 -detpixels 4096 -roi 2185 2200 1205 1215", 1e-11),
        ("-cell 3000 3100 3200 -N 3 -detpixels 120 -pixel 1 -misset 10 20 30", 3e-10),
    ],
    ids=["W2", "large cell"],
)
def test_nanobraggs_rounding_very_close_to_a_reflection(
    native: Library, flags: str, allowed: float
) -> None:
    """Sines of many turns show there how their arguments were rounded: without, W2 is 2e-8 off."""
    run = run_of(f"-default_F 100 -lambda 1 -distance 100 -oversample 1 {flags}", "eager")
    image, tables = np.zeros(run.setup.detector.shape), tables_of(run)
    render_native(image, tables, native, 2, RunContext())
    expected = image_of(create("torch-cpu", {}), run)
    assert np.abs(image - expected).max() <= allowed * expected.max()


@pytest.mark.parametrize("more", [f"-N 5 {BEAM_AT_PIXEL}", f"-N 2 -fudge 0.5 {BEAM_CLOSE_BY}"])
@pytest.mark.parametrize(("precision", "allowed"), [("float64", 1e-9), ("mixed", 1e-5)])
def test_round_crystals_lose_what_nanobragg_loses_at_a_peak(
    more: str, precision: str, allowed: float
) -> None:
    """(sin x/x - cos x)/x² cancels near x = 0, in the direct beam down to no digit at all."""
    flags = f"-default_F 100 -detpixels 21 -oversample 1 -round_xtal {more}"
    engine = create("torch-cpu", {})
    expected = image_of(engine, run_of(flags, "eager", precision))
    image = image_of(engine, run_of(flags, "native", precision))
    assert expected[10, 10] == 0.0
    assert np.abs(image - expected).max() <= allowed * expected.max()


def test_a_round_crystal_without_extent_keeps_its_peak_everywhere() -> None:
    flags = f"-default_F 100 -detpixels 9 -oversample 1 -round_xtal -fudge 0 {BEAM_AT_PIXEL}"
    run = run_of(flags, "eager")
    image, tables = np.zeros((9, 9)), tables_of(run)
    job = Job(tables, image, "constant")
    assert render_region(Library(LIBRARY), job, 0, 81, 1, lambda *_: None) == (0, -1)
    assert image == pytest.approx(image_of(create("torch-cpu", {}), run), rel=1e-12)


def test_the_end_of_interpolation_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by each kernel alone, in an image of several blocks and stretches."""
    table = tmp_path / "few.hkl"
    table.write_text(
        "".join(
            f"{h} {k} {ell} {100 + 7 * h + 3 * k - ell}\n"
            for h in range(-9, 10)
            for k in range(-9, 10)
            for ell in range(-9, 10)
        )
    )
    monkeypatch.setattr("braggscope_torch.blocks._PROCESSOR_EVALUATIONS", 4000)
    flags = (
        f"-hkl {table} -default_F 5 -cell 60 70 80 90 95 90 -N 5 -lambda 1 -distance 60 -pixel 1"
        " -detpixels 64 -roi 22 42 30 63 -interpolate -oversample 2 -mosaic 0.4 -mosaic_domains 3"
    )
    pixels = {}
    shown = {}
    for kernel in ("native", "eager"):
        engine = create("torch-cpu", {})
        shown[kernel] = image_of(engine, run_of(flags, kernel))
        pixels[kernel] = engine._in_order(run_of(flags, kernel), RunContext()).serial
    assert pixels["native"] == pixels["eager"]
    assert 0 < pixels["eager"].switch_pixel < 64 * 64
    error = np.abs(shown["native"] - shown["eager"]).max()
    assert error <= TOLERANCE * shown["eager"].max()


@pytest.mark.parametrize("precision", ["float64", "mixed"])
@pytest.mark.parametrize("fallback", ["permanent", "local"])
def test_indices_that_are_no_numbers_are_outside_the_table(
    native: Library, fallback: str, precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A detector at the crystal: one pixel has no direction."""
    monkeypatch.setattr("braggscope_torch.image.library", lambda: native)
    table = tmp_path / "few.hkl"
    indices = range(-4, 5)
    table.write_text(
        "".join(f"{h} {k} {n} 10\n" for h in indices for k in indices for n in indices)
    )
    flags = (
        f"-hkl {table} -cell 70 80 90 90 90 90 -N 5 -lambda 1.2 -pixel 1 -detpixels 16"
        " -oversample 1 -interpolate -distance 1e-300 -Xbeam 8 -Ybeam 8"
    )
    semantics = Semantics(interpolation_fallback=fallback)
    shown = {
        kernel: image_of(
            create("torch-cpu", {}),
            run_of(flags, kernel, precision).model_copy(update={"semantics": semantics}),
        )
        for kernel in ("native", "eager")
    }
    assert np.isnan(shown["eager"]).sum() == 1
    np.testing.assert_allclose(shown["native"], shown["eager"], rtol=1e-4, atol=1e-30)


def test_what_it_cannot_do_is_the_eager_kernels_and_said() -> None:
    context = RunContext()
    engine, run = create("torch-cpu", {}), run_of(f"{CUBIC} -curved_det -detpixels 8")
    image = np.zeros((8, 8))
    engine.render(run, image, context)
    assert context.notes == ["the eager kernel made this image: the detector is curved"]
    eagerly = image_of(engine, run_of(f"{CUBIC} -curved_det -detpixels 8", "eager"))
    assert np.array_equal(image, eagerly)


def test_without_a_library_the_eager_kernel_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Library:
        raise Missing("no C compiler was found")

    monkeypatch.setattr(images, "library", missing)
    context = RunContext()
    image = np.zeros((8, 8))
    create("torch-cpu", {}).render(run_of(f"{CUBIC} -detpixels 8"), image, context)
    assert image.any()
    assert "no C compiler was found" in context.notes[0]


@pytest.mark.parametrize(
    "long",
    [
        "-detpixels 4000 -oversample 200",
        "-detpixels 4 -oversample 200 -mosaic 1 -mosaic_domains 20000 -hdivrange 5 -hdivsteps 30"
        " -vdivrange 5 -vdivsteps 30",
    ],
)
def test_a_long_run_can_be_cancelled(long: str) -> None:
    """Many pixels, and few pixels with many steps."""
    stop = threading.Event()
    engine, run = create("torch-cpu", {}), run_of(f"{CUBIC} {long}")
    image = np.zeros(engine.prepare(run).shape)
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        engine.render(run, image, RunContext(is_cancelled=stop.is_set))
    assert time.monotonic() - started < 30


def test_progress_grows_to_the_end() -> None:
    told: list[float] = []
    engine, run = create("torch-cpu", {}), run_of(f"{CUBIC} -detpixels 500 -oversample 3")
    engine.render(run, np.zeros((500, 500)), RunContext(report=lambda done, _: told.append(done)))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_other_pixels_than_those_of_the_region_are_left_alone() -> None:
    image = np.full((32, 32), -1.0)
    engine, run = create("torch-cpu", {}), run_of(f"{CUBIC} -detpixels 32 -roi 3 9 20 22")
    engine.render(run, image, RunContext())
    inside = image[20:23, 3:10]
    assert (inside >= 0.0).all()
    assert (image == -1.0).sum() == 32 * 32 - inside.size


MANY_NEAR = "-phi 0 -osc 1 -phisteps 5 -mosaic_dom 10 -mosaic 0.5"


@pytest.mark.parametrize(
    ("flags", "side"), [("-oversample 2", 100), (f"-oversample 1 {MANY_NEAR}", 509)]
)
def test_neither_threads_nor_times_change_the_image(
    flags: str, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor how long the calls were; near reflections sums are broken up for pixels together."""
    run = run_of(f"{CUBIC} -detpixels {side} {flags}")
    tables = tables_of(run)
    images = []
    for threads, longest_s in ((1, 0.02), (2, 0.001), (5, 0.0003), (2, 0.007)):
        monkeypatch.setattr(rendering, "_LONGEST_S", longest_s)
        image = np.zeros((side, side))
        render_native(image, tables, Library(LIBRARY), threads, RunContext())
        images.append(image)
    assert all(np.array_equal(images[0], image) for image in images[1:])


@pytest.mark.parametrize(
    "image",
    [np.zeros((99, 100)), np.zeros((100, 100), np.float32), np.zeros((100, 200))[:, ::2]],
    ids=["shape", "type", "order"],
)
def test_memory_that_does_not_fit_is_refused(image: np.ndarray) -> None:
    tables = tables_of(run_of(f"{CUBIC} -detpixels 100"))
    with pytest.raises(ValueError, match="row by row"):
        render_native(image, tables, Library(LIBRARY), 1, RunContext())
