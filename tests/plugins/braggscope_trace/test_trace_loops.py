"""Variables along their loops, pinned pixels, asymmetry: without Qt."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.api import (
    DetectorImage,
    Pixel,
    PixelTrace,
    Provenance,
    Tolerances,
    TraceComparison,
    VariableComparison,
    compare_traces,
    variable,
)
from braggscope.ui import Pin
from braggscope_trace.asymmetry import asymmetry_table
from braggscope_trace.details import asymmetry_html, details_of, links_text, tolerance_from_text
from braggscope_trace.loops import (
    component_names,
    figure_of,
    first_loop,
    loops_of,
    thinned,
    worst_step,
)
from braggscope_trace.pins import pins_summary, pins_table, telling_pixels

CORNER = Pixel(0, 0)
GRID = ("subpixel", "source", "phi")


def comparison(pixel: Pixel = CORNER, **values: tuple[Any, Any, Any]) -> TraceComparison:
    """Variables as (in A, in B, dims)."""
    sides = [
        PixelTrace(
            pixel,
            "test",
            tuple(variable(name, given[side], dims=given[2]) for name, given in values.items()),
            1.0,
        )
        for side in (0, 1)
    ]
    return compare_traces(*sides)


def row(a: Any, b: Any, dims: Any = GRID, name: str = "stol") -> VariableComparison:
    return comparison(**{name: (a, b, dims)}).rows[0]


def test_the_sub_pixels_are_a_picture_and_other_loops_a_line() -> None:
    values = np.arange(18.0).reshape(9, 1, 2)
    both = row(values, values + 1.0)
    assert loops_of(both) == {"subpixel": 9, "phi": 2}
    assert first_loop(both) == "subpixel"
    picture = figure_of(both, "subpixel", 0, {"phi": 1})
    assert picture.kind == "map"
    assert picture.note == "at φ 1"
    assert picture.a.values.tolist() == [[1.0, 3.0, 5.0], [7.0, 9.0, 11.0], [13.0, 15.0, 17.0]]
    assert np.all(picture.difference == 1.0)
    line = figure_of(both, "phi", 0, {"subpixel": 8})
    assert (line.kind, line.note) == ("line", "at sub-pixel 8")
    assert line.b.values.tolist() == [17.0, 18.0]


def test_sub_pixels_that_are_no_square_are_a_line() -> None:
    values = np.arange(6.0).reshape(6, 1, 1)
    assert figure_of(row(values, values), "subpixel", 0, {}).kind == "line"


def test_a_plot_begins_where_both_are_farthest_apart() -> None:
    values = np.zeros((4, 1, 5))
    other = values.copy()
    other[2, 0, 3] = 1e-3
    assert worst_step(row(values, other)) == {"subpixel": 2, "source": 0, "phi": 3}
    assert worst_step(row(values, values)) == {"subpixel": 0, "source": 0, "phi": 0}


def test_components_are_drawn_one_by_one() -> None:
    values = np.arange(12.0).reshape(4, 3)
    both = row(values, values, ("subpixel",), "d")
    assert component_names(both) == ("x", "y", "z")
    assert figure_of(both, "subpixel", 2, {}).a.values.tolist() == [[2.0, 5.0], [8.0, 11.0]]


def test_text_and_single_values_have_nothing_to_draw() -> None:
    assert first_loop(row("a", "b", (), "convention")) is None
    assert first_loop(row(1.0, 2.0, (), "lambda0_m")) is None


def test_a_side_without_the_variable_is_left_out() -> None:
    a = PixelTrace(Pixel(0, 0), "x", (variable("phi_rad", np.arange(3.0)),), 1.0)
    b = PixelTrace(Pixel(0, 0), "x", (), 1.0)
    figure = figure_of(compare_traces(a, b).rows[0], "phi", 0, {})
    assert figure.b is None
    assert figure.a.values.tolist() == [0.0, 1.0, 2.0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=3000), st.integers(4, 200))
def test_thinning_keeps_extremes_and_order(values: list[float], most: int) -> None:
    series = thinned(np.array(values), most)
    assert series.values.size <= max(most, min(len(values), most))
    assert series.values.min() == min(values)
    assert series.values.max() == max(values)
    assert np.all(np.diff(series.x) > 0)
    assert [values[int(x)] for x in series.x] == series.values.tolist()


def test_a_hundred_thousand_steps_are_thinned_and_a_large_grid_too() -> None:
    line = np.where(np.arange(100_000) == 77_777, 5.0, 0.0)
    series = thinned(line)
    assert series.values.size <= 1000
    assert 77_777 in series.x
    assert np.isnan(thinned(np.full(5000, np.nan)).values).all()
    wide = np.zeros((200 * 200, 1, 1))
    assert max(figure_of(row(wide, wide), "subpixel", 0, {}).a.values.shape) <= 64


def test_details_know_what_a_variable_is_comes_from_and_feeds() -> None:
    dims = ("subpixel",)
    omegas = np.array([1.0, 1.1, 1.2, 1.3])
    found = comparison(
        R_m=(omegas, omegas, dims),
        omega_now=(omegas, omegas * 1.1, dims),
        omega_in_force=(omegas[[0] * 4], omegas[[0] * 4] * 1.1, dims),
        omega=(1.0, 1.1, ()),
    )
    details = details_of(found, "omega_now", Tolerances())
    assert details.title == "solid angle of the sub-pixel (omega_now)"
    assert "spec 4.6" in details.about
    assert "sr" in details.about
    signs = {link.name: link.sign for link in details.inputs}
    assert signs == {"R_m": "=", "pixel_m": "", "close_distance_m": "", "point_pixel": ""}
    assert [(link.name, link.sign) for link in details.feeds] == [("omega_in_force", "≠")]
    assert details.heirs == 2
    assert '<a href="omega_in_force">' in links_text("Feeds", details.feeds)
    assert [side for side, _ in details.asymmetries] == ["A", "B"]
    assert "0.261" in asymmetry_html(details.asymmetries)
    assert (details.tolerance, details.own_tolerance) == (1e-12, 1e-12)
    assert details_of(found, "no such", Tolerances()) is None


def test_text_has_no_tolerance() -> None:
    found = comparison(convention=("xds", "mosflm", ()))
    assert details_of(found, "convention", Tolerances()).tolerance is None


@pytest.mark.parametrize(
    ("text", "value"), [("1e-9", 1e-9), ("0", 0.0), ("0,5 %", 0.005), (" 2 ", 2.0)]
)
def test_tolerances_as_typed(text: str, value: float) -> None:
    assert tolerance_from_text(text) == pytest.approx(value)


def image(data: Any, mask: Any = None) -> DetectorImage:
    return DetectorImage(np.asarray(data), mask, Provenance(None))


def test_peak_edge_corner_and_background_are_found() -> None:
    data = np.full((40, 60), 5.0)
    data[11, 22] = 900.0
    data[20:40, 30:] = 1.0
    data[33, 40] = np.nan
    found = telling_pixels(image(data))
    assert found["peak"] == (11, 22)
    assert found["edge"] == (20, 59)
    assert found["corner"] == (39, 59)
    assert data[found["background"]] == 1.0


def test_what_is_masked_is_not_pinned() -> None:
    data = np.arange(100.0).reshape(10, 10)
    mask = np.zeros((10, 10), bool)
    mask[:, 9] = mask[9] = True
    found = telling_pixels(image(data, mask))
    assert found["peak"] == (8, 8)
    assert found["edge"] == (5, 8)
    assert not mask[found["background"]]
    everything = telling_pixels(image(data, np.ones((10, 10), bool)))
    assert all(0 <= i < 10 for pixel in everything.values() for i in pixel)


def pins() -> tuple[Pin, ...]:
    peak = comparison(Pixel(1, 2), lambda0_m=(1.0, 1.0, ()), omega=(1.0, 1.1, ()))
    corner = comparison(Pixel(9, 9), lambda0_m=(1.0, 1.0, ()), val=(2.0, 2.0, ()))
    return (
        Pin("peak", Pixel(1, 2), peak),
        Pin("", Pixel(9, 9), corner),
        Pin("edge", Pixel(3, 3)),
    )


def test_pins_stand_side_by_side_with_their_verdicts() -> None:
    table = pins_table(pins())
    assert table.headers == (
        "Variable",
        "peak A\n1, 2",
        "peak B\n1, 2",
        "pin A\n9, 9",
        "pin B\n9, 9",
    )
    assert [(s.title, s.note) for s in table.sections] == [("Beam", ""), ("Scaling", "≠ 1 differs")]
    omega, val = table.sections[1].lines
    assert [omega.text(column) for column in range(1, 5)] == ["1", "▶ ≠ 1.1", "—", "—"]
    assert [val.text(column) for column in range(1, 5)] == ["—", "—", "2", "="]
    assert omega.is_strong(2)
    assert "section 9.1" in omega.tip(0)
    assert table.rows()[1][:4] == ["Scaling", "solid angle (omega)", "1.0", "1.1"]
    only = pins_table(pins(), only_differences=True)
    assert [line.name for section in only.sections for line in section.lines] == ["omega"]


def test_where_what_differs_first_is_told_in_one_line() -> None:
    assert pins_summary(pins()) == "omega differs first in peak; nothing in (9, 9)."
    assert pins_summary(pins()[1:]).startswith("No variable differs in any pin")
    assert pins_summary(()) == ""


def test_asymmetry_lists_every_pixel_and_side() -> None:
    edge = np.array([1.0, 1.1, 1.2, 1.3])
    centre = np.array([1.0, 1.001, 1.001, 1.0])
    dims = ("subpixel",)
    flat = (np.ones(4), np.ones(4), dims)
    traced = [
        ("centre", comparison(omega_now=(centre, centre, dims), parallax=flat)),
        ("edge", comparison(omega_now=(edge, edge, dims), parallax=flat)),
    ]
    table = asymmetry_table(traced)
    assert [section.title for section in table.sections] == ["Factors of the pixel", "Sub-pixel"]
    lines = table.sections[0].lines
    assert [(line.text(1), line.text(2)) for line in lines] == [
        ("centre", "A"), ("centre", "B"), ("edge", "A"), ("edge", "B"),
    ]  # fmt: skip
    assert [line.text(3) for line in lines] == ["0", "0", "0.261", "0.261"]
    assert [s.title for s in asymmetry_table(traced, only_varying=True).sections] == [
        "Factors of the pixel"
    ]
    assert [s.title for s in asymmetry_table(traced, "obliquity").sections] == ["Sub-pixel"]
