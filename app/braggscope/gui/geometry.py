"""Where a pixel looks in reciprocal space, for the status line. No Qt."""

from __future__ import annotations

import math

import numpy as np

from braggscope.api import Pixel
from braggscope.physics.places import reciprocal_at, scattering_per_A
from braggscope.physics.setup import Setup


def miller_at(setup: Setup, pixel: Pixel) -> tuple[float, float, float]:
    """Fractional h, k, l at the middle of a pixel, in the middle of the spindle's range."""
    point = np.array([[pixel.slow + 0.5, pixel.fast + 0.5]])
    phi = setup.crystal.phi_rad
    reciprocal = reciprocal_at(setup.crystal, float(phi.mean()) if phi.size else 0.0)
    h, k, l = scattering_per_A(setup, point)[0] @ np.linalg.inv(reciprocal)  # noqa: E741
    return float(h), float(k), float(l)


def resolution_at(setup: Setup, pixel: Pixel) -> tuple[float, float]:
    """(d in Å, 2θ in degrees) at the middle of a pixel; d is infinite in the direct beam."""
    detector = setup.detector
    place = (
        detector.pix0_m
        + (pixel.fast + 0.5) * detector.pixel_m * detector.fast
        + (pixel.slow + 0.5) * detector.pixel_m * detector.slow
    )
    incident = setup.beam.incident[0]
    across = float(np.linalg.norm(np.cross(incident, place)))
    two_theta = math.atan2(across, float(np.dot(incident, place)))
    sine = math.sin(two_theta / 2)
    wavelength = float(setup.beam.wavelength_m[0]) * 1e10
    return (wavelength / (2 * sine) if sine > 0 else math.inf, math.degrees(two_theta))
