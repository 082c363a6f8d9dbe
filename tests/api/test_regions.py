"""Which pixels a region holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.api import (
    Ellipse,
    ImageRegion,
    InvalidInput,
    Masked,
    Pixel,
    Rectangle,
    Run,
    Shell,
    pixels_of,
)
from braggscope.experiment import Experiment
from braggscope.gui.geometry import resolution_at
from braggscope.physics.resolution import geometry_of, resolution_A

SHAPE = (12, 15)
PLACES = st.floats(-20, 20)
SIZES = st.floats(0.01, 30)
FLAGS = (
    "-cell 100 100 100 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 20 -pixel 1"
    " -detpixels_x 40 -detpixels_y 30"
)


def middles() -> tuple[np.ndarray, np.ndarray]:
    slow, fast = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    return slow, fast


@given(PLACES, PLACES, SIZES, SIZES)
def test_rectangles_hold_pixels_by_their_middles(
    slow: float, fast: float, height: float, width: float
) -> None:
    s, f = middles()
    expected = (s >= slow) & (s < slow + height) & (f >= fast) & (f < fast + width)
    shape = Rectangle(slow=slow, fast=fast, height=height, width=width)
    assert np.array_equal(pixels_of(shape, SHAPE), expected)


@given(PLACES, PLACES, SIZES, SIZES)
def test_ellipses_hold_pixels_by_their_middles(
    slow: float, fast: float, half_height: float, half_width: float
) -> None:
    s, f = middles()
    expected = ((s - slow) / half_height) ** 2 + ((f - fast) / half_width) ** 2 < 1
    shape = Ellipse(slow=slow, fast=fast, half_height=half_height, half_width=half_width)
    assert np.array_equal(pixels_of(shape, SHAPE), expected)


def test_the_masks_complement() -> None:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[3, 4] = True
    assert np.array_equal(pixels_of(Masked(), SHAPE, mask=mask), mask)
    assert not pixels_of(Masked(), SHAPE).any()


@pytest.mark.parametrize("more", ["", "-curved_det -nonoise", "-detector_rotx 5 -twotheta 12"])
def test_shells_follow_the_resolution_of_the_set_up(more: str) -> None:
    experiment = Experiment.from_nanobragg(f"{FLAGS} {more}".split())
    setup = Run(experiment=experiment, engine="x").setup
    geometry = geometry_of(setup)
    assert geometry is not None
    image_shape = setup.detector.shape
    shells = [
        Shell(d_min_A=0.0, d_max_A=1.5), Shell(d_min_A=1.5, d_max_A=2.5),
        Shell(d_min_A=2.5, d_max_A=math.inf),
    ]  # fmt: skip
    found = [pixels_of(shell, image_shape, geometry) for shell in shells]
    assert (np.sum(found, axis=0) == 1).all()
    for pixel in (Pixel(0, 0), Pixel(15, 20), Pixel(29, 39)):
        resolution, _ = resolution_at(setup, pixel)
        number = 0 if resolution < 1.5 else 1 if resolution < 2.5 else 2
        assert found[number][pixel]


def test_a_curved_detector_keeps_its_distance() -> None:
    flat = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="x").setup
    said = f"{FLAGS} -curved_det -nonoise".split()
    bent = Run(experiment=Experiment.from_nanobragg(said), engine="x").setup
    places = np.array([0.5]), np.array([0.5])
    there = [resolution_A(geometry_of(setup), *places)[0] for setup in (flat, bent)]
    # On a sphere the corner lies at a larger angle than on the plane that touches it.
    assert there[1] < there[0]


def test_an_endless_shell_survives_json() -> None:
    region = ImageRegion(name="inner", shape=Shell(d_min_A=3.0, d_max_A=math.inf))
    assert ImageRegion.model_validate_json(region.model_dump_json()) == region


def test_a_shell_without_geometry_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not known"):
        pixels_of(Shell(d_min_A=1, d_max_A=2), SHAPE)
