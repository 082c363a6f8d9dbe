"""Resolution, radial means, regions and Bragg peaks, without Qt."""

from __future__ import annotations

import math

import numpy as np
import pytest

from braggscope.api import (
    BraggscopeError,
    Run,
)
from braggscope.experiment import Experiment
from braggscope.physics import resolution
from braggscope_plots.geometry import Geometry
from braggscope_plots.peaks import BOX, FRAME, box_sums, bragg_peaks, nearest_hkl
from braggscope_plots.peaks_table import TITLES, peak_columns, peak_text, summary
from braggscope_plots.pixels import Pixels
from braggscope_plots.radial import radial

SHAPE = (60, 50)
FLAGS = (
    "-cell 40 50 60 90 90 90 -misset 10 20 30 -default_F 100 -N 5 -lambda 1 -distance 40"
    " -pixel 0.5 -detpixels_x 50 -detpixels_y 60"
)


def geometry(more: str = "") -> Geometry:
    """50 × 60 pixels (fast × slow)."""
    run = Run(experiment=Experiment.from_nanobragg(f"{FLAGS} {more}".split()), engine="x")
    return Geometry.of(run.setup, SHAPE)


@pytest.mark.parametrize(
    "more", ["", "-twotheta 30", "-curved_det -detsize 25", "-xdet_rot 5", "-twotheta 100"]
)
def test_resolution_is_that_of_the_app(more: str) -> None:
    found = geometry(more)
    slow, fast = found.rows(0, SHAPE[0])
    app = resolution.geometry_of(found.setup)
    assert app is not None
    d = found.resolution_A(slow, fast)
    assert d.shape == SHAPE
    assert d == pytest.approx(resolution.resolution_A(app, slow, fast), rel=1e-9)


def test_a_curved_detector_has_its_pixels_at_one_distance() -> None:
    found = geometry("-curved_det -oversample 1")
    assert found.setup.detector.curved
    x, y, z = found.directions(*found.rows(0, SHAPE[0]))
    assert np.allclose(x**2 + y**2 + z**2, 1.0)
    flat = geometry()
    far = flat.sine_squared(*flat.rows(0, 1))
    bent = found.sine_squared(*found.rows(0, 1))
    # On a cylinder about the sample the corner is seen under a larger angle.
    assert bent[0, 0] > far[0, 0]


@pytest.mark.parametrize("unit", ["inverse_d", "two_theta"])
@pytest.mark.parametrize("more", ["", "-twotheta 25", "-curved_det -oversample 1"])
def test_radial_means_times_numbers_are_the_total(unit: str, more: str) -> None:
    generator = np.random.default_rng(1)
    a, b = generator.gamma(1.0, 10.0, (2, *SHAPE))
    a[3, 4], b[5, 6] = np.nan, np.inf
    keep = generator.random(SHAPE) > 0.3
    found = radial(Pixels((a, b), keep), geometry(more), unit, bins=40)  # type: ignore[arg-type]
    good = keep & np.isfinite(a) & np.isfinite(b)
    assert found.number.sum() == good.sum()
    for mean, image in zip(found.means, (a, b), strict=True):
        assert np.nansum(mean * found.number) == pytest.approx(image[good].sum(), rel=1e-12)
    assert found.difference is not None
    assert found.rms is not None
    total = np.nansum(found.difference * found.number)
    assert total == pytest.approx((b - a)[good].sum(), rel=1e-10)
    square = np.nansum(found.rms**2 * found.number)
    assert square == pytest.approx(((b - a)[good] ** 2).sum(), rel=1e-12)
    assert np.isnan(found.means[0][found.number == 0]).all()


@pytest.mark.parametrize("more", ["", "-twotheta 25", "-Xbeam 100 -Ybeam 100", "-twotheta 120"])
def test_the_rings_reach_from_the_nearest_to_the_farthest_pixel(more: str) -> None:
    place = geometry(more)
    found = radial(Pixels((np.ones(SHAPE),)), place, "inverse_d", bins=30)
    everywhere = place.inverse_d_per_A(*place.rows(0, SHAPE[0]))
    assert found.edges[0] == pytest.approx(everywhere.min(), abs=1e-12)
    assert found.edges[-1] == pytest.approx(everywhere.max(), abs=1e-12)
    expected, _ = np.histogram(everywhere, bins=found.edges)
    assert found.number.sum() == SHAPE[0] * SHAPE[1]
    # An edge and a pixel may be equal but for rounding.
    assert np.abs(found.number - expected).sum() <= 4
    assert found.difference is None


def test_a_ring_in_the_image_is_a_peak_in_the_radial_mean() -> None:
    place = geometry()
    d = place.resolution_A(*place.rows(0, SHAPE[0]))
    image = np.where((d > 3.0) & (d < 3.3), 100.0, 1.0)
    found = radial(Pixels((image, image)), place, "inverse_d", bins=50)
    middles = 0.5 * (found.edges[:-1] + found.edges[1:])
    brightest = 1.0 / middles[np.nanargmax(found.means[0])]
    assert 3.0 <= brightest <= 3.3
    assert found.rms is not None
    assert np.nanmax(found.rms) == 0.0


def test_no_geometry_without_a_beam_or_of_another_detector() -> None:
    run = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="x")
    with pytest.raises(BraggscopeError, match="60 × 50"):
        Geometry.of(run.setup, (60, 51))


