"""Where a pixel looks in reciprocal space, for the status line. No Qt."""

from __future__ import annotations

import math

import numpy as np

from braggscope.api import Pixel
from braggscope.physics.places import reciprocal_at, scattering_per_A
from braggscope.physics.resolution import geometry_of, two_theta_rad
from braggscope.physics.setup import Setup


def miller_at(setup: Setup, pixel: Pixel) -> tuple[float, ...]:
    """Fractional h, k, l at the middle of a pixel, in the middle of the spindle's range.

    Nothing where there is no source.
    """
    if not len(setup.beam.wavelength_m):
        return ()
    point = np.array([[pixel.slow + 0.5, pixel.fast + 0.5]])
    phi = setup.crystal.phi_rad
    reciprocal = reciprocal_at(setup.crystal, float(phi.mean()) if phi.size else 0.0)
    h, k, l = scattering_per_A(setup, point)[0] @ np.linalg.inv(reciprocal)  # noqa: E741
    return float(h), float(k), float(l)


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
