"""Metrics against exact arithmetic, on random and on hostile images, whole and in small blocks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from braggscope.api import ImagePair
from braggscope_parity import blocks, metrics, quantiles, similarity, ulp
from tests.plugins.braggscope_parity import references

SHAPE = (9, 8)
ROUGH = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
#: Dynamic range 1e-12 … 1e15, both signs, zeros.
WIDE = st.one_of(
    st.just(0.0),
    st.floats(1e-12, 1e15),
    st.floats(-1e15, -1e-12),
    st.floats(-12, 15).map(lambda exponent: 10.0**exponent),
)
HOSTILE = st.one_of(WIDE, st.sampled_from([np.nan, np.inf, -np.inf, -0.0, 5e-324]))
#: Squares of these overflow or vanish.
EXTREME = st.one_of(
    st.floats(-1e308, 1e308, allow_nan=False), st.floats(-1e-290, 1e-290, allow_nan=False)
)
MASKS = st.none() | arrays(np.bool_, SHAPE)


def images(elements: st.SearchStrategy[float]) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float64, SHAPE, elements=elements)


@pytest.fixture(autouse=True, params=[2**16, 20], ids=["one block", "blocks"])
def _block_sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "PIXELS_PER_BLOCK", request.param)
    if request.param == 20:
        monkeypatch.setattr(blocks, "_THREADS_FROM", 1)


def check_all(pair: ImagePair) -> None:
    """Correlation, sum ratio and RMSE are as exact arithmetic has them."""
    expected = references.correlation(pair)
    found = metrics.correlation(pair).value
    if expected is None:
        assert found is None
    elif found is not None:
        assert found == pytest.approx(expected, abs=1e-12)
    ratio, condition = references.sum_ratio(pair)
    found = metrics.sum_ratio(pair).value
    if ratio is not None and condition < 1e12:
        allowed = 30 * references.EPSILON * condition
        assert found == pytest.approx(ratio, rel=max(allowed, 1e-15), abs=1e-300)
    error = references.rmse(pair)
    found = metrics.rmse(pair).value
    if error is None:
        assert found is None
    else:
        assert found == pytest.approx(error, rel=1e-12, abs=1e-300)


@ROUGH
@given(images(WIDE), images(WIDE), MASKS)
def test_any_dynamic_range(a: np.ndarray, b: np.ndarray, mask: np.ndarray | None) -> None:
    check_all(ImagePair(a, b, mask))


@ROUGH
@given(images(HOSTILE), images(HOSTILE), MASKS)
def test_hostile_values(a: np.ndarray, b: np.ndarray, mask: np.ndarray | None) -> None:
    check_all(ImagePair(a, b, mask))


@ROUGH
@given(images(EXTREME), images(EXTREME))
def test_squares_that_overflow_or_vanish(a: np.ndarray, b: np.ndarray) -> None:
    with np.errstate(over="ignore"):
        if np.isfinite(b - a).all():
            check_all(ImagePair(a, b))


@ROUGH
@given(images(st.floats(0, 1)), images(st.floats(0, 1)), st.sampled_from([1e3, 1e9, 1e15]))
def test_a_large_offset_costs_no_digits(a: np.ndarray, b: np.ndarray, offset: float) -> None:
    check_all(ImagePair(a + offset, b + offset))


@ROUGH
@given(st.floats(-1e300, 1e300, allow_nan=False))
def test_constant_images_and_single_pixels(value: float) -> None:
    ramp = np.arange(72.0).reshape(SHAPE)
    for a, b in ((np.full(SHAPE, value), ramp), (ramp, np.full(SHAPE, value))):
        result = metrics.correlation(ImagePair(a, b))
        assert result.value is None
        assert "constant" in result.note
    one = ImagePair(np.array([[value]]), np.array([[value]]))
    assert metrics.correlation(one).value is None
    assert metrics.rmse(one).value == 0.0
    assert similarity.ssim(one).value is None


@ROUGH
@given(images(HOSTILE), images(HOSTILE), MASKS)
def test_quantiles_are_pixels_of_their_rank(
    a: np.ndarray, b: np.ndarray, mask: np.ndarray | None
) -> None:
    pair = ImagePair(a, b, mask)
    x, y = pair.counted()
    for share, metric in zip(
        quantiles.SHARES,
        (quantiles.median, quantiles.percentile_99, quantiles.percentile_999),
        strict=True,
    ):
        found = metric(pair).value
        if not x.size or not x.any():
            assert found is None
            continue
        floor = max(1e-6 * np.abs(x).max(), np.finfo(np.float64).tiny)
        relative = np.abs(y - x) / np.maximum(np.abs(x), floor)
        assert found == np.sort(relative)[max(0, math.ceil(share * x.size) - 1)]


def test_a_quantile_among_many_equal_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantiles, "_SORTED", 3)
    a = np.full((20, 20), 2.0)
    b = a.copy()
    b[:2, :10] = 2.5
    b[0, 0] = 3.0
    pair = ImagePair(a, b)
    assert quantiles.median(pair).value == 0.0
    assert quantiles.percentile_99(pair).value == 0.25
    assert quantiles.percentile_999(pair).value == 0.5


@pytest.mark.parametrize("kind", ["noise", "spots", "offset", "holes"])
def test_structural_similarity_is_its_definition(kind: str) -> None:
    random = np.random.default_rng(3)
    a = random.gamma(2.0, 5.0, (23, 19))
    b = a * (1 + 0.1 * random.standard_normal(a.shape))
    mask = None
    if kind == "spots":
        a[5, 6], b[5, 7] = 1e6, 1e6
    elif kind == "offset":
        a, b = a + 100.0, b + 100.0
    elif kind == "holes":
        mask = random.random(a.shape) < 0.005
        a[3, 3] = np.nan
    valid = np.isfinite(a) & (True if mask is None else ~mask)
    expected = references.ssim(a, b, valid)
    assert similarity.ssim(ImagePair(a, b, mask)).value == pytest.approx(expected, abs=1e-12)


@ROUGH
@given(
    arrays(np.float32, SHAPE, elements=st.floats(-(2.0**120), 2.0**120, width=32)),
    st.integers(-50, 50),
)
def test_ulp_distances_count_float32_numbers(a: np.ndarray, far: int) -> None:
    b = a.copy()
    for _ in range(abs(far)):
        b = np.nextafter(b, np.float32(math.copysign(math.inf, far)), dtype=np.float32)
    assert ulp.ulp_distance(ImagePair(a, b)).value == abs(far)
    assert ulp.within_rounding(ImagePair(a, b)).value == (1.0 if abs(far) <= 1 else 0.0)


def test_large_images_in_threads_agree_with_plain_numpy() -> None:
    random = np.random.default_rng(4)
    a = random.gamma(1.0, 10.0, (700, 300)).astype(np.float32)
    b = (a * (1 + 1e-3 * random.standard_normal(a.shape))).astype(np.float32)
    mask = random.random(a.shape) < 0.1
    b[17, 4] = np.nan
    pair = ImagePair(a, b, mask)
    x, y = (v.astype(np.longdouble) for v in pair.counted())
    dx, dy = x - x.mean(), y - y.mean()
    correlation = float((dx * dy).sum() / np.sqrt((dx * dx).sum() * (dy * dy).sum()))
    assert metrics.correlation(pair).value == pytest.approx(correlation, abs=1e-14)
    assert metrics.sum_ratio(pair).value == pytest.approx(float(y.sum() / x.sum()), rel=1e-13)
    norm = float(np.sqrt(((y - x) ** 2).sum() / (x * x).sum()))
    assert metrics.normalised_rmse(pair).value == pytest.approx(norm, rel=1e-13)
    limit = 1e-6 * x.max() + 1e-5 * abs(x)
    over = np.count_nonzero(abs(y - x) > limit)
    assert metrics.first_outside(pair).value == over
    assert metrics.within_tolerance(pair).value == 1 - over / x.size
