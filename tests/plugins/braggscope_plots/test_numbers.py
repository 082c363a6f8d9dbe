"""What the plots count, without Qt: identities that hold for every image."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from braggscope.api import Cancelled
from braggscope_plots import pixels as pixels_module
from braggscope_plots.binning import LinearAxis, LogAxis, LogGrid
from braggscope_plots.histogram import census, histogram
from braggscope_plots.pixels import Pixels, check_of
from braggscope_plots.profile import along_column, along_line, along_row
from braggscope_plots.relative import RELATIVE_FLOOR, distribution
from braggscope_plots.scatter import Cells, pixels_in, scatter

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))
ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True, width=64)


@st.composite
def images(draw: st.DrawFn, count: int = 1) -> Pixels:
    """Images of all kinds of numbers, with or without a mask."""
    shape = draw(SHAPES)
    kind = draw(st.sampled_from([np.float64, np.float32, np.uint16, np.int32]))
    elements: Any = None
    if np.issubdtype(kind, np.floating):
        near = st.floats(0.5, 2.0, width=32)
        elements = st.one_of(hnp.from_dtype(np.dtype(kind)), near, st.just(0.0))
    made = tuple(draw(hnp.arrays(kind, shape, elements=elements)) for _ in range(count))
    keep = draw(st.none() | hnp.arrays(np.bool_, shape))
    return Pixels(made, keep)


def values(pixels: Pixels) -> list[np.ndarray[Any, Any]]:
    """What counts, the plain way."""
    with np.errstate(invalid="ignore"):
        arrays = [image.astype(np.float64) for image in pixels.images]
    good = np.all([np.isfinite(array) for array in arrays], axis=0)
    if pixels.keep is not None:
        good &= pixels.keep
    return [array[good] for array in arrays]


@pytest.fixture(params=[1 << 18, 5])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """As large as in use, and so small that every image is cut."""
    monkeypatch.setattr(pixels_module, "PIECE", request.param)
    return int(request.param)


@settings(deadline=None)
@given(images(), st.booleans())
def test_a_histogram_counts_every_pixel_once(pixels: Pixels, log: bool) -> None:
    found = histogram([pixels], log=log)
    (counts,), (about,) = found.counts, found.census
    (plain,) = values(pixels)
    assert about.counted == plain.size
    assert about.zero == np.count_nonzero(plain == 0)
    assert about.negative == np.count_nonzero(plain < 0)
    assert about.counted + about.not_finite + about.left_out == pixels.size
    on_axis = about.counted - (about.zero + about.negative if log else 0)
    assert counts.sum() == on_axis
    if found.axis is not None:
        edges = found.axis.edges
        assert (np.diff(edges) > 0).all()
        shown = plain[plain > 0] if log else plain
        assert edges[0] <= shown.min() <= shown.max() <= edges[-1]
        # Every bin holds exactly what lies between its edges.
        if log:
            expected, _ = np.histogram(shown, bins=edges)
            assert np.array_equal(counts, expected)


@settings(deadline=None)
@given(st.lists(st.floats(5e-324, allow_infinity=False, width=64), min_size=1, max_size=30))
def test_logarithmic_bins_hold_their_lower_edge(listed: list[float]) -> None:
    numbers = np.array(listed)
    axis = LogAxis.over(float(numbers.min()), float(numbers.max()), 50)
    place = axis.index(numbers)
    assert (numbers >= axis.edges[place]).all()
    inner = place < len(axis.edges) - 2
    assert (numbers[inner] < axis.edges[place + 1][inner]).all()
    assert len(axis.edges) - 1 <= 50


def test_logarithmic_bins_are_evenly_wide() -> None:
    axis = LogAxis.over(1e-12, 1e15, 240)
    steps = np.diff(np.log(axis.edges))
    assert steps.max() / steps.min() < 1.05
    narrow = np.diff(np.log(LogAxis.over(100.0, 130.0, 240).edges))
    assert narrow.max() / narrow.min() < 1.05


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 40))
def test_a_linear_axis_over_one_value_has_room_for_it(value: float, bins: int) -> None:
    axis = LinearAxis.over(value, value, bins)
    assert axis.edges[0] <= value <= axis.edges[-1]
    assert (np.diff(axis.edges) >= 0).all()
    assert 0 <= axis.index(np.array([value]))[0] < bins


def test_axes_reach_over_all_that_a_float_holds() -> None:
    most = np.finfo(np.float64).max
    linear = LinearAxis.over(-most, most, 10)
    assert linear.index(np.array([-most, 0.0, most])).tolist() == [0, 5, 9]
    grid = LogGrid.over(5e-324, most)
    assert grid.index(np.array([5e-324, most])).tolist() == [0, grid.size - 1]
    assert np.isfinite(grid.edges()).all()


@settings(deadline=None)
@given(images(2), st.booleans())
def test_a_against_b_counts_every_pair_and_finds_it_again(pair: Pixels, log: bool) -> None:
    found = scatter(pair, log=log, bins=12)
    a, _ = values(pair)
    assert found.counts.sum() == found.counted == a.size
    if found.axis is None:
        return
    bins = len(found.axis.edges) - 1
    everything = pixels_in(pair, found.axis, Cells(-1, bins - 1, -1, bins - 1))
    assert everything.size == a.size
    rows, columns = np.nonzero(found.counts)
    for row, column in zip(rows, columns, strict=True):
        cells = Cells(column - 1, column - 1, row - 1, row - 1)
        places = pixels_in(pair, found.axis, cells)
        assert places.size == found.counts[row, column]
        picked = pair.images[0].reshape(-1)[places].astype(np.float64)
        if column == 0:
            assert (picked <= 0).all()
        elif log:
            low, high = found.axis.edges[column - 1 : column + 1]
            assert ((picked >= low) & (picked <= high)).all()


@settings(deadline=None)
@given(images(2))
def test_swapping_the_images_turns_the_scatter_over(pair: Pixels) -> None:
    there = scatter(pair, log=True, bins=9).counts
    back = scatter(Pixels(pair.images[::-1], pair.keep), log=True, bins=9).counts
    assert np.array_equal(there, back.T)


@settings(deadline=None)
@given(images(2))
def test_the_distribution_of_the_relative_difference(pair: Pixels) -> None:
    found = distribution(pair, points=40)
    a, b = values(pair)
    assert found.counted == a.size
    assert (np.diff(found.below) >= 0).all()
    assert found.equal + np.count_nonzero(a != b) == a.size
    if not a.size:
        assert found.quantile(0.5) is None
        return
    floor = RELATIVE_FLOOR * float(np.abs(a).max()) or 1.0
    assert found.floor == floor
    with np.errstate(over="ignore"):
        different = np.abs(b - a) / np.maximum(np.abs(a), floor)
    if found.value.size:
        assert found.below[-1] == a.size
        for value, below in zip(found.value[:-1], found.below[:-1], strict=True):
            if value > 2.0**-69:
                assert below == np.count_nonzero(different < value)


def test_quantiles_bound_what_they_say() -> None:
    a = np.ones((10, 100))
    b = a + np.linspace(0.0, 0.999, 1000).reshape(10, 100)
    found = distribution(Pixels((a, b)))
    for share in (0.5, 0.99):
        value = found.quantile(share)
        assert value is not None
        assert share <= value < share * 1.05
    assert distribution(Pixels((a, a))).quantile(0.99) == 0.0


def test_a_row_of_pixels_is_the_row() -> None:
    image = np.arange(60.0).reshape(6, 10)
    mask = image == 34
    expected = np.where(mask, np.nan, image)
    row = along_row([image], [mask], 3)
    assert np.array_equal(row.values[0], expected[3], equal_nan=True)
    column = along_column([image], [mask], 4)
    assert np.array_equal(column.values[0], expected[:, 4], equal_nan=True)
    drawn = along_line([image], [mask], ((3.5, 0.5), (3.5, 9.5)))
    assert np.array_equal(drawn.values[0], expected[3], equal_nan=True)
    assert drawn.place == pytest.approx(np.arange(10.0))
    back = along_line([image], [mask], ((3.5, 9.5), (3.5, 0.5)))
    assert np.array_equal(back.values[0], expected[3, ::-1], equal_nan=True)


@given(
    st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
    st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
)
@settings(deadline=None, max_examples=40)
def test_a_line_may_end_anywhere(start: tuple[float, float], end: tuple[float, float]) -> None:
    image = np.ones((4, 5), dtype=np.uint16)
    found = along_line([image], [None], (start, end))
    inside = (found.slow >= 0) & (found.slow < 4) & (found.fast >= 0) & (found.fast < 5)
    assert np.array_equal(np.isfinite(found.values[0]), inside)
    assert found.place[-1] == pytest.approx(math.dist(start, end))


def test_images_of_two_sizes_have_a_profile_each() -> None:
    found = along_row([np.ones((2, 3)), np.ones((1, 5))], [None, None], 1)
    assert np.isfinite(found.values[0]).tolist() == [True] * 3 + [False] * 2
    assert not np.isfinite(found.values[1]).any()


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf, 1e308, 5e-324])
def test_one_hostile_pixel_breaks_nothing(value: float, piece: int) -> None:
    one = Pixels((np.full((1, 1), value), np.full((1, 1), value)))
    single = Pixels(one.images[:1])
    counted = int(np.isfinite(value))
    for log in (False, True):
        on_axis = counted if not log or value > 0 else 0
        assert histogram([single], log=log).counts[0].sum() == on_axis
        assert scatter(one, log=log).counts.sum() == counted
    assert distribution(one).equal == counted


def test_what_is_large_and_cut_into_pieces_is_counted_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(3)
    image = generator.lognormal(0.0, 8.0, (101, 37))
    image[::7, ::5] = 0.0
    image[3, 3] = np.nan
    pair = Pixels((image, image * 1.01), generator.random(image.shape) > 0.2)
    whole = histogram([Pixels(pair.images[:1], pair.keep)], log=True)
    both, differing = scatter(pair, log=True), distribution(pair)
    monkeypatch.setattr(pixels_module, "PIECE", 64)
    cut = histogram([Pixels(pair.images[:1], pair.keep)], log=True)
    assert np.array_equal(whole.counts[0], cut.counts[0])
    assert whole.census == cut.census == (census(Pixels(pair.images[:1], pair.keep)),)
    assert np.array_equal(both.counts, scatter(pair, log=True).counts)
    assert np.array_equal(differing.below, distribution(pair).below)


def test_work_that_is_not_wanted_ends_between_two_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels_module, "PIECE", 4)
    asked: list[int] = []

    def is_cancelled() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Cancelled):
        histogram([Pixels((np.ones((8, 8)),))], log=True, check=check_of(is_cancelled))
    assert len(asked) == 4
