"""Metrics and difference maps: identities, and honesty where nothing can be said."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from braggscope.api import ImagePair, MetricContribution, MetricResult
from braggscope_parity import differences, metrics, plugin

IMAGES = arrays(np.float64, (5, 7), elements=st.floats(0, 1e6, allow_nan=False))
CONTRIBUTIONS = plugin.braggscope_metrics()


def function_of(contribution: MetricContribution) -> Callable[[ImagePair], MetricResult]:
    module, _, name = contribution.factory.partition(":")
    return getattr(importlib.import_module(module), name)


@given(IMAGES)
def test_an_image_agrees_with_itself(image: np.ndarray) -> None:
    pair = ImagePair(image, image.copy())
    correlation = metrics.correlation(pair)
    if np.ptp(image) > 0:
        assert correlation.value == pytest.approx(1.0)
    else:
        assert correlation.value is None
        assert "constant" in correlation.note
    assert metrics.rmse(pair).value == 0
    assert metrics.max_abs_difference(pair).value == 0
    assert metrics.within_tolerance(pair).value == 1
    assert metrics.not_comparable(pair).value == 0


@given(IMAGES, st.floats(0.1, 10))
def test_correlation_is_blind_to_scale_and_sum_ratio_is_not(
    image: np.ndarray, factor: float
) -> None:
    pair = ImagePair(image, image * factor)
    if image.sum() > 1e-3:
        assert metrics.sum_ratio(pair).value == pytest.approx(factor)
        if np.ptp(image) > 1e-6 * image.max():
            assert metrics.correlation(pair).value == pytest.approx(1.0, abs=1e-6)


@given(IMAGES, IMAGES)
def test_symmetric_metrics_are_symmetric(a: np.ndarray, b: np.ndarray) -> None:
    there, back = ImagePair(a, b), ImagePair(b, a)
    for metric in (metrics.rmse, metrics.max_abs_difference):
        assert metric(there).value == pytest.approx(metric(back).value, rel=1e-9)
    one, other = metrics.correlation(there).value, metrics.correlation(back).value
    assert one == other or one == pytest.approx(other, abs=1e-12)
    reference = np.corrcoef(a.ravel(), b.ravel())[0, 1] if np.ptp(a) > 1 and np.ptp(b) > 1 else None
    if reference is not None:
        assert metrics.correlation(there).value == pytest.approx(reference, abs=1e-9)


def test_the_largest_difference_knows_its_pixel() -> None:
    a = np.ones((4, 6))
    b = a.copy()
    b[2, 5] = 3.0
    result = metrics.max_abs_difference(ImagePair(a, b))
    assert (result.value, result.pixel) == (2.0, (2, 5))


def test_masked_pixels_do_not_count() -> None:
    a, b = np.arange(12.0).reshape(3, 4), np.arange(12.0).reshape(3, 4)
    b[1, 1] = 1e9
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 1] = True
    assert metrics.rmse(ImagePair(a, b, mask)).value == 0
    assert np.isnan(differences.b_minus_a(ImagePair(a, b, mask))[1, 1])


def test_nan_is_counted_not_averaged() -> None:
    a, b = np.arange(12.0).reshape(3, 4), np.arange(12.0).reshape(3, 4)
    b[0, 3] = np.nan
    pair = ImagePair(a, b)
    assert metrics.rmse(pair).value == 0
    result = metrics.not_comparable(pair)
    assert (result.value, result.pixel) == (1, (0, 3))
    a[0, 3] = np.nan
    assert metrics.not_comparable(ImagePair(a, b)).value == 0


@pytest.mark.parametrize("contribution", CONTRIBUTIONS, ids=lambda item: item.id)
@pytest.mark.filterwarnings("error")
def test_nothing_to_compare_is_said(contribution: MetricContribution) -> None:
    metric = function_of(contribution)
    result = metric(ImagePair(np.full((2, 2), np.nan), np.ones((2, 2))))
    assert result.note or (contribution.id, result.value) == ("census_b", 0)
    none = metric(ImagePair(np.ones((2, 2)), np.ones((2, 2)), np.ones((2, 2), dtype=bool)))
    assert none.note or (contribution.id.startswith(("census", "not")) and none.value == 0)
    assert metric(ImagePair(np.ones((0, 3)), np.ones((0, 3)))).value in (None, 0)


@pytest.mark.parametrize("contribution", CONTRIBUTIONS, ids=lambda item: item.id)
def test_an_image_against_itself_is_as_good_as_can_be(contribution: MetricContribution) -> None:
    image = np.random.default_rng(1).gamma(2.0, 5.0, (30, 40)).astype(np.float32)
    value = function_of(contribution)(ImagePair(image, image.copy())).value
    best = {"correlation", "sum_ratio", "within_tolerance", "within_rounding", "ssim"}
    expected = 1.0 if contribution.id in best else 0.0
    assert value == pytest.approx(expected, abs=1e-15)
    assert format(value, contribution.format)


def test_integer_images_do_not_wrap() -> None:
    a, b = np.array([[0, 5]], dtype=np.uint16), np.array([[1, 0]], dtype=np.uint16)
    assert differences.b_minus_a(ImagePair(a, b)).tolist() == [[1.0, -5.0]]
    assert metrics.max_abs_difference(ImagePair(a, b)).value == 5


def test_maps_at_zero() -> None:
    a, b = np.array([[0.0, 0.0, 2.0]]), np.array([[0.0, 1.0, 3.0]])
    pair = ImagePair(a, b)
    assert differences.ratio(pair)[0, 0] == 1.0
    assert np.isinf(differences.ratio(pair)[0, 1])
    assert differences.relative(pair).tolist()[0] == pytest.approx([0.0, 5e5, 0.5])
    assert differences.abs_difference(pair).tolist() == [[0.0, 1.0, 1.0]]
