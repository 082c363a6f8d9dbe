"""Steps between floating-point numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.api import NumberType, largest_ulps, ulp_distances

DOUBLES = st.floats(-1e300, 1e300)
SINGLES = st.floats(-(2.0**120), 2.0**120, width=32)


def distance(a: float, b: float, number: NumberType = "float64") -> float:
    return float(ulp_distances(a, b, number)[0])


@given(DOUBLES, st.integers(0, 50))
def test_so_many_steps_up_are_so_many_ulps(value: float, steps: int) -> None:
    end = value
    for _ in range(steps):
        end = math.nextafter(end, math.inf)
    assert distance(value, end) == steps


@given(SINGLES, st.integers(0, 50))
def test_single_precision_has_its_own_steps(value: float, steps: int) -> None:
    end = np.float32(value)
    for _ in range(steps):
        end = np.nextafter(end, np.float32(np.inf))
    assert distance(value, float(end), "float32") == steps


@given(DOUBLES, DOUBLES)
def test_it_is_the_same_both_ways_and_nothing_to_itself(a: float, b: float) -> None:
    assert distance(a, b) == distance(b, a)
    assert distance(a, a) == 0
    assert (distance(a, b) == 0) == (a == b)


@given(DOUBLES, DOUBLES)
def test_a_sign_changes_nothing_where_both_change_it(a: float, b: float) -> None:
    assert distance(-a, -b) == distance(a, b)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_steps_add_up_over_zero(a: float, b: float, c: float) -> None:
    low, middle, high = sorted((a, b, c))
    whole = distance(low, high)
    assert math.isclose(distance(low, middle) + distance(middle, high), whole, rel_tol=1e-15)


def test_the_ends_of_the_numbers() -> None:
    assert distance(0.0, -0.0) == 0
    assert distance(5e-324, -5e-324) == 2
    assert distance(np.finfo(np.float64).max, math.inf) == 1
    assert distance(-math.inf, math.inf) == pytest.approx(2 * 0x7FF0000000000000)
    assert distance(1e300, math.inf, "float32") == 0  # As float32 both are infinite.


def test_nan_has_no_distance_to_a_number() -> None:
    steps = ulp_distances([math.nan, math.nan, 1.0], [math.nan, 1.0, 1.0], "float64")
    assert steps[0] == 0
    assert math.isnan(steps[1])
    assert largest_ulps([math.nan, 1.0], [2.0, 1.0], "float64") == 0
    assert math.isnan(largest_ulps([math.nan], [2.0], "float64"))


def test_a_double_rounding_is_nothing_in_single_precision() -> None:
    assert distance(0.1, 0.1 * (1 + 3e-16)) == 2
    assert distance(0.1, 0.1 * (1 + 3e-16), "float32") == 0
