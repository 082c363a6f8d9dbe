"""From numbers to pictures, without Qt."""

from __future__ import annotations

import numpy as np
import pytest

from braggscope.io.colormaps import COLORMAPS, LEVELS, color_table
from braggscope.io.rendering import (
    BELOW,
    FIRST,
    LAST,
    MASKED,
    MIDDLE,
    auto_levels,
    full_table,
    index_image,
    ordered,
    reduced_copies,
    render_rgb,
    statistics,
    symmetric_levels,
)


def test_levels_go_from_the_first_to_the_last_colour() -> None:
    array = np.array([[-5.0, 0.0, 5.0, 10.0, 50.0]])
    assert index_image(array, (0.0, 10.0)).tolist() == [[FIRST, FIRST, MIDDLE, LAST, LAST]]


def test_what_a_scale_cannot_show_has_its_own_colour() -> None:
    array = np.array([[np.nan, -1.0, 0.0, 1.0, np.inf]])
    assert index_image(array, (1.0, 100.0), "log").tolist() == [[MASKED, BELOW, BELOW, FIRST, LAST]]
    assert index_image(array, (0.0, 1.0), "sqrt").tolist() == [[MASKED, BELOW, FIRST, LAST, LAST]]
    picture = render_rgb(array, levels=(1.0, 100.0), scale="log", colormap="ember")
    assert tuple(picture[0, 0]) == COLORMAPS["ember"].masked
    assert tuple(picture[0, 1]) == COLORMAPS["ember"].below


def test_masked_pixels_are_masked_whatever_they_hold() -> None:
    mask = np.array([[True, False]])
    assert index_image(np.array([[1.0, 1.0]]), (0.0, 2.0), mask=mask)[0, 0] == MASKED


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "float32", "float64"])
def test_all_numeric_types(dtype: str) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    assert index_image(array, (0, 11)).max() == LAST


def test_peaks_decide_the_levels_as_the_percentile_says() -> None:
    array = np.ones((100, 100))
    array[3, 4] = 1e6
    assert auto_levels([array], "linear", 100.0)[1] == 1e6
    assert auto_levels([array, array], "linear", 99.0) == ordered((1.0, 1.0))
    low, high = auto_levels([np.geomspace(1e-30, 1e3, 10_000).reshape(100, 100)], "log", 100.0)
    assert high == pytest.approx(1e3)
    assert low == pytest.approx(1e-3)


def test_levels_of_nothing_are_still_levels() -> None:
    for scale in ("linear", "sqrt", "log"):
        for array in (np.zeros((3, 3)), np.full((3, 3), np.nan), -np.ones((3, 3))):
            low, high = auto_levels([array], scale)
            assert low < high
            index_image(array, (low, high), scale)


def test_differences_are_symmetric_about_the_neutral_value() -> None:
    low, high = symmetric_levels(np.array([[0.9, 1.0, 1.4]]), neutral=1.0, percentile=100.0)
    assert (low, high) == pytest.approx((0.6, 1.4))
    assert index_image(np.array([[1.0]]), (low, high))[0, 0] == MIDDLE
    assert symmetric_levels(np.zeros((2, 2))) == (-1.0, 1.0)


def test_a_peak_of_one_pixel_stays_in_every_copy() -> None:
    indices = np.full((1062, 1028), FIRST, dtype=np.uint8)
    indices[601, 333] = LAST
    copies = reduced_copies(indices)
    assert [copy.shape for copy in copies] == [(1062, 1028), (531, 514), (266, 257)]
    assert all(copy.max() == LAST for copy in copies)
    assert copies[2][601 // 4, 333 // 4] == LAST


def test_in_a_difference_the_farthest_from_the_middle_stays() -> None:
    indices = np.full((514, 513), MIDDLE, dtype=np.uint8)
    indices[0, 0], indices[512, 512] = FIRST, LAST
    smaller = reduced_copies(indices, diverging=True)[1]
    assert (smaller[0, 0], smaller[256, 256]) == (FIRST, LAST)


def test_statistics_leave_out_what_does_not_count() -> None:
    array = np.array([[1.0, np.nan], [3.0, 100.0]])
    mask = np.array([[False, False], [False, True]])
    assert statistics(array, mask) == (4.0, 1.0, 3.0)


@pytest.mark.parametrize("name", list(COLORMAPS))
def test_lightness_is_even(name: str) -> None:
    table = color_table(name).astype(float) / 255
    assert table.shape == (LEVELS, 3)
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    light = np.cbrt(linear @ [0.2126, 0.7152, 0.0722])
    steps = np.diff(light)
    if COLORMAPS[name].diverging:
        half = LEVELS // 2
        assert abs(light[half] - light[0]) > 0.3
        # Away from the middle on both sides, one way each.
        assert np.all(steps[2 : half - 2] * steps[half + 2 : -2][::-1] <= 1e-4)
    else:
        assert light[-1] - light[0] > 0.6
        assert np.all(steps > -0.01)
    assert len(np.unique(full_table(name), axis=0)) > 100
