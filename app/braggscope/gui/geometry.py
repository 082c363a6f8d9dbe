"""Where a pixel looks in reciprocal space, for the status line. No Qt."""

from __future__ import annotations

import math

import numpy as np

from braggscope.api import Pixel
from braggscope.physics.resolution import geometry_of, two_theta_rad
from braggscope.physics.setup import Setup


def resolution_at(setup: Setup, pixel: Pixel) -> tuple[float, float]:
    """(d in Å, 2θ in degrees) at the middle of a pixel; d is infinite in the direct beam."""
    geometry = geometry_of(setup)
    if geometry is None:
        return math.nan, math.nan
    middle = np.array(pixel.slow + 0.5), np.array(pixel.fast + 0.5)
    two_theta = float(two_theta_rad(geometry, *middle))
    sine = math.sin(two_theta / 2)
    wavelength = geometry.wavelength_m * 1e10
    return (wavelength / (2 * sine) if sine > 0 else math.inf, math.degrees(two_theta))
