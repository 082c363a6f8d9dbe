"""Logs of many pixels, of many runs, in pieces, and from other machines."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from braggscope.api import Cancelled, InvalidInput, Pixel, PixelTrace, variable
from braggscope.trace_files.logs import read_log
from braggscope.trace_files.writing import complete_lines, original_lines


def made(pixel: Pixel, value: float) -> PixelTrace:
    """A trace that both grammars can say."""
    return PixelTrace(
        pixel,
        "x",
        (
            variable("oversample", 2),
            variable("pix0_m", [1.0, 2.0, value]),
            variable("R_m", np.arange(4.0).reshape(1, 4) + value, dims=("layer", "subpixel")),
            variable("pos_m", np.full((1, 4, 3), value), dims=("layer", "subpixel")),
            variable("val", value),
        ),
        value,
    )


PIXELS = (Pixel(3, 4), Pixel(5, 6), Pixel(7, 8))
TRACES = tuple(made(pixel, float(n + 1)) for n, pixel in enumerate(PIXELS))


@pytest.mark.parametrize("write", [complete_lines, original_lines])
def test_runs_one_after_the_other_are_parted(tmp_path: Path, write: object) -> None:
    path = tmp_path / "all.log"
    lines = [line for trace in TRACES for line in ["started", *write(trace), "done"]]  # type: ignore[operator]
    path.write_text("\n".join(lines))
    blocks = read_log(path)
    assert [block.trace.pixel for block in blocks] == list(PIXELS)
    assert all(block.says_pixel for block in blocks)
    assert [block.trace.value for block in blocks] == [1.0, 2.0, 3.0]
    for block, trace in zip(blocks, TRACES, strict=True):
        # Each has what its own run said, not the next one's.
        np.testing.assert_array_equal(
            block.trace["pix0_m"].values.ravel()[:3], trace["pix0_m"].values
        )
        assert block.trace["R_m"].values.size == 4
    assert [block.line for block in blocks] == sorted({block.line for block in blocks})


def test_pixels_of_one_run_share_what_the_run_said(tmp_path: Path) -> None:
    path = tmp_path / "list.log"
    run = [line for line in complete_lines(TRACES[0]) if " level=R " in line]
    lines = list(run)
    for trace in TRACES:
        lines.append(f"TRACE2 level=P pixel {trace.pixel.slow} {trace.pixel.fast}")
        own = (line for line in complete_lines(trace) if " level=R " not in line)
        lines += [line for line in own if " slow " not in line and " fast " not in line]
    path.write_text("\n".join(lines))
    blocks = read_log(path)
    assert [block.trace.pixel for block in blocks] == list(PIXELS)
    assert [float(block.trace["oversample"].values) for block in blocks] == [2.0, 2.0, 2.0]


def test_lines_that_were_cut_out_of_a_log_do_not_say_the_pixel(tmp_path: Path) -> None:
    path = tmp_path / "grep.log"
    lines = [line for line in original_lines(TRACES[1]) if "CONFIG" not in line]
    path.write_text("\n".join([*lines, *lines]))
    first, second = read_log(path)
    assert not first.says_pixel
    assert not second.says_pixel
    assert first.trace.value == second.trace.value == 2.0
    assert first.notes == ()


def test_a_log_that_ends_too_soon_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.log"
    lines = list(complete_lines(TRACES[0]))
    path.write_text("\n".join(line for line in lines if " val " not in line))
    (block,) = read_log(path)
    assert block.trace.partial
    assert "ends before the pixel's value" in block.notes[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "latin-1"])
@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"])
def test_logs_from_other_machines(tmp_path: Path, encoding: str, ending: str) -> None:
    path = tmp_path / "other.log"
    text = ending.join(["Größe", *original_lines(TRACES[2])])
    path.write_bytes(text.encode(encoding))
    (block,) = read_log(path)
    assert block.trace.pixel == PIXELS[2]
    assert block.trace.value == 3.0


def test_a_report_of_two_traces_has_both(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text(json.dumps({"traces": [trace.to_dict() for trace in TRACES]}))
    assert [block.trace.pixel for block in read_log(path)] == list(PIXELS)


@pytest.mark.parametrize(
    "content", [b"", b"nothing here\n" * 1000, b"{}", b'{"traces": []}', b"\0" * 3_000_000]
)
def test_what_holds_no_trace_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.log"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="trace"):
        read_log(path)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_log(tmp_path / "missing.log")


def test_reading_tells_how_far_it_is_and_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "long.log"
    path.write_text("\n".join([*complete_lines(TRACES[0]), *(["chatter"] * 20_000)]))
    told: list[float] = []
    read_log(path, told.append)
    assert len(told) >= 5
    assert told == sorted(told)
    assert 0 < told[0] <= told[-1] <= 1

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        read_log(path, stop)


LINES = [line.encode() for write in (complete_lines, original_lines) for line in write(TRACES[0])]


@settings(max_examples=150, deadline=None)
@given(
    parts=st.lists(
        st.one_of(st.sampled_from(LINES), st.binary(max_size=60), st.sampled_from([b"TRACE2 "])),
        max_size=60,
    )
)
def test_no_mix_of_lines_and_rubbish_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("mixed") / "mixed.log"
    path.write_bytes(b"\n".join(parts))
    try:
        blocks = read_log(path)
    except InvalidInput:
        return
    assert blocks
    for block in blocks:
        assert block.trace.variables
