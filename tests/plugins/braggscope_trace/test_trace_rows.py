"""The pixel trace without Qt: rows, steps, texts and what the dock says."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from braggscope.api import (
    API_VERSION,
    Pixel,
    PixelTrace,
    Tolerances,
    TraceComparison,
    compare_traces,
    variable,
)
from braggscope.api.catalogue import CATALOGUE
from braggscope.ui import TraceState
from braggscope_trace import plugin
from braggscope_trace.columns import (
    DIFFERENCE,
    RELATIVE,
    TOLERANCE,
    ULP,
    UNIT,
    VARIABLE,
    VERDICT,
    A,
    B,
)
from braggscope_trace.copying import table_text
from braggscope_trace.groups import GroupLine, group_lines
from braggscope_trace.presenter import EMPTY, page_of
from braggscope_trace.rows import CHUNK, MoreLine, VariableLine
from braggscope_trace.wording import number_text, steps_text, value_text


def trace(value: float = 2.0, image_value: float | None = None, **values: Any) -> PixelTrace:
    """A trace of pixel (3, 4) with these variables, in one layer where there are layers."""
    variables = tuple(
        variable(name, [value] if "layer" in CATALOGUE[name].dims else value)
        for name, value in values.items()
    )
    return PixelTrace(Pixel(3, 4), "torch-cpu", variables, value, image_value)


def compare(in_a: dict[str, Any], in_b: dict[str, Any]) -> TraceComparison:
    return compare_traces(trace(**in_a), trace(**in_b))


@pytest.fixture
def comparison() -> TraceComparison:
    """The distance differs, and so does what follows from it."""
    same = {"lambda0_m": 1e-10, "convention": "mosflm", "basis_initial_b": [1.0, 0.0, 0.0]}
    radii = np.linspace(0.1, 0.2, 4)
    return compare(
        {**same, "distance_in_m": 0.1, "pix0_m": [0.1, 0.0, 0.0], "R_m": radii},
        {**same, "distance_in_m": 0.11, "pix0_m": [0.11, 0.0, 0.0], "R_m": radii * 1.1},
    )


def lines_of(comparison: TraceComparison, *given: Any, **more: Any) -> list[VariableLine]:
    return [line for group in group_lines(comparison, *given, **more) for line in group.lines]


def line_of(comparison: TraceComparison, name: str) -> VariableLine:
    return next(line for line in lines_of(comparison) if line.row.name == name)


def test_the_plugin_says_what_it_is_and_where_its_factory_stands() -> None:
    (view,) = plugin.braggscope_views()
    assert plugin.MANIFEST.id == "trace"
    assert plugin.MANIFEST.api_version == API_VERSION
    assert (view.id, view.factory, view.area) == (
        "pixel-trace",
        "braggscope_trace.view:create",
        "bottom",
    )


def test_rows_stand_in_order_of_dependency(comparison: TraceComparison) -> None:
    names = [line.row.name for line in lines_of(comparison)]
    assert names == [
        "convention",
        "basis_initial_b",
        "distance_in_m",
        "pix0_m",
        "lambda0_m",
        "R_m",
    ]


def test_stages_show_the_worst_verdict_inside(comparison: TraceComparison) -> None:
    groups = group_lines(comparison)
    assert [(group.stage, group.text(VERDICT)) for group in groups] == [
        ("detector", "≠ 2 differ"),
        ("beam", "= equal"),
        ("sub-pixel", "≠ 1 differs"),
    ]
    assert groups[0].text(VARIABLE) == "▶ Detector"  # The first divergence is in it.
    assert groups[1].agrees
    assert groups[0].tooltip(VERDICT) == "Detector: 2 ≠ differs, 2 = equal"


def test_a_stage_that_only_one_side_has_says_so() -> None:
    comparison = compare({"lambda0_m": 1.0, "Na": 5}, {"lambda0_m": 1.0 + 1e-15})
    assert [group.text(VERDICT) for group in group_lines(comparison)] == [
        "≈ within",
        "− only in A",
    ]


def test_the_first_divergence_is_marked_by_sign_and_word(comparison: TraceComparison) -> None:
    marked = [line for line in lines_of(comparison) if line.is_first]
    assert [line.row.name for line in marked] == ["distance_in_m"]
    assert marked[0].text(VARIABLE).startswith("▶ ")
    assert marked[0].text(VERDICT) == "≠ differs first"
    assert line_of(comparison, "pix0_m").text(VERDICT) == "≠ differs"
    assert line_of(comparison, "lambda0_m").text(VERDICT) == "= equal"


def test_a_row_says_name_unit_and_both_values(comparison: TraceComparison) -> None:
    line = line_of(comparison, "distance_in_m")
    assert "distance, as given (distance_in_m)" in line.text(VARIABLE)
    assert (line.text(UNIT), line.text(A), line.text(B)) == ("m", "0.1", "0.11")
    assert line.text(DIFFERENCE) == "0.01"
    assert float(line.text(DIFFERENCE, full=True)) == 0.11 - 0.1


def test_only_differences_and_words_filter_rows(comparison: TraceComparison) -> None:
    differing = lines_of(comparison, only_differences=True)
    assert [line.row.name for line in differing] == ["distance_in_m", "pix0_m", "R_m"]
    assert [line.row.name for line in lines_of(comparison, "BEAM direction")] == ["basis_initial_b"]
    assert lines_of(comparison, "no such thing") == []


def test_steps_unfold_with_their_indices(comparison: TraceComparison) -> None:
    line = line_of(comparison, "R_m")
    assert line.text(A) == "0.1 … 0.2 (×4)"
    steps = line.children(0, CHUNK, only_differences=False)
    assert [step.text(VARIABLE) for step in steps] == [
        "(v 0, u 0)",
        "(v 0, u 1)",
        "(v 1, u 0)",
        "(v 1, u 1)",
    ]
    assert steps[3].text(A) == "0.2"
    assert steps[3].text(VERDICT) == "≠ differs"


def test_loops_of_one_step_are_not_named() -> None:
    values = np.arange(6.0).reshape(1, 1, 2, 3)
    line = line_of(compare({"F_latt": values}, {"F_latt": values}), "F_latt")
    assert [step.text(VARIABLE) for step in line.children(0, 2, False)] == [
        "φ 0 · domain 0",
        "φ 0 · domain 1",
    ]


def test_only_the_steps_that_differ_unfold_when_asked() -> None:
    values = np.ones((9, 1, 1, 1))
    other = values.copy()
    other[4] = 2.0
    line = line_of(compare({"term": values}, {"term": other}), "term")
    assert line.shown_count(only_differences=True) == 1
    assert [s.text(VARIABLE) for s in line.children(0, CHUNK, True)] == ["(v 1, u 1)"]
    assert line.differing_between(0, 9) == 1
    assert line.differing_between(5, 9) == 0


def test_a_million_steps_cost_nothing_until_unfolded() -> None:
    values = np.random.default_rng(1).random((100, 1, 100, 100))
    line = line_of(compare({"term": values}, {"term": values * 1.5}), "term")
    assert line.child_count == 1_000_000
    assert len(line.children(0, CHUNK, False)) == CHUNK
    assert "999,800 more, 7 of them differ" in MoreLine(line, 999_800, 7).text(VARIABLE)


def test_vectors_and_matrices_read_and_unfold() -> None:
    matrix = [1.0, 0.5, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    comparison = compare(
        {"recip_misset": matrix, "pos_m": [[0.1, 0.2, 0.3]]},
        {"recip_misset": matrix, "pos_m": [[0.1, 0.25, 0.3]]},
    )
    line = line_of(comparison, "recip_misset")
    assert line.text(A) == "(1, 0.5, 0) (0, 1, 0) (0, 0, 1)"
    assert line.tooltip(A).count("\n") == 2
    rows = line.children(0, CHUNK, False)
    assert [row.text(VARIABLE) for row in rows] == ["first row", "second row", "third row"]
    assert [row.text(A) for row in rows[0].children(0, CHUNK, False)] == ["1", "0.5", "0"]
    parts = line_of(comparison, "pos_m").children(0, CHUNK, False)
    assert [part.text(VERDICT) for part in parts] == ["= equal", "≠ differs", "= equal"]


def test_a_variable_that_one_side_lacks_is_named() -> None:
    comparison = compare({"lambda0_m": 1e-10, "k": [[1.0, 0.0, 0.0]]}, {"lambda0_m": 1e-10})
    line = line_of(comparison, "k")
    assert (line.text(B), line.text(VERDICT)) == ("—", "− only in A")
    assert lines_of(comparison, only_differences=True)[0].row.name == "k"


def test_sides_with_unequal_steps_show_what_each_has() -> None:
    line = line_of(compare({"R_m": [1.0, 2.0, 3.0, 4.0]}, {"R_m": [1.0]}), "R_m")
    steps = line.children(0, CHUNK, False)
    assert [(s.text(A), s.text(B)) for s in steps][:2] == [("1", "1"), ("2", "—")]
    assert steps[1].text(VERDICT) == "− only in A"


def test_what_was_not_evaluated_is_a_dash() -> None:
    line = line_of(compare({"term": [[[[math.nan]]]]}, {"term": [[[[math.nan]]]]}), "term")
    assert (line.text(A), line.text(VERDICT)) == ("—", "= equal")


def test_copied_numbers_keep_every_bit(comparison: TraceComparison) -> None:
    value = 0.1 + 0.2
    line = line_of(compare({"lambda0_m": value}, {"lambda0_m": value}), "lambda0_m")
    header, row, end = table_text([line]).split("\n")
    assert header.split("\t")[:2] == ["Stage", "Variable"]
    assert row.split("\t")[0] == "beam"
    assert float(row.split("\t")[1 + A]) == value
    assert end == ""
    assert line.text(A) == "0.3"


def test_tooltips_say_formula_and_inputs(comparison: TraceComparison) -> None:
    tip = line_of(comparison, "R_m").tooltip(VARIABLE)
    assert "|x|" in tip
    assert "From: pos_m" in tip
    assert "Unit: m" in tip
    assert "Specification: section 4.5" in tip
    assert float(line_of(comparison, "R_m").text(RELATIVE, full=True)) > 0


@pytest.mark.parametrize(
    ("value", "text"), [(3, "3"), (1 / 3, "0.3333333333"), ("xds", "xds"), (math.nan, "—")]
)
def test_numbers_as_text(value: Any, text: str) -> None:
    assert number_text(value) == text


def test_many_values_as_text() -> None:
    assert steps_text(np.full(25, 1.5), 1) == "1.5 (×25)"
    assert steps_text(np.array([[1.0, 2, 3], [1, 2, 4]]), 3) == "(1, 2, 3) … (×2)"
    nan = np.nan
    assert steps_text(np.array([[nan, nan, nan], [1, 2, 4]]), 3) == "(1, 2, 4) (1 of 2)"
    assert steps_text(np.array([nan, 3.0, 5.0]), 1) == "3 … 5 (2 of 3)"
    assert steps_text(np.full(3, np.nan), 1) == "— (×3)"
    assert value_text(None) == "—"


def test_without_a_trace_the_dock_says_what_to_do() -> None:
    page, shown = page_of(TraceState(), None, "", "")
    assert (page.kind, page.message, shown) == ("message", EMPTY, None)


def test_while_tracing_the_old_table_stays(comparison: TraceComparison) -> None:
    state = TraceState(Pixel(1, 2), running=True)
    page, shown = page_of(state, comparison, "", "")
    assert page.busy
    assert page.kind == "table"
    assert shown is comparison
    page, shown = page_of(state, None, "", "")
    assert "pixel slow 1, fast 2" in page.message
    assert shown is None


def test_a_problem_is_shown_with_a_way_to_try_again(comparison: TraceComparison) -> None:
    page, shown = page_of(TraceState(Pixel(1, 2), problem="It crashed."), comparison, "", "")
    assert "It crashed." in page.message
    assert page.can_retry
    assert shown is None


def test_the_headline_has_both_ends_and_the_check_says_whether_they_are_the_image() -> None:
    a = trace(2.0, 2.0, lambda0_m=1.0)
    page, _ = page_of(
        TraceState(a.pixel, compare_traces(a, replace(a, image_value=None))), None, "one", "two"
    )
    assert page.headline.startswith("A 2   ·   B 2 photons")
    assert page.headline.endswith("as in the image: A ✓, B no image")
    assert "A: one" in page.about
    assert page.check == ""
    wrong = replace(a, image_value=2.5)
    page, _ = page_of(TraceState(a.pixel, compare_traces(a, wrong)), None, "one", "two")
    assert "as in the image" not in page.headline
    assert "B: the trace ends in 2, but the image has 2.5" in page.check


def test_ulps_are_counted_for_the_variable_and_for_its_steps() -> None:
    values = np.array([1.0, 2.0, 3.0])
    other = np.array([1.0, np.nextafter(2.0, 3.0), 3.0])
    line = line_of(compare({"R_m": values}, {"R_m": other}), "R_m")
    assert line.text(ULP) == "1"
    assert [step.text(ULP) for step in line.children(0, CHUNK, False)] == ["0", "1", "0"]
    far = line_of(compare({"lambda0_m": 1.0}, {"lambda0_m": 2.0}), "lambda0_m")
    assert (far.text(ULP), far.text(ULP, full=True)) == ("4.5e+15", str(2**52))
    text = line_of(compare({"convention": "xds"}, {"convention": "mosflm"}), "convention")
    assert text.text(ULP) == ""


def test_a_tolerance_of_the_user_s_is_marked() -> None:
    a, b = trace(lambda0_m=1.0), trace(lambda0_m=1.0 + 1e-6)
    wide = Tolerances().with_value("float64", "lambda0_m", 1e-5)
    comparison = compare_traces(a, b, tolerances=wide)
    (line,) = lines_of(comparison, tolerances=wide)
    assert (line.text(TOLERANCE), line.text(VERDICT)) == ("1e-05 *", "≈ within")
    assert line.text(TOLERANCE, full=True) == "1e-05"


def test_steps_say_where_they_stand() -> None:
    values = np.arange(8.0).reshape(4, 1, 2)
    a = PixelTrace(
        Pixel(0, 0),
        "test",
        (variable("stol", values, dims=("subpixel", "source", "phi")),),
        1.0,
    )
    line = line_of(compare_traces(a, a), "stol")
    assert line.children(5, 6, False)[0].step == {"subpixel": 2, "source": 0, "phi": 1}


def test_csv_quotes_what_needs_it(comparison: TraceComparison) -> None:
    rows = list(csv.reader(io.StringIO(table_text(lines_of(comparison), "csv"), newline="")))
    assert rows[0][:2] == ["Stage", "Variable"]
    assert len({len(row) for row in rows}) == 1
    vector = next(row for row in rows if "basis_initial_b" in row[1])
    assert vector[1 + A] == "(1.0, 0.0, 0.0)"


def test_stages_are_no_lines_of_a_copy(comparison: TraceComparison) -> None:
    (group,) = group_lines(comparison, "distance_in")
    assert isinstance(group, GroupLine)
    assert len(table_text([group, *group.lines]).splitlines()) == 2
