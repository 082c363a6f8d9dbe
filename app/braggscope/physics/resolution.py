"""Scattering angle and resolution of places on the detector."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.setup import Setup

_Vector = tuple[float, float, float]
_Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScatteringGeometry:
    """What the resolution of a pixel depends on; plain numbers, so that it can be sent.

    Attributes:
        pixel_m: edge of a pixel.
        fast, slow: the detector's axes, unit vectors in the lab frame.
        pix0_m: the corner of the first pixel.
        beam: along which the distance is measured.
        distance_m: radius of a curved detector.
        curved: whether pixels are bent about the sample (spec Q15).
        incident: direction of the first source's beam.
        wavelength_m: the first source's.
    """

    pixel_m: float
    fast: _Vector
    slow: _Vector
    pix0_m: _Vector
    beam: _Vector
    distance_m: float
    curved: bool
    incident: _Vector
    wavelength_m: float


def geometry_of(setup: Setup) -> ScatteringGeometry | None:
    """The geometry of a set-up; None where there is no source."""
    detector, beam = setup.detector, setup.beam
    if not len(beam.wavelength_m):
        return None
    return ScatteringGeometry(
        pixel_m=detector.pixel_m,
        fast=_vector(detector.fast),
        slow=_vector(detector.slow),
        pix0_m=_vector(detector.pix0_m),
        beam=_vector(beam.direction),
        distance_m=detector.distance_m,
        curved=detector.curved,
        incident=_vector(beam.incident[0]),
        wavelength_m=float(beam.wavelength_m[0]),
    )


def two_theta_rad(geometry: ScatteringGeometry, slow: _Array, fast: _Array) -> _Array:
    """Scattering angle at places (slow, fast) in pixels, whose middles end in .5.

    Args:
        slow, fast: of shapes that go together; the result has their common shape.
    """
    on_slow = np.asarray(slow, np.float64) * geometry.pixel_m
    on_fast = np.asarray(fast, np.float64) * geometry.pixel_m
    axes = zip(geometry.pix0_m, geometry.slow, geometry.fast, strict=True)
    place = [corner + on_slow * s + on_fast * f for corner, s, f in axes]
    if geometry.curved:
        place = _bent(geometry, place)
    x, y, z = geometry.incident
    along = place[0] * x + place[1] * y + place[2] * z
    across = (
        (y * place[2] - z * place[1]) ** 2
        + (z * place[0] - x * place[2]) ** 2
        + (x * place[1] - y * place[0]) ** 2
    )
    angle: _Array = np.arctan2(np.sqrt(across), along)
    return angle


def resolution_A(geometry: ScatteringGeometry, slow: _Array, fast: _Array) -> _Array:
    """d = λ / 2 sin θ at places as in `two_theta_rad`; infinite in the direct beam."""
    sine = np.sin(two_theta_rad(geometry, slow, fast) / 2.0)
    with np.errstate(divide="ignore"):
        found: _Array = geometry.wavelength_m * 1e10 / (2.0 * sine)
    return found


def _bent(geometry: ScatteringGeometry, flat: list[_Array]) -> list[_Array]:
    """Flat places bent about the sample: turned by their lab y and z (spec 4.5)."""
    radius = geometry.distance_m
    straight = [np.full(flat[1].shape, radius * part) for part in geometry.beam]
    once = _turned(straight, geometry.slow, flat[1] / radius)
    return _turned(once, geometry.fast, flat[2] / radius)


def _turned(vectors: list[_Array], axis: _Vector, angle_rad: _Array) -> list[_Array]:
    """Vectors turned about a unit axis, each by its own angle."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    (x, y, z), (u, v, w) = vectors, axis
    along = (u * x + v * y + w * z) * (1.0 - c)
    return [
        u * along + x * c + (v * z - w * y) * s,
        v * along + y * c + (w * x - u * z) * s,
        w * along + z * c + (u * y - v * x) * s,
    ]


def _vector(values: NDArray[np.float64]) -> _Vector:
    x, y, z = (float(value) for value in values)
    return (x, y, z)
