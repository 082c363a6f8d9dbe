"""Metrics that say where: peaks, clusters, special values; and the maps that show them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from braggscope.api import Cancelled, ImagePair
from braggscope_parity import census, clusters, differences, metrics, peaks, similarity, ulp
from braggscope_parity.quantiles import percentile_99

SPECIAL = [0.0, -0.0, 1.0, 5e-324, -1e-310, np.inf, -np.inf, np.nan]
ODD = arrays(np.float64, (6, 5), elements=st.sampled_from(SPECIAL))


def spots(*places: tuple[float, float], shape: tuple[int, int] = (60, 70)) -> np.ndarray:
    """Gaussian spots on a background of 1."""
    slow, fast = np.mgrid[: shape[0], : shape[1]]
    image = np.ones(shape)
    for height, (s, f) in enumerate(places, start=3):
        image += 100.0 * height * np.exp(-((slow - s) ** 2 + (fast - f) ** 2) / 2)
    return image


def test_peaks_that_moved_are_measured() -> None:
    a = spots((10, 12), (30, 40.0), (50, 20))
    b = spots((10, 12), (30, 40.5), (50, 20))
    pair = ImagePair(a, b)
    largest = peaks.largest_displacement(pair)
    assert largest.value == pytest.approx(0.5, abs=0.06)
    assert largest.pixel == (30, 40)
    assert peaks.mean_displacement(pair).value == pytest.approx(largest.value / 3, abs=0.01)
    assert "3 pairs" in largest.note
    assert "none left over" in largest.note


def test_peaks_without_partner_are_said_both_ways() -> None:
    pair = ImagePair(spots((10, 12), (30, 40)), spots((10, 12), (45, 20), (50, 60)))
    note = peaks.mean_displacement(pair).note
    assert "1 of A (first: 30, 40)" in note
    assert "2 of B (first: 50, 60)" in note
    apart = ImagePair(spots((10, 12)), spots((10, 30)))
    assert peaks.mean_displacement(apart).value is None
    flat = ImagePair(np.ones((20, 20)), np.ones((20, 20)))
    assert peaks.mean_displacement(flat).note == "undefined: no peaks"


def test_rounding_of_a_flat_top_moves_no_peak() -> None:
    a = spots((10, 12.5), (30.5, 40))
    b = a.copy()
    b[10, 13] *= 1 + 1e-12
    b[31, 40] *= 1 + 1e-12
    a[10, 12] *= 1 + 1e-12
    assert peaks.largest_displacement(ImagePair(a, b)).value == pytest.approx(0, abs=1e-9)


def test_two_peaks_do_not_share_a_partner() -> None:
    pair = ImagePair(spots((30, 40)), spots((30, 37.5), (30, 44)))
    found = peaks.matches(pair)
    assert found.displacements.size == 1
    assert len(found.only_b) == 1


def test_peaks_beside_masked_pixels_do_not_count() -> None:
    a = spots((10, 12), (30, 40))
    mask = np.zeros(a.shape, dtype=bool)
    mask[31, 41] = True
    assert peaks.matches(ImagePair(a, a, mask)).found == (1, 1)


def test_a_flat_top_is_one_peak() -> None:
    a = np.ones((20, 20))
    a[8:10, 9:12] = 7.0
    assert peaks.matches(ImagePair(a, a.copy())).found == (1, 1)


def test_clusters_are_ranked_and_named() -> None:
    a = spots((30, 40))
    b = a.copy()
    b[30, 40] += 50
    b[30:32, 41] += 20
    b[10, 10] += 0.5
    b[0, 5] -= 0.25
    pair = ImagePair(a, b)
    count, found = clusters.clusters_of_difference(pair)
    assert count == 3
    assert [(c.worst, c.size, c.kind) for c in found] == [
        ((30, 40), 3, "spot"), ((10, 10), 1, "background"), ((0, 5), 1, "edge"),
    ]  # fmt: skip
    assert [c.difference for c in found] == pytest.approx([50, 0.5, -0.25])
    result = clusters.clusters(pair)
    assert result.value == 3
    assert result.pixel == result.places[0].pixel == (30, 40)
    assert result.places[0].note == "spot, 3 pixels"


def test_a_cluster_beside_a_masked_pixel_is_at_an_edge() -> None:
    a = np.ones((40, 40))
    b, mask = a.copy(), np.zeros(a.shape, dtype=bool)
    mask[20, 20] = True
    b[19, 19] = 2.0
    b[10, 10] = 1.5
    _, found = clusters.clusters_of_difference(ImagePair(a, b, mask))
    assert [c.kind for c in found] == ["edge", "background"]


def test_only_the_worst_clusters_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "LISTED", 2)
    a = np.ones((30, 30))
    b = a.copy()
    b[5::5, 5::5] = 2.0
    b[10, 15] = 4.0
    b[20, 25] = 3.0
    result = clusters.clusters(ImagePair(a, b))
    assert result.value == 25
    assert [place.pixel for place in result.places] == [(10, 15), (20, 25)]
    assert clusters.clusters(ImagePair(a, a)).value == 0


@given(ODD)
def test_the_census_counts_each_kind(image: np.ndarray) -> None:
    codes = census.codes(image)
    expected = {
        1: (np.abs(image) < 1e-300) & (image != 0),
        2: (image == 0) & np.signbit(image),
        3: image == -np.inf,
        4: image == np.inf,
        5: np.isnan(image),
    }
    for code, where in expected.items():
        assert np.array_equal(codes == code, where)
    result = census.census_b(ImagePair(np.zeros(image.shape), image))
    assert result.value == np.count_nonzero(codes)
    assert census._all_ordinary(image) == (not codes.any())
    if result.pixel is not None:
        assert codes[result.pixel] > 0
        assert not codes.ravel()[: result.pixel.slow * 5 + result.pixel.fast].any()


def test_the_census_knows_the_types_own_denormals() -> None:
    small = np.array([[1e-40, 1.0]])
    assert census.codes(small).tolist() == [[0, 0]]
    assert census.codes(small.astype(np.float32)).tolist() == [[1, 0]]
    assert census.census_a(ImagePair(np.array([[0, 7]]), small)).value == 0
    mask = np.array([[True, False]])
    assert census.census_b(ImagePair(small, small.astype(np.float32), mask)).value == 0


@given(ODD, ODD)
@pytest.mark.filterwarnings("error")
def test_maps_of_odd_values_say_so_without_warnings(a: np.ndarray, b: np.ndarray) -> None:
    pair = ImagePair(a, b)
    for make in (
        differences.b_minus_a, differences.relative, differences.poisson, differences.ratio,
        differences.ulp, differences.pass_fail, differences.census_a,
    ):  # fmt: skip
        assert make(pair).shape == a.shape
    verdict = differences.pass_fail(pair)
    assert np.array_equal(np.isnan(verdict), np.isnan(a) | np.isnan(b))
    assert (verdict[a == b] == 0).all()
    finite = np.isfinite(a) & np.isfinite(b)
    outside = metrics.first_outside(pair).value
    assert outside is None or outside == np.count_nonzero(verdict[finite])


def test_maps_by_counting_and_by_ulp() -> None:
    a = np.array([[0.0, 4.0, 100.0]])
    b = np.array([[1.0, 2.0, 130.0]])
    assert differences.poisson(ImagePair(a, b)).tolist() == [[1.0, -1.0, 3.0]]
    one = np.float32(1)
    a32 = np.array([[one, -one, 0]], np.float32)
    b32 = np.array([[np.nextafter(one, 2), np.nextafter(-one, -2), -1e-45]], np.float32)
    assert differences.ulp(ImagePair(a32, b32)).tolist() == [[1.0, -1.0, -1.0]]
    assert differences.pass_fail(ImagePair(a, b)).tolist() == [[1.0, -1.0, 1.0]]


def test_maps_go_where_there_is_room_for_them() -> None:
    a, room = np.ones((5, 6)), np.zeros((5, 6))
    assert differences.b_minus_a(ImagePair(a, 3 * a, output=room)) is room
    assert (room == 2).all()


@given(
    arrays(np.float64, (9, 9), elements=st.floats(0, 1e6)), st.sampled_from([0.25, 2.0, 2.0**40])
)
def test_scale_free_metrics_are_scale_free(image: np.ndarray, factor: float) -> None:
    noise = 1 + 1e-3 * np.random.default_rng(0).standard_normal(image.shape)
    image = image + 1.0
    one, other = ImagePair(image, image * noise), ImagePair(image * factor, image * noise * factor)
    for metric in (
        metrics.correlation, metrics.sum_ratio, metrics.normalised_rmse, similarity.ssim,
        metrics.max_rel_difference, percentile_99, ulp.ulp_distance,
    ):  # fmt: skip
        value = metric(one).value
        assert metric(other).value == (None if value is None else pytest.approx(value, rel=1e-9))
    assert metrics.rmse(other).value == pytest.approx(factor * metrics.rmse(one).value)


def test_a_pass_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled

    image = np.ones((8, 8))
    for metric in (metrics.rmse, similarity.ssim, peaks.mean_displacement, differences.ulp):
        with pytest.raises(Cancelled):
            metric(ImagePair(image, image, checkpoint=stop))
