"""The report of -printout_pixel as a trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from braggscope.api import Pixel
from braggscope.trace_files.printout import read_printout
from braggscope.trace_files.reading import read_trace_file

OURS = """\
pixel fast 7 slow 5 : stol= 1.25e+09 X= 0.1 Y= 0.002 Z= -0.003
  h= 1.5 k= 2.5 l= -3.5 F_cell= 100 F_latt= 12.5
  I= 8.75 I/steps= 8.75 polar= 0.97 omega= 2.5e-06 capfrac= 1 pixel= 0.00748123
  cell a= 1e-08 0 0 m
"""
ANOTHER = """\
7 5 : stol = 0.125 or 0.25
at 0.1 0.002 -0.003
hkl= 1.5 2.5 -3.5  hkl0= 2 3 -3
 F_cell=100  F_latt=12.5   I = 8.75
I/steps            8.75
polar   0.97
omega   2.5e-06
capfrac 1
pixel   0.00748123
"""


@pytest.mark.parametrize("text", [OURS, ANOTHER])
def test_values_are_found_by_their_labels_whatever_the_form(text: str) -> None:
    trace, notes = read_printout(text.splitlines(), "port")
    assert trace is not None
    assert trace.pixel == Pixel(5, 7)
    assert trace.partial
    assert trace.value == 0.00748123
    assert trace["stol"].values.item() == pytest.approx(1.25e9)
    assert trace["pos_m"].values.ravel().tolist() == [0.1, 0.002, -0.003]
    assert trace["hkl"].values.ravel().tolist() == [1.5, 2.5, -3.5]
    assert trace["omega"].values.item() == 2.5e-06
    assert trace["I_total"].values.item() == 8.75
    assert trace.digits == 6
    assert "6 digits" in notes[0]


def test_values_of_the_last_step_stand_at_the_last_step() -> None:
    lines = OURS.replace("I/steps= 8.75", "I/steps= 1.09375").splitlines()
    trace, notes = read_printout(lines, "port")
    assert trace is not None
    assert "hkl" not in trace  # which step they are of is not known
    assert "how many steps" in notes[1]
    counts = {"layer": 1, "subpixel": 4, "source": 2, "phi": 1, "domain": 1}
    trace, _ = read_printout(lines, "port", None, counts)
    assert trace is not None
    hkl = trace["hkl"].values
    assert hkl.shape == (1, 4, 2, 1, 1, 3)
    assert hkl[0, 3, 1, 0, 0].tolist() == [1.5, 2.5, -3.5]
    assert int(np.isfinite(hkl).sum()) == 3


def test_one_of_many_pixels_is_found_and_no_other_taken_for_it() -> None:
    lines = (OURS.replace("fast 7", "fast 6").replace("0.00748123", "1") + OURS).splitlines()
    trace, _ = read_printout(lines, "port", Pixel(5, 7))
    assert trace is not None
    assert trace.value == 0.00748123
    assert read_printout(lines, "port", Pixel(1, 1))[0] is None


def test_factors_that_are_not_applied_are_left_out() -> None:
    trace, _ = read_printout(OURS.splitlines(), "port", not_applied=["omega"])
    assert trace is not None
    assert "omega" not in trace
    assert "polar" in trace


@pytest.mark.parametrize("text", ["", "pixel 5", "stol= x", "\0\1\2\xff", "I= 5\nhello\n" * 1000])
def test_what_is_no_report_gives_none(text: str) -> None:
    assert read_printout(text.splitlines(), "port") == (None, ())


def test_a_report_on_disk_is_a_trace(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_text("reading\n" + ANOTHER + "done\n")
    assert read_trace_file(tmp_path / "run.log").trace.pixel == Pixel(5, 7)
