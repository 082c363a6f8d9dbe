"""From numbers to pictures, without Qt."""

from __future__ import annotations

import numpy as np
import pytest

from braggscope.io.colormaps import COLORMAPS, LEVELS, color_table
from braggscope.io.rendering import (
    BELOW,
    CLIPPED_HIGH,
    CLIPPED_LOW,
    FIRST,
    LAST,
    MASKED,
    MIDDLE,
    MINUS_INF,
    NAN,
    PLUS_INF,
    auto_levels,
    full_table,
    index_image,
    ordered,
    render_rgb,
    symmetric_levels,
)


def test_levels_go_from_the_first_to_the_last_colour() -> None:
    array = np.array([[-5.0, 0.0, 5.0, 10.0, 50.0]])
    expected = [[CLIPPED_LOW, FIRST, MIDDLE, LAST, CLIPPED_HIGH]]
    assert index_image(array, (0.0, 10.0)).tolist() == expected


def test_what_a_scale_cannot_show_has_its_own_colour() -> None:
    array = np.array([[np.nan, -1.0, 0.0, 1.0, np.inf, -np.inf]])
    log = index_image(array, (1.0, 100.0), "log")
    assert log.tolist() == [[NAN, BELOW, BELOW, FIRST, PLUS_INF, MINUS_INF]]
    root = index_image(array, (0.0, 1.0), "sqrt")
    assert root.tolist() == [[NAN, BELOW, FIRST, LAST, PLUS_INF, MINUS_INF]]
    picture = render_rgb(array, levels=(1.0, 100.0), scale="log", colormap="ember")
    assert tuple(picture[0, 0]) == COLORMAPS["ember"].nan
    assert tuple(picture[0, 1]) == COLORMAPS["ember"].below


@pytest.mark.parametrize("name", list(COLORMAPS))
def test_special_colours_are_told_apart_from_each_other_and_from_the_map(name: str) -> None:
    table = full_table(name, mark_clipped=True).astype(int)
    special = [*range(FIRST), CLIPPED_HIGH]
    for index in special:
        others = [i for i in range(256) if i != index]
        distance = np.abs(table[others] - table[index]).sum(axis=1).min()
        assert distance >= 20, (name, index, table[index])
    plain = full_table(name)
    assert (plain[CLIPPED_LOW] == plain[FIRST]).all()
    assert (plain[CLIPPED_HIGH] == plain[LAST]).all()


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