def spotted(place: Geometry, level: float = 3.0) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Spots of 3 × 3 pixels over a slope, at pixels of different reflections."""
    image = np.full(SHAPE, level) + np.linspace(0.0, 1.0, SHAPE[1])
    spots = [(12, 14), (12, 36), (45, 10), (44, 40)]
    for number, (slow, fast) in enumerate(spots):
        image[slow - 1 : slow + 2, fast - 1 : fast + 2] += 50.0 * (number + 1)
        image[slow, fast] += 1000.0 * (number + 1)
    return image, spots


def test_peaks_are_found_indexed_and_summed() -> None:
    place = geometry()
    a, spots = spotted(place)
    b = a.copy()
    b[44, 40] -= 500.0
    found = bragg_peaks(a, b, None, place)
    assert list(zip(found.slow.tolist(), found.fast.tolist(), strict=True)) == spots[::-1]
    # Above the slope: eight pixels of 50 and one of 1050, times the spot's number.
    assert found.a == pytest.approx([1450.0 * n for n in (4, 3, 2, 1)], rel=2e-3)
    assert found.ratio[0] == pytest.approx((4 * 1450 - 500) / (4 * 1450), rel=1e-3)
    assert found.ratio[1:] == pytest.approx([1.0] * 3)
    assert len(np.unique(found.hkl, axis=0)) == 4
    d = place.resolution_A(*place.rows(0, SHAPE[0]))
    for n, (slow, fast) in enumerate(spots[::-1]):
        assert found.d_A[n] == pytest.approx(d[slow, fast])


def test_the_indices_are_those_of_the_nearest_lattice_point() -> None:
    place = geometry("-phi 10 -osc 4 -phisteps 3")
    crystal = place.setup.crystal
    generator = np.random.default_rng(2)
    slow, fast = generator.uniform(0.0, 50.0, (2, 30))
    hkl, off = nearest_hkl(place, slow, fast)
    assert (off <= math.sqrt(0.75) + 1e-9).all()
    # The other way round: the lattice point at one of the angles, from the reciprocal cell.
    direction = np.stack(place.directions(slow, fast), axis=-1)
    q_per_A = (direction - place.incident) / place.wavelength_A
    misses = []
    for phi in crystal.phi_rad:
        w = crystal.spindle
        cross = np.array([[0, -w[2], w[1]], [w[2], 0, -w[0]], [-w[1], w[0], 0]])
        turn = np.eye(3) + np.sin(phi) * cross + (1 - np.cos(phi)) * cross @ cross
        point = hkl @ crystal.reciprocal_per_A @ turn.T
        back = (q_per_A - point) @ (turn @ (crystal.direct_m.T * 1e10))
        misses.append(np.linalg.norm(back, axis=-1))
    assert np.min(misses, axis=0) == pytest.approx(off, abs=1e-9)


def test_masked_and_broken_pixels_are_no_peaks_and_add_nothing() -> None:
    place = geometry()
    a, _ = spotted(place)
    keep = np.ones(SHAPE, dtype=np.bool_)
    keep[44, 40] = False
    broken = a.copy()
    broken[12, 14] = np.nan
    broken[45, 10] = np.inf
    found = bragg_peaks(broken, a, keep, place)
    pixels = set(zip(found.slow.tolist(), found.fast.tolist(), strict=True))
    assert (44, 40) not in pixels
    assert (12, 36) in pixels
    assert np.isfinite(found.a).all()
    # What is broken in one image is summed in neither.
    near = [n for n, (s, f) in enumerate(zip(found.slow, found.fast, strict=True)) if s < 20 > f]
    assert all(found.a[n] < 1000.0 for n in near)


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan, -3.0])
def test_a_constant_image_has_no_peak(value: float) -> None:
    image = np.full(SHAPE, value)
    found = bragg_peaks(image, image, None, geometry())
    assert len(found.slow) == len(found.hkl) == found.found == 0
    assert "No Bragg peak" in summary(found)
    assert all(len(column.values) == 0 for column in peak_columns(found))


def test_noise_alone_has_hardly_any_peak() -> None:
    image = np.random.default_rng(5).poisson(20.0, SHAPE).astype(np.float32)
    assert len(bragg_peaks(image, image, None, geometry()).slow) == 0


def test_a_box_at_the_corner_of_the_detector_is_summed_as_far_as_it_goes() -> None:
    windows = np.full((1, 2 * FRAME + 1, 2 * FRAME + 1), np.nan)
    windows[0, FRAME:, FRAME:] = 2.0
    windows[0, FRAME, FRAME] = 10.0
    assert box_sums(windows) == pytest.approx([8.0])
    assert np.isnan(box_sums(np.full_like(windows, np.nan))).all()
    assert BOX < FRAME


def test_the_list_of_peaks_reads_like_a_list() -> None:
    place = geometry()
    a, _ = spotted(place)
    found = bragg_peaks(a, a * 1.1, None, place)
    columns = peak_columns(found)
    assert len(columns) == len(TITLES)
    assert peak_text(TITLES.index("h"), -3.0) == "−3"
    assert peak_text(TITLES.index("Off by"), 0.1) == "10 %"
    assert peak_text(TITLES.index("d (Å)"), 5.4) == "5.400"
    assert peak_text(TITLES.index("B / A"), math.nan) == "—"
    assert "4 reflections" in summary(found)
    assert "ΣB / ΣA 1.1" in summary(found)
