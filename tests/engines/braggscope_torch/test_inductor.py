"""The kernel that torch's compiler makes."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from braggscope.api import Cancelled, Run, RunContext
from braggscope.experiment import Experiment
from braggscope_torch import inductor
from braggscope_torch.engine import create
from braggscope_torch.fused import fused_function
from tests.engines.random_agreement import TOLERANCE, image_of
from tests.engines.random_runs import tables_of
from tests.experiment.test_nanobragg_dialect import CUBIC

compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("g++", "clang++", "c++"))), reason="there is no C++ compiler"
)


def run_of(flags: str, kernel: str = "inductor", precision: str = "float64") -> Run:
    return Run(
        experiment=Experiment.from_nanobragg(flags.split()),
        engine="torch-cpu",
        options=(("kernel", kernel), ("precision", precision)),
    )


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The function that would be compiled, as it is: the same arithmetic without the wait."""
    monkeypatch.setattr(inductor, "_compiled", lambda key, function, arguments, context: function)


@compiler
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's compiler, of torch's own parts
def test_compiled_it_is_the_eager_image() -> None:
    """With everything that is not in the compiled function around it, and blocks to fill up."""
    flags = (
        f"{CUBIC} -detpixels 90 -oversample 2 -phi 0 -osc 1 -phisteps 3 -mosaic 0.4"
        " -mosaic_domains 4 -hdivrange 2 -hdivsteps 2 -dmin 2.2 -water 5"
    )
    said: list[str] = []
    context = RunContext(report=lambda _, message: said.append(message))
    engine, run = create("torch-cpu", {}), run_of(flags)
    image = np.zeros(engine.prepare(run).shape)
    engine.render(run, image, context)
    assert context.notes == []
    assert "compiling the kernel" in said
    expected = image_of(engine, run_of(flags, "eager"))
    assert np.abs(image - expected).max() <= TOLERANCE * expected.max()


SHAPES = ["-square_xtal", "-round_xtal", "-gauss_xtal", "-tophat_spots"]


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("cells", ["1", "2", "5", "60", "1000"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("precision", "allowed"), [("float64", TOLERANCE), ("mixed", 1e-5)])
def test_every_shape_and_size(shape: str, cells: str, precision: str, allowed: float) -> None:
    flags = f"-cell 100 -default_F 100 -detpixels 60 -oversample 1 -misset 11 22 33 -N {cells}"
    engine = create("torch-cpu", {})
    expected = image_of(engine, run_of(f"{flags} {shape}", "eager"))
    image = image_of(engine, run_of(f"{flags} {shape}", precision=precision))
    assert np.abs(image - expected).max() <= allowed * expected.max()


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("lookup", ["-interpolate", "-nointerpolate"])
def test_structure_factors_of_a_file(lookup: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    table = tmp_path_factory.mktemp("factors") / "some.hkl"
    side = range(-12, 13)
    table.write_text(
        "".join(
            f"{h} {k} {ell} {100 + 7 * h + 3 * k - ell}\n"
            for h in side
            for k in side
            for ell in side
        )
    )
    flags = (
        f"-hkl {table} -cell 60 70 80 90 95 90 -N 5 -lambda 1 -distance 60 -detpixels 60 {lookup}"
    )
    engine = create("torch-cpu", {})
    expected = image_of(engine, run_of(flags, "eager"))
    image = image_of(engine, run_of(flags))
    assert np.ptp(expected) > 0.0
    assert np.abs(image - expected).max() <= TOLERANCE * expected.max()


@pytest.mark.usefixtures("uncompiled")
def test_pixels_that_are_not_finite_are_the_eager_kernels() -> None:
    flags = f"{CUBIC} -detpixels 50 -default_F 1e160"
    engine = create("torch-cpu", {})
    expected = image_of(engine, run_of(flags, "eager"))
    assert not np.isfinite(expected).all()
    assert np.array_equal(image_of(engine, run_of(flags)), expected, equal_nan=True)


@pytest.mark.parametrize(
    ("flags", "precision", "why"),
    [
        ("-curved_det", "float64", "the detector is curved"),
        ("-interpolate -hkl {table}", "float64", "interpolation ends within the image"),
        ("-fudge 1", "float32-naive", "it is in single precision without reduced sines"),
    ],
)
def test_what_it_cannot_do_is_the_eager_kernels_and_said(
    flags: str, precision: str, why: str, tmp_path: Path
) -> None:
    table = tmp_path / "few.hkl"
    table.write_text("".join(f"{h} {k} 0 {9 + h + k}\n" for h in range(5) for k in range(5)))
    flags = f"{CUBIC} {flags.format(table=table)} -detpixels 8"
    engine, context = create("torch-cpu", {}), RunContext()
    run = run_of(flags, precision=precision)
    prepared = engine.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    engine.render(run, image, context)
    assert context.notes == [f"the eager kernel made this image: {why}"]
    assert np.array_equal(image, image_of(engine, run_of(flags, "eager", precision)))


def test_where_it_cannot_be_compiled_the_eager_kernel_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("no compiler here\nand more")

    monkeypatch.setattr(inductor, "fused_function", lambda tables: broken)
    engine, context = create("torch-cpu", {}), RunContext()
    image = np.zeros((8, 8))
    engine.render(run_of(f"{CUBIC} -detpixels 8 -N 11"), image, context)
    assert image.any()
    assert context.notes == [
        "the eager kernel made this image: it could not be compiled: no compiler here"
    ]


def test_a_cancel_does_not_wait_for_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def slow(tables: object) -> object:
        return lambda *_arguments: let_go.wait(30)

    monkeypatch.setattr(inductor, "fused_function", slow)
    asked = threading.Event()
    context = RunContext(
        report=lambda _, message: asked.set() if message else None, is_cancelled=asked.is_set
    )
    engine = create("torch-cpu", {})
    with pytest.raises(Cancelled):
        engine.render(run_of(f"{CUBIC} -detpixels 8 -N 13"), np.zeros((8, 8)), context)
    let_go.set()


def test_the_function_is_the_sum_of_the_eager_terms() -> None:
    """For what a compiled function is called with: any orientations, some of which do not count."""
    tables = tables_of(run_of(f"{CUBIC} -mosaic 0.4 -mosaic_domains 4"))
    q = torch.rand(3, 100, dtype=torch.float64) * 1e9
    empty = torch.empty(0, dtype=torch.float64)
    weights = torch.tensor([1.0, 0.0, 2.0, 1.0], dtype=torch.float64)
    function = fused_function(tables)
    star = tables.arrays.reciprocal_per_A
    whole = function(q, tables.cells_m, weights, star, empty)
    one_by_one = [
        function(q, tables.cells_m[:, n : n + 1], torch.ones(1, dtype=torch.float64), star, empty)
        for n in range(4)
    ]
    expected = one_by_one[0] + 2.0 * one_by_one[2] + one_by_one[3]
    assert torch.allclose(whole, expected, rtol=1e-12, atol=0.0)
