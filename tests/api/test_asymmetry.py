"""A variable over the sub-pixels of a pixel."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from braggscope.api import Asymmetry, Pixel, PixelTrace, asymmetries, asymmetry_of, variable
from braggscope.api.asymmetry import centre_and_edge

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=25)


def scalar(values: list[float]) -> Asymmetry:
    (found,) = asymmetry_of(variable("R_m", np.array(values), dims=("subpixel",)))
    return found


def test_an_edge_pixel_shows_what_taking_the_first_for_the_mean_costs() -> None:
    found = scalar([1.0, 1.1, 1.2, 1.3])
    assert (found.first, found.last, found.minimum, found.maximum) == (1.0, 1.3, 1.0, 1.3)
    assert math.isclose(found.mean, 1.15)
    assert math.isclose(found.asymmetry, 0.3 / 1.15)
    assert math.isclose(found.spread, 0.3 / 1.15)


def test_a_symmetric_pixel_has_a_spread_without_asymmetry() -> None:
    found = scalar([1.0, 2.0, 1.0])
    assert found.asymmetry == 0.0
    assert found.spread == 0.75


@given(VALUES)
def test_everything_lies_in_the_range(values: list[float]) -> None:
    found = scalar(values)
    for number in (found.first, found.last, found.mean):
        assert found.minimum <= number <= found.maximum
    if found.mean:
        assert found.spread >= abs(found.asymmetry)


def test_vectors_come_by_component_against_their_length() -> None:
    values = np.array([[3.0, 4.0, 0.0], [3.0, 4.0, 1.0], [3.0, 4.0, -1.0]])
    parts = asymmetry_of(variable("d", values, dims=("subpixel",)))
    assert [part.component for part in parts] == ["x", "y", "z"]
    assert [part.asymmetry for part in parts] == [0.0, 0.0, -0.2]
    assert parts[2].spread == 0.4


def test_other_loops_stay_at_their_first_step() -> None:
    values = np.arange(12.0).reshape(1, 3, 4)
    (found,) = asymmetry_of(variable("stol", values, dims=("layer", "subpixel", "source")))
    assert (found.first, found.last) == (0.0, 8.0)


def test_what_was_not_evaluated_is_left_out() -> None:
    found = scalar([math.nan, 2.0, 4.0])
    assert (found.first, found.last, found.mean) == (2.0, 4.0, 3.0)
    assert math.isnan(scalar([math.nan]).mean)


def test_only_variables_with_a_value_for_every_sub_pixel_are_listed() -> None:
    items = (
        variable("lambda0_m", 1e-10),
        variable("R_m", np.array([1.0, 2.0]), dims=("subpixel",)),
        variable("val", 3.0),
    )
    found = asymmetries(PixelTrace(Pixel(0, 0), "test", items, 3.0))
    assert [item.name for item in found] == ["R_m"]


def test_the_centre_and_the_edge_of_a_detector() -> None:
    assert centre_and_edge((100, 60)) == {
        "centre": (50, 30), "edge": (50, 59), "corner": (99, 59),
    }  # fmt: skip
