"""Traces of other programs, read from what they printed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from braggscope.api import InvalidInput, Pixel, PixelTrace, Run, RunContext, compare_traces
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.trace_files.lines import trace_line, whole_lines
from braggscope.trace_files.reading import read_trace_file, read_trace_text
from braggscope.trace_files.writing import complete_lines, original_lines
from braggscope_torch.engine import create
from tests.conftest import SHARED

GOLDEN = SHARED / "golden"
FILES = sorted(path.name for path in GOLDEN.glob("*.trace_*.txt"))
needs_golden = pytest.mark.skipif(not FILES, reason=f"there are no traces at {GOLDEN}")

LOG = """\
some other output
TRACE_C:Fbeam_m=0.026
TRACE_CONFIG: tracing pixel (spixel=100, fpixel=37)
TRACE_C: pix0_vector_meters 0.1 0.026 -0.026
TRACE_C: pixel_pos_meters 0.1 -0.014 -0.0112
TRACE_C: R_distance_meters 0.1015
TRACE_C: scattering_vec_A_inv -157036379.5 -1381295894.7 -1099130937.6
TRACE_C: rot_a_angstroms 100 0 0
TRACE_C: rot_b_angstroms 0 100 0
TRACE_C: rot_c_angstroms 0 0 100
TRACE_C: hkl_frac -1.57 -13.81 -10.99
TRACE_C: pix0_vector_meters 0.1 0.026 -0.026
TRACE_C: pixel_pos_meters 0.1 -0.014 -0.0111
TRACE_C: R_distance_meters 0.1014
TRACE_C: scattering_vec_A_inv -156328501.5 -1381395233.6 -1092647536.3
TRACE_C: I_before_scaling 12.5
TRACE_C: steps 2
TRACE_C: I_pixel_final 0.25
"""


@needs_golden
@pytest.mark.parametrize("name", FILES)
def test_a_log_of_the_original_agrees_with_our_trace(name: str) -> None:
    case, _, place = name.removesuffix(".txt").partition(".trace_")
    slow, fast = (int(part[1:]) for part in place.split("_"))
    flags = json.loads((GOLDEN / "index.json").read_text())[case]["args"].split()
    command = parse_command_line(flags, GOLDEN / "inputs")
    run = Run(experiment=command.experiment, semantics=command.semantics, engine="torch-cpu")
    ours = create("torch-cpu", {}).trace(run, [Pixel(slow, fast)], RunContext())[0]
    log = read_trace_file(GOLDEN / name).trace
    assert log.pixel == (slow, fast)
    found = compare_traces(log, ours)
    compared = {row.name for row in found.rows if row.a is not None and row.b is not None}
    assert {"pix0_m", "pos_m", "q", "omega_in_force", "val", "float32"} <= compared
    differing = [(row.name, row.relative) for row in found.rows if row.verdict == "differs"]
    assert differing == []
    assert found.first_divergence is None


def test_blocks_are_counted_and_units_put_right() -> None:
    trace = read_trace_text(LOG, "other").trace
    assert trace.partial
    assert trace.pixel == (100, 37)
    assert trace.value == 0.25
    assert trace["R_m"].values.tolist() == [[0.1015, 0.1014]]
    assert trace["q"].unit == "1/m"
    assert trace["q"].values.shape == (1, 2, 1, 3)
    np.testing.assert_allclose(
        trace["cell_mosaic"].values.reshape(3, 3), np.diag([1e-8, 1e-8, 1e-8])
    )
    # The second sub-pixel has no indices: that is no difference.
    assert np.isnan(trace["hkl"].values[0, 1]).all()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("TRACE_C", "TRACE_PY"),
        lambda text: "\n".join(f"   {line}  " for line in text.splitlines()),
        lambda text: text.replace("0.1015", "0,1015").replace("0.1014", "0,1014"),
        lambda text: text.replace("TRACE_C: R_distance", "progress 10%TRACE_C: R_distance"),
        lambda text: text.replace("0.1015\n", "0.1015\x00\x00\n"),
    ],
    ids=["CR-LF", "port", "indented", "decimal comma", "interleaved", "zero bytes"],
)
def test_the_same_is_read_however_it_was_written(change: object) -> None:
    plain = read_trace_text(LOG, "other").trace
    other = read_trace_text(change(LOG), "other").trace  # type: ignore[operator]
    assert compare_traces(plain, other).first_divergence is None
    assert other["R_m"].values.tolist() == plain["R_m"].values.tolist()
    assert [v.name for v in other.variables] == [v.name for v in plain.variables]


def test_lines_that_ran_into_each_other_are_parted() -> None:
    text = "TRACE_C: hkl_frac 1 2 3TRACE_C: R_distance_meters 0.5"
    read = [trace_line(number, part) for number, part in whole_lines([text])]
    assert [(line.name, line.values) for line in read if line] == [
        ("hkl_frac", (1.0, 2.0, 3.0)),
        ("R_distance_meters", (0.5,)),
    ]


def test_what_is_missing_or_broken_is_said() -> None:
    text = LOG.replace("TRACE_C: R_distance_meters 0.1014\n", "").replace(
        "hkl_frac -1.57 -13.81 -10.99", "hkl_frac -1.57 -13.81"
    )
    text = text.replace("TRACE_C: I_pixel_final 0.25\n", "TRACE_C: my_own_variable 3\n")
    read = read_trace_text(text, "other")
    said = "; ".join(read.notes)
    assert "line 11: hkl_frac is not 3 numbers could not be read" in said
    assert "R_m are missing in some sub-pixels" in said
    assert "my_own_variable are not known" in said
    assert "the log ends before the pixel's value" in said
    assert "hkl" not in read.trace
    assert np.isnan(read.trace["R_m"].values[0, 1])


def test_a_wrong_value_is_the_first_divergence_and_what_is_not_known_is_none() -> None:
    a = read_trace_text(LOG, "a").trace
    b = read_trace_text(LOG.replace("0.1014", "0.1114").replace("0.25", "0.26"), "b").trace
    found = compare_traces(a, b)
    assert found.first_divergence == "R_m"
    shorter = read_trace_text(LOG[: LOG.index("TRACE_C: I_before")], "c").trace
    assert compare_traces(a, shorter).first_divergence is None


def test_a_log_without_a_trace_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_text("nothing here\n")
    with pytest.raises(InvalidInput, match=r"there is no trace in .*run.log.*-trace_pixel"):
        read_trace_file(path)
    path.write_bytes(b"")
    with pytest.raises(InvalidInput, match="no trace"):
        read_trace_file(path)
    path.write_text('{"a": 1}')
    with pytest.raises(InvalidInput, match="holds no trace"):
        read_trace_file(path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_trace_file(tmp_path / "nowhere.log")


def test_our_own_json_opens_again(tmp_path: Path) -> None:
    trace = read_trace_text(LOG, "other").trace
    path = tmp_path / "trace.json"
    path.write_text(json.dumps({"traces": [trace.to_dict()]}))
    again = read_trace_file(path).trace
    assert again.partial
    assert compare_traces(trace, again).first_divergence is None


def reads_or_says_why(raw: bytes) -> bool:
    try:
        read = read_trace_text(raw.decode("utf-8", errors="replace"), "broken")
    except InvalidInput as error:
        return "no trace" in str(error)
    return len(read.trace.variables) > 0


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_in_a_log_makes_the_reader_fail(data: st.DataObject) -> None:
    raw = bytearray(LOG.encode())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=30))
        raw = raw or bytearray(b" ")
    assert reads_or_says_why(bytes(raw))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_nothing_in_a_complete_trace_makes_the_reader_fail(data: st.DataObject) -> None:
    lines = [
        "TRACE2 level=R oversample 2", "TRACE2 level=R layers 1", "TRACE2 level=R sources 1",
        *(f"TRACE2 level=B T=0 v={v} u={u} R_m {0.1 + v + u}" for v in (0, 1) for u in (0, 1)),
        *(f"TRACE2 level=B T=0 v={v} u={u} pos_m 1 2 3" for v in (0, 1) for u in (0, 1)),
        "TRACE2 level=P val 3.5",
    ]  # fmt: skip
    raw = bytearray("\n".join(lines).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
        raw = raw or bytearray(b" ")
    assert reads_or_says_why(bytes(raw))


def test_a_million_lines_are_read_for_the_few_that_count() -> None:
    noise = "".join(f"progress {n} of a million and some more words\n" for n in range(1_000_000))
    trace = read_trace_text(noise + LOG + noise[:1000], "other").trace
    assert trace.value == 0.25


@pytest.mark.parametrize("lines", [complete_lines, original_lines])
def test_what_is_written_is_read_again(lines: Callable[[PixelTrace], Iterable[str]]) -> None:
    flags = (
        "-cell 90 80 70 80 95 100 -misset 3 4 5 -default_F 10 -lambda 1.1 -distance 90 -N 4"
        " -pixel 0.5 -detpixels 32 -oversample 2 -mosaic 1 -mosaic_domains 2 -phisteps 2 -osc 1"
        " -detector_thick 400 -detector_abs 300 -detector_thicksteps 2"
    )
    run = Run(experiment=parse_command_line(flags.split()).experiment, engine="torch-cpu")
    ours = create("torch-cpu", {}).trace(run, [Pixel(9, 20)], RunContext())[0]
    again = read_trace_text("\n".join(lines(ours)), "torch-cpu").trace
    assert again.pixel == (9, 20)
    found = compare_traces(ours, again)
    differing = [row.name for row in found.rows if row.verdict == "differs"]
    assert differing == []
    if lines is complete_lines:
        assert not again.partial
        assert {row.verdict for row in found.rows} == {"equal"}
    else:
        assert {"q", "hkl", "cell_mosaic", "F_latt"} <= {v.name for v in again.variables}


def test_a_value_that_is_not_a_number_was_printed_all_the_same() -> None:
    text = "TRACE2 level=B T=0 v=0 u=0 pos_m 1 2 3\nTRACE2 level=P val nan\n"
    read = read_trace_text(text, "ours", Pixel(1, 2))
    assert np.isnan(read.trace.value)
    assert not read.trace.partial
    assert read.notes == ()
