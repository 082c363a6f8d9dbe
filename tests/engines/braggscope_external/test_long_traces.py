"""Traces that print more than is kept of a program's output."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from braggscope.api import Pixel, Run, RunContext
from braggscope.errors import EngineFailed
from braggscope.experiment import Experiment
from braggscope_external.engine import create
from tests.engines.braggscope_external.test_described import (
    engine_of,
    own_places,  # noqa: F401
)
from tests.experiment.test_nanobragg_dialect import CUBIC

PIXELS = [Pixel(number, 20 + number) for number in range(20)]


def run_of(more: str) -> Run:
    """A run of Braggscope's own program."""
    return Run(
        experiment=Experiment.from_nanobragg(f"{CUBIC} {more}".split()), engine="nanobragg-c"
    )


@pytest.fixture(autouse=True)
def little_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a few steps were many."""
    monkeypatch.setattr("braggscope_external.output.MOST_BYTES", 2**18)


@pytest.mark.parametrize(
    "more", ["-oversample 7", "-oversample 2 -detector_thick 500 -detector_thicksteps 9"]
)
def test_many_pixels_are_traced_though_all_at_once_print_too_much(more: str) -> None:
    engine = create("nanobragg-c", {"program": "own"})
    traces = engine.trace(run_of(more), PIXELS, RunContext())
    assert [trace.pixel for trace in traces] == PIXELS
    assert not any(trace.partial for trace in traces)


def test_a_pixel_that_prints_too_much_says_so_and_what_to_do() -> None:
    engine = create("nanobragg-c", {"program": "own"})
    with pytest.raises(EngineFailed, match=r"more than.*MB.*left out.*fewer sub-pixels"):
        engine.trace(run_of("-oversample 40"), PIXELS[:1], RunContext())


@pytest.mark.usefixtures("own_places")
def test_a_described_program_that_prints_too_much_gives_no_part_of_a_trace(tmp_path: Path) -> None:
    script = tmp_path / "floods.py"
    script.write_text(
        "print('TRACE_C: I_pixel_final 7.5')\n"
        "for _ in range(20_000): print('TRACE_C: F_latt 1 2 3 4 5 6 7 8')\n"
    )
    words = f'["{sys.executable}", "{script}", "{{trace_slow}}", "{{trace_fast}}"]'
    engine = engine_of(
        tmp_path, str(script), '"{experiment_json}"', f"[trace]\ncommand = {words}\n"
    )
    with pytest.raises(EngineFailed, match=r"more than.*MB.*left out"):
        engine.trace(run_of(""), PIXELS[:1], RunContext())
