"""Whole images by the eager kernel: threads, progress, cancel."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from braggscope.api import Run, RunContext
from braggscope.errors import Cancelled
from braggscope.experiment import Experiment
from braggscope_torch import blocks, eager
from braggscope_torch.engine import create
from braggscope_torch.native import library as libraries
from tests.experiment.test_nanobragg_dialect import CUBIC

#: Rejects a part of the image, carries phi over and has more than one of everything.
EVERYTHING = (
    f"{CUBIC} -detpixels 90 -oversample 2 -phi 0 -osc 1 -phisteps 3 -mosaic 0.4 -mosaic_domains 4"
    " -hdivrange 2 -hdivsteps 3 -dmin 2.2 -water 5"
)


def run_of(flags: str, kernel: str = "eager") -> Run:
    return Run(
        experiment=Experiment.from_nanobragg(flags.split()),
        engine="torch-cpu",
        options=(("kernel", kernel),),
    )


def rendered(run: Run, context: RunContext | None = None) -> np.ndarray:
    engine = create("torch-cpu", {})
    prepared = engine.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    engine.render(run, image, context or RunContext())
    return image


def test_neither_threads_nor_batches_change_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(EVERYTHING)
    image = rendered(run)
    for threads, evaluations in ((1, 2**16), (5, 3000), (2, 100)):
        with monkeypatch.context() as patch:
            for module in (blocks, eager):
                patch.setattr(module, "workers", lambda device, threads=threads: threads)
            patch.setattr(blocks, "_PROCESSOR_EVALUATIONS", evaluations)
            patch.setattr(blocks, "_LEAST", 1)
            assert np.array_equal(rendered(run), image)


def test_what_fails_in_a_thread_fails_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> None:
        raise ArithmeticError("for this test")

    monkeypatch.setattr(eager, "render_pixels", broken)
    with pytest.raises(ArithmeticError, match="for this test"):
        rendered(run_of(EVERYTHING))


LONG = {
    "many pixels": f"{CUBIC} -detpixels 3000 -oversample 20",
    "many steps": f"{CUBIC} -detpixels 4 -oversample 100 -mosaic 1 -mosaic_domains 20000"
    " -hdivrange 5 -hdivsteps 30 -vdivrange 5 -vdivsteps 30",
    "weighted background": f"{CUBIC} -detpixels 2000 -oversample 100 -water 5",
}


@pytest.mark.parametrize("what", LONG)
@pytest.mark.parametrize("kernel", ["native", "eager"])
def test_a_cancel_is_answered_at_once(kernel: str, what: str) -> None:
    if kernel == "native" and not (libraries.FOLDER / libraries.NAME).is_file():
        pytest.skip("the native kernel is not built")
    run = run_of(LONG[what], kernel)
    if what == "weighted background":
        rules = run.semantics.model_copy(update={"omega": "per-evaluation"})
        run = run.model_copy(update={"semantics": rules})
    assert min(answered_after_s(run) for _ in range(3)) <= 0.2


def answered_after_s(run: Run) -> float:
    """From a cancel in the middle of a run to its end."""
    engine = create("torch-cpu", {})
    image = np.zeros(engine.prepare(run).shape)
    stop = threading.Event()
    asked: list[float] = []

    def ask() -> None:
        asked.append(time.monotonic())
        stop.set()

    timer = threading.Timer(0.5, ask)
    timer.start()
    with pytest.raises(Cancelled):
        engine.render(run, image, RunContext(is_cancelled=stop.is_set))
    return time.monotonic() - asked[0]


@pytest.mark.parametrize("kernel", ["native", "eager"])
def test_progress_grows_with_the_work(kernel: str) -> None:
    """Also where the native kernel leaves pixels to the eager one: here F² is too large."""
    flags = f"{CUBIC} -detpixels 400 -oversample 3 -default_F 1e160"
    seen: list[float] = []
    image = rendered(run_of(flags, kernel), RunContext(report=lambda done, _: seen.append(done)))
    assert not np.isfinite(image).all()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert any(0.3 < done < 0.9 for done in seen)
