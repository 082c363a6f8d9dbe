"""Where pixels look, and which pixels look somewhere: maps between the detector and directions.

Points are (slow, fast) in pixels from the detector's corner; pixel n covers [n, n+1].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.setup import Crystal, Detector, Setup

Points = NDArray[np.float64]
_NEWTON_STEPS = 8
_AROUND = np.linspace(0.0, 2.0 * np.pi, 361)


def positions(detector: Detector, points: Points) -> Points:
    """(n, 3) places of (n, 2) points in the lab, m, at the sensor's face (spec 4.5)."""
    edge = detector.pixel_m
    return np.asarray(
        detector.pix0_m
        + points[:, 1:2] * edge * detector.fast
        + points[:, 0:1] * edge * detector.slow
    )


def curved_positions(setup: Setup, points: Points) -> Points:
    """As `positions`, bent about the sample where the detector is curved (spec 4.5, Q15)."""
    detector = setup.detector
    flat = positions(detector, points)
    if not detector.curved:
        return flat
    straight = np.broadcast_to(detector.distance_m * setup.beam.direction, flat.shape)
    bent = _turned(straight, detector.slow, flat[:, 1] / detector.distance_m)
    return _turned(bent, detector.fast, flat[:, 2] / detector.distance_m)


def directions(setup: Setup, points: Points) -> Points:
    """(n, 3) unit vectors from the sample towards (n, 2) points."""
    found = curved_positions(setup, points)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def scattering_per_A(setup: Setup, points: Points) -> Points:
    """(n, 3) scattering vectors (d − k)/λ of the first source, 1/Å."""
    wavelength_A = float(setup.beam.wavelength_m[0]) * 1e10
    return np.asarray((directions(setup, points) - setup.beam.incident[0]) / wavelength_A)


def points_towards(setup: Setup, towards: Points) -> Points:
    """(n, 2) points that (n, 3) unit vectors from the sample meet; NaN where they meet none."""
    detector = setup.detector
    normal = np.cross(detector.fast, detector.slow)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = (detector.pix0_m @ normal) / (towards @ normal)
        away = np.where(away > 0, away, np.nan)
        offset = towards * away[:, np.newaxis] - detector.pix0_m
    flat = np.stack([offset @ detector.slow, offset @ detector.fast], axis=1) / detector.pixel_m
    return _on_curve(setup, towards, flat) if detector.curved else flat


def _on_curve(setup: Setup, towards: Points, guess: Points) -> Points:
    """Newton's method on the two components across the wanted direction."""
    side = np.cross(towards, np.where(abs(towards[:, :1]) < 0.9, [1.0, 0, 0], [0, 1.0, 0]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    across = np.stack([side, np.cross(towards, side)], axis=1)
    points = guess
    for _ in range(_NEWTON_STEPS):
        here = directions(setup, points)
        miss = np.einsum("nij,nj->ni", across, here)
        slopes = [
            np.einsum("nij,nj->ni", across, directions(setup, points + step) - here)
            for step in np.eye(2)
        ]
        matrix = np.stack(slopes, axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            points = points - _solved(matrix, miss)
    close = np.linalg.norm(directions(setup, points) - towards, axis=1) < 1e-6
    return np.where(close[:, np.newaxis], points, np.nan)


def _solved(matrix: Points, right: Points) -> Points:
    (a, b), (c, d) = (matrix[:, 0, 0], matrix[:, 0, 1]), (matrix[:, 1, 0], matrix[:, 1, 1])
    scale = a * d - b * c
    found = [d * right[:, 0] - b * right[:, 1], a * right[:, 1] - c * right[:, 0]]
    return np.stack(found, axis=1) / scale[:, np.newaxis]


def beam_centre(setup: Setup) -> tuple[float, float] | None:
    """(slow, fast) where the direct beam of the first source meets the detector."""
    if not len(setup.beam.incident):
        return None
    slow, fast = points_towards(setup, np.asarray(setup.beam.incident[:1]))[0]
    return (float(slow), float(fast)) if np.isfinite(slow + fast) else None


def ring(setup: Setup, d_A: float) -> Points:
    """(361, 2) points of resolution d around the first source's beam; none where λ > 2d."""
    sine = float(setup.beam.wavelength_m[0]) * 1e10 / (2.0 * d_A)
    if not 0.0 < sine <= 1.0:
        return np.empty((0, 2))
    two_theta = 2.0 * np.arcsin(sine)
    beam = setup.beam.incident[0]
    side = np.cross(beam, [1.0, 0.0, 0.0] if abs(beam[0]) < 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    other = np.cross(beam, side)
    around = np.cos(_AROUND)[:, np.newaxis] * side + np.sin(_AROUND)[:, np.newaxis] * other
    return points_towards(setup, np.cos(two_theta) * beam + np.sin(two_theta) * around)


def reciprocal_at(crystal: Crystal, phi_rad: float) -> Points:
    """(3, 3) rows a*, b*, c*, 1/Å, with the spindle at an angle."""
    return _turned(crystal.reciprocal_per_A, crystal.spindle, np.full(3, phi_rad))


def _turned(vectors: Points, axis: Points, angle_rad: NDArray[np.float64]) -> Points:
    """Vectors (n, 3) about one axis by (n,) angles."""
    cos, sin = np.cos(angle_rad)[:, np.newaxis], np.sin(angle_rad)[:, np.newaxis]
    along = (vectors @ axis)[:, np.newaxis] * axis
    return np.asarray(along * (1 - cos) + vectors * cos + np.cross(axis, vectors) * sin)
