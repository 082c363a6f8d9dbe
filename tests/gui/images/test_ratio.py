"""The map B / A: numbers near 1 can be told apart, and colours do not go below 0."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.gui.images.pictures import symmetric_above
from braggscope.gui.numbers import near, number, read_near


def test_a_number_near_neutral_says_how_far_it_is() -> None:
    assert near(1.0 + 3e-13, 1.0) == "1 + 3e−13"
    assert near(1.0 - 3e-13, 1.0) == "1 − 3e−13"
    assert near(1.0, 1.0) == "1"
    assert near(1.5, 1.0) == "1.5"
    assert near(3e-13, 0.0) == number(3e-13)
    assert near(np.nan, 1.0) == "NaN"


@given(st.floats(-1e3, 1e3), st.sampled_from([0.0, 1.0]))
def test_what_stands_there_can_be_typed_again(value: float, neutral: float) -> None:
    assert read_near(near(value, neutral, 6)) == pytest.approx(value, rel=1e-5, abs=1e-300)


@pytest.mark.parametrize("text", ["", "one", "1 + ", "1 - - 2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="could not convert"):
        read_near(text)


def test_levels_of_a_ratio_end_at_nothing_and_twice_as_much() -> None:
    assert symmetric_above(1.0, (-900.0, 902.0), 0.0) == (0.0, 2.0)
    assert symmetric_above(1.0, (0.9, 1.1), 0.0) == pytest.approx((0.9, 1.1))
