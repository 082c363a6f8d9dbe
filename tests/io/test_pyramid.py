"""Pyramids and what is cut out of them, against plain reductions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from braggscope.io.pyramid import Pyramid, build, extras_for, make_pool
from braggscope.io.rendering import (
    BELOW,
    CLIPPED_HIGH,
    CLIPPED_LOW,
    LAST,
    MASKED,
    MIDDLE,
    MINUS_INF,
    NAN,
    PLUS_INF,
    index_image,
)
from braggscope.io.screen import Cut, cut, indices_of

WHOLE = ((0.0, 1e9), (0.0, 1e9))


def picture(shape: tuple[int, int], kind: str = "float32", seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(kind)


def levels(pyramid: Pyramid) -> list[tuple[int, np.ndarray]]:
    return [(level, pyramid.copy(level).values) for level in range(1, pyramid.depth + 1)]


def taken(pyramid: Pyramid, step: float, mean: bool = False) -> Cut:
    found = cut(pyramid, *WHOLE, step, mean)
    assert found is not None
    return found


@pytest.mark.parametrize("shape", [(1062, 1028), (513, 515), (4096, 300), (3, 5), (300, 1)])
@pytest.mark.parametrize("diverging", [False, True])
def test_copies_show_the_most_telling_pixel_of_each_square(
    shape: tuple[int, int], diverging: bool
) -> None:
    data = picture(shape)
    with make_pool() as pool:
        pyramid = build(data, diverging=diverging, pool=pool)
    for level, copy in levels(pyramid):
        edge = 2**level
        height, width = copy.shape
        filler = 0.0 if diverging else -np.inf
        padded = np.full((height * edge, width * edge), filler, np.float32)
        padded[: shape[0], : shape[1]] = data
        squares = padded.reshape(height, edge, width, edge).swapaxes(1, 2)
        squares = squares.reshape(height, width, -1)
        chosen = (np.abs(squares) if diverging else squares).argmax(axis=2)[..., np.newaxis]
        assert np.array_equal(np.take_along_axis(squares, chosen, 2)[..., 0], copy)


@settings(max_examples=40, deadline=None)
@given(
    slow=st.integers(0, 699),
    fast=st.integers(0, 899),
    step=st.floats(1.0, 40.0),
    top=st.floats(-300, 300),
    left=st.floats(-300, 300),
)
@example(slow=0, fast=25, step=25.0, top=0.0, left=25.0)
def test_a_peak_of_one_pixel_is_seen_at_every_zoom_and_in_its_place(
    slow: int, fast: int, step: float, top: float, left: float
) -> None:
    data = np.zeros((700, 900), np.float32)
    data[slow, fast] = 5.0
    pyramid = build(data, extras=extras_for(step, mean=False))
    found = cut(pyramid, (top, top + 800), (left, left + 900), step)
    inside = top <= slow and slow + 1 <= top + 800 and left <= fast and fast + 1 <= left + 900
    if not inside:
        return
    assert found is not None
    (row,), (column,) = np.nonzero(found.values == 5.0)
    # Within one screen pixel: a copy's pixel belongs to the screen pixel where it starts.
    assert abs(found.slow + row * found.step - slow) <= 2 * step
    assert abs(found.fast + column * found.step - fast) <= 2 * step


@settings(max_examples=30, deadline=None)
@given(
    slow=st.integers(0, 699),
    fast=st.integers(0, 899),
    step=st.floats(2.0, 3.99),
    left=st.floats(-300, 300),
)
def test_until_the_finer_copy_is_there_a_peak_is_coarse_and_in_its_place(
    slow: int, fast: int, step: float, left: float
) -> None:
    data = np.zeros((700, 900), np.float32)
    data[slow, fast] = 5.0
    pyramid = build(data)
    assert not pyramid.extras
    found = cut(pyramid, (0.0, 700.0), (left, left + 1300), step)
    assert found is not None
    rows, columns = np.nonzero(found.values == 5.0)
    if fast < left:
        return
    assert 1 <= len(rows) <= 4
    # Each screen pixel shows the square that its corner lies in.
    assert np.all(np.floor((found.slow + rows * found.step) / 4 + 1e-9) == slow // 4)
    assert np.all(np.floor((found.fast + columns * found.step) / 4 + 1e-9) == fast // 4)


@given(
    shape=st.tuples(st.integers(250, 301), st.integers(250, 301)),
    step=st.floats(2.0, 3.99),
    mean=st.booleans(),
    with_mask=st.booleans(),
    diverging=st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_finer_copies_are_the_same_made_at_once_or_later(
    shape: tuple[int, int], step: float, mean: bool, with_mask: bool, diverging: bool
) -> None:
    data = picture(shape)
    data[7, 9], data[33, 44] = np.nan, -np.inf
    mask = np.zeros(shape, bool)
    mask[50:90] = with_mask
    extras = extras_for(step, mean)
    later = build(data, mask, diverging=diverging)
    at_once = build(data, mask, diverging=diverging, extras=extras)
    later.make(extras)
    assert later.extras == at_once.extras
    one, other = taken(later, step, mean), taken(at_once, step, mean)
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert np.array_equal(one.masked, other.masked)
    if later.depth:
        assert later.level_for(step, mean) == 1


@pytest.mark.parametrize(
    ("step", "level"),
    [
        (0.2, 0),
        (1.0, 0),
        (1.99, 0),
        (2.0 - 1e-15, 1),
        (2.0, 1),
        (3.99, 1),
        (4.0 - 1e-15, 2),
        (8.0, 3),
    ],
)
def test_the_copy_of_half_the_size_is_wanted_between_two_and_four_pixels(
    step: float, level: int
) -> None:
    extras = extras_for(step, mean=False)
    assert (extras == {"half"}) == (level == 1)
    assert ("half_means" in extras_for(step, mean=True)) == (level == 1)
    pyramid = build(picture((1024, 1024)), extras=extras)
    assert pyramid.level_for(step, mean=False) == level


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_a_hair_of_rounding_moves_nothing(factor: int) -> None:
    data = np.zeros((1024, 1024), np.float32)
    data[100, 100] = 1.0
    pyramid = build(data, extras={"half"})
    places = [
        np.argwhere(taken(pyramid, factor * (1.0 + hair)).values == 1.0).tolist()
        for hair in (0.0, -2e-16, 2e-16)
    ]
    assert places[0] == places[1] == places[2]


@pytest.mark.parametrize("shape", [(195, 487), (619, 487), (100, 90)])
@pytest.mark.parametrize("step", [1.0, 1.5, 2.0, 2.5, 3.0, 5.0])
def test_masked_pixels_do_not_darken_means(shape: tuple[int, int], step: float) -> None:
    data = np.full(shape, 2.0)
    mask = np.zeros(shape, bool)
    mask[:, ::4] = True
    data[mask] = 1e6
    part = taken(build(data, mask, extras=extras_for(step, mean=True)), step, mean=True)
    shown = part.values if part.masked is None else part.values[~part.masked]
    assert np.allclose(shown, 2.0)


def test_from_near_pixels_are_shown_as_they_are() -> None:
    data = picture((50, 60), "float64")
    found = cut(build(data), (10.5, 20.2), (-3.0, 4.0), 0.1)
    assert found is not None
    assert np.array_equal(found.values, data[10:21, 0:4])
    assert (found.slow, found.fast, found.step) == (10.0, 0.0, 1.0)
    assert cut(build(data), (60.0, 70.0), (0.0, 9.0), 0.1) is None
    assert cut(build(data), (60.0, 70.0), (0.0, 9.0), 3.0) is None


@pytest.mark.parametrize("step", [1.0, 1.4, 3.0, 9.7, 40.0])
@pytest.mark.parametrize("mean", [False, True])
def test_every_kind_of_pixel_has_its_colour_at_every_zoom(step: float, mean: bool) -> None:
    data = np.ones((640, 640), np.float32)
    data[100, 100], data[200, 200], data[300, 300] = np.nan, np.inf, -np.inf
    mask = np.zeros(data.shape, bool)
    mask[400:480, 400:480] = True
    found = indices_of(taken(build(data, mask), step, mean), (0.5, 2.0))

    def at(slow: int, fast: int) -> set[int]:
        row, column = int(slow / step), int(fast / step)
        return set(found[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].flat)

    assert NAN in at(100, 100)
    assert PLUS_INF in at(200, 200)
    assert MINUS_INF in at(300, 300)
    assert at(440, 440) == {MASKED} if step < 20 else MASKED in at(440, 440)
    assert MASKED not in at(560, 560)


def test_a_masked_pixel_hides_none_that_counts() -> None:
    data = np.full((640, 640), 2.0, np.float32)
    mask = np.zeros(data.shape, bool)
    mask[::2] = True
    data[::2] = 1e9
    pyramid = build(data, mask)
    assert (pyramid.total, pyramid.largest) == (2.0 * 320 * 640, 2.0)
    part = taken(pyramid, 4.0)
    assert part.masked is not None
    assert not part.masked.any()
    assert (part.values == 2.0).all()
    means = taken(pyramid, 4.0, mean=True)
    assert np.allclose(means.values, 2.0)


@pytest.mark.parametrize("scale", ["linear", "sqrt", "log"])
@pytest.mark.parametrize("kind", ["float32", "float64", "int32", "uint16"])
def test_cut_pixels_get_the_colours_of_whole_pictures(scale: str, kind: str) -> None:
    data = (np.random.default_rng(3).gamma(0.4, 50.0, (90, 80)) - 2.0).clip(0).astype(kind)
    levels = (0.5, 120.0)
    whole = index_image(data, levels, scale)
    ours = indices_of(taken(build(data), 1.0), levels, scale)
    assert np.abs(whole.astype(int) - ours).max() <= 1
    assert np.array_equal(whole == BELOW, ours == BELOW)
    assert np.mean(whole != ours) < 0.01


def test_levels_end_where_they_say() -> None:
    data = np.array([[-0.1, 0.0, 5.0, 10.0, 10.1]], np.float32)
    found = indices_of(taken(build(data), 1.0), (0.0, 10.0))
    first = int(found[0, 1])
    assert found.tolist() == [[CLIPPED_LOW, first, MIDDLE, LAST, CLIPPED_HIGH]]


@pytest.mark.parametrize("size", [1e-60, 1e-30, 1.0, 1e50, 1e300])
def test_float64_images_of_any_size_keep_their_colours_from_afar(size: float) -> None:
    data = np.full((640, 640), 1.0)
    data[320:] = 3.0
    found = indices_of(taken(build(data * size), 5.0), (0.0, 4.0 * size))
    plain = indices_of(taken(build(data), 5.0), (0.0, 4.0))
    assert np.abs(found.astype(int) - plain).max() <= 1


@pytest.mark.parametrize("huge", [1e300, np.inf, -np.inf, np.nan])
@pytest.mark.filterwarnings("error")
def test_what_is_masked_changes_nothing(huge: float) -> None:
    data = np.random.default_rng(1).random((300, 301))
    mask = np.zeros(data.shape, bool)
    mask[17, 200] = True
    calm, wild = data.copy(), data.copy()
    wild[17, 200] = huge
    with make_pool() as pool:
        one, other = build(calm, mask, pool=pool), build(wild, mask, pool=pool)
    assert (one.unit, one.smallest, one.largest) == (other.unit, other.smallest, other.largest)
    for level in range(1, one.depth + 1):
        for mean in (False, True):
            ours, theirs = one.copy(level, mean), other.copy(level, mean)
            assert np.allclose(ours.values, theirs.values, rtol=1e-6 if mean else 0.0, atol=0.0)
            assert np.array_equal(ours.mask, theirs.mask)


@pytest.mark.skipif(np.finfo(np.longdouble).max < 1e308 * np.longdouble(2), reason="no wider type")
def test_a_pixel_beyond_float64_hides_no_other() -> None:
    data = np.ones((256, 256), np.longdouble)
    data[3, 3] = np.longdouble("1e400")
    copy = build(data).half.values
    assert copy[1, 1] == np.inf
    assert np.count_nonzero(copy != 1.0) == 1


@given(
    shape=st.tuples(st.integers(1, 301), st.integers(1, 301)),
    kind=st.sampled_from(["<f8", ">f8", "<f4", "<f2", "<i4", "|u1"]),
    order=st.sampled_from("CF"),
    diverging=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_copies_hold_the_most_telling_pixel_of_each_square(
    shape: tuple[int, int], kind: str, order: str, diverging: bool
) -> None:
    values = np.random.default_rng(0).integers(0, 100, shape) - (50 if diverging else 0)
    data = np.asarray(values % 256 if kind == "|u1" else values).astype(kind, order=order)
    pyramid = build(data, diverging=diverging)
    for level, copy in levels(pyramid):
        size = 2**level
        for row, column in ((0, 0), (len(copy) - 1, copy.shape[1] - 1)):
            square = data[row * size : (row + 1) * size, column * size : (column + 1) * size]
            found = square.astype(float)
            best = found[np.unravel_index(np.abs(found).argmax(), found.shape)]
            shown = float(copy[row, column])
            assert abs(shown) == abs(best) if diverging else shown == found.max()


def test_differences_about_one_keep_what_float32_would_lose() -> None:
    data = np.ones((640, 640))
    data[7, 9] = 1.0 + 1e-12
    data[500, 500] = 1.0 - 2e-12
    pyramid = build(data, diverging=True, neutral=1.0)
    found = indices_of(taken(pyramid, 8.0), (1.0 - 2e-12, 1.0 + 2e-12))
    assert found[0, 1] > MIDDLE
    assert found[500 // 8, 500 // 8] < MIDDLE
    assert np.count_nonzero(found != MIDDLE) == 2


def test_sums_and_extremes_leave_out_what_does_not_count() -> None:
    data = np.array([[1.0, np.nan, -np.inf], [3.0, 100.0, np.inf]])
    mask = np.array([[False, False, False], [False, True, False]])
    pyramid = build(data, mask)
    assert (pyramid.total, pyramid.smallest, pyramid.largest) == (4.0, 1.0, 3.0)
    assert (pyramid.has_nan, pyramid.has_plus_infinity, pyramid.has_minus_infinity) == (True,) * 3
    assert pyramid.brightest == (1, 0)
    assert pyramid.sample.tolist() == [1.0, 3.0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_image_of_nothing_finite_is_still_an_image(value: float) -> None:
    pyramid = build(np.full((300, 300), value))
    assert np.isnan(pyramid.largest)
    assert pyramid.brightest == (150, 150)
    assert pyramid.sample.size == 0
    special = NAN if np.isnan(value) else PLUS_INF
    assert (indices_of(taken(pyramid, 2.0), (0.0, 1.0)) == special).all()
