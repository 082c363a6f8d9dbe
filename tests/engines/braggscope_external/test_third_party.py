"""Somebody else's program that prints -printout_pixel and no more, as it is used in practice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Pixel, Run, RunContext, TraceComparison, compare_traces
from braggscope.experiment import Experiment
from braggscope_external.engine import create

PROGRAM = Path(__file__).parent / "ports" / "tiny_bragg.py"
FLAGS = (
    "-cell 50 60 70 90 100 90 -default_F 100 -N 4 -lambda 1.1 -distance 80 -pixel 0.5"
    " -detpixels 24 -oversample 2 -nopolar"
)
PIXEL = Pixel(17, 5)


def run_of(flags: str) -> Run:
    return Run(experiment=Experiment.from_nanobragg(flags.split()), engine="nanobragg-c")


def compared(run: Run, other: Run | None = None) -> TraceComparison:
    """Our own program's trace with that of the tiny one."""
    tiny = create("nanobragg-c", {"program": str(PROGRAM)})
    own = create("nanobragg-c", {"program": "own"})
    (there,) = tiny.trace(run, [PIXEL], RunContext())
    (here,) = own.trace(other or run, [PIXEL], RunContext())
    return compare_traces(here, there)


@pytest.fixture(autouse=True, params=["paragraph", "table"])
def style(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Programs write their report as they like."""
    monkeypatch.setenv("BRAGGSCOPE_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TINY_STYLE", request.param)
    return str(request.param)


def test_it_is_recognised() -> None:
    found = create("nanobragg-c", {"program": str(PROGRAM)}).availability()
    assert found.available, found.reason
    assert "images, of a trace only what -printout_pixel says" in found.device


def test_its_image_and_its_report_agree_with_our_own(style: str) -> None:
    run = run_of(FLAGS)
    tiny = create("nanobragg-c", {"program": str(PROGRAM)})
    prepared = tiny.prepare(run)
    image = np.zeros(prepared.shape, prepared.dtype)
    tiny.render(run, image, RunContext())
    found = compared(run)
    assert found.first_divergence is None, found.explanation
    assert found.b.value == pytest.approx(float(image[PIXEL]), rel=1e-5)
    known = {row.name for row in found.rows if row.verdict in ("equal", "within")}
    assert {"hkl", "pos_m", "F_cell", "F_latt", "stol", "omega", "I_total", "val"} <= known


def test_a_wrong_cell_is_seen_in_the_first_thing_it_prints_of_it(style: str) -> None:
    found = compared(run_of(FLAGS), run_of(FLAGS.replace("-cell 50", "-cell 51")))
    assert found.first_divergence is not None
    # What comes before, such as the vectors of the cell, it does not print.
    assert "hkl" in {row.name for row in found.rows if row.verdict == "differs"}
    assert found.first_divergence in ("hkl", "hkl0")
    # Nothing is known of what it is made of.
    assert "h k l (hkl) differs first by" in found.explanation
    assert "agrees" not in found.explanation


def test_a_triclinic_cell_differs_where_it_turns_pixels_into_indices() -> None:
    """nanoBragg's c* of such a cell is a little too long, which somebody's geometry is not."""
    found = compared(run_of(FLAGS.replace("90 100 90", "80 85 95")))
    assert found.first_divergence == "hkl"


def test_polarisation_that_it_calculates_otherwise_is_all_that_differs() -> None:
    found = compared(run_of(FLAGS.replace("-nopolar", "-polar 0.9")))
    assert {row.name for row in found.rows if row.verdict == "differs"} == {"polar", "val"}
    assert found.first_divergence == "polar"


def test_a_pixel_that_it_does_not_simulate_is_said(style: str) -> None:
    from braggscope.api import BraggscopeError

    tiny = create("nanobragg-c", {"program": str(PROGRAM)})
    with pytest.raises(BraggscopeError, match="says nothing of pixel"):
        tiny.trace(run_of(FLAGS), [Pixel(30, 5)], RunContext())
