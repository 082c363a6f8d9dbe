"""A flat panel, given by corner and axes, in our terms; and polarisation in DIALS' terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.numbers import exact_unit, triple
from braggscope.physics.rotation import Vector

#: A panel nearer to the sample than this holds no image, mm.
_SMALLEST_DISTANCE_MM = 1e-6


def panel_fields(fast: Vector, slow: Vector, origin_mm: Vector, beam: Vector) -> dict[str, Any]:
    """Detector fields whose corner vector pix0 is the panel's origin (spec 4.3).

    Convention CUSTOM with the given axes and the pivot "sample", no rotations: then
    pix0 = -F f - S s + D o, a linear equation for the nearest point (F, S) and the distance D
    along the normal. o is fast × slow, turned round where it would point to the sample.

    Args:
        fast, slow: (3,) axes of the panel, lab frame.
        origin_mm: (3,) from the sample to the outer corner of the first pixel, mm.
        beam: (3,) direction in which the photons travel.
    """
    fast, slow = fast / np.linalg.norm(fast), slow / np.linalg.norm(slow)
    normal = np.cross(fast, slow)
    if np.linalg.norm(normal) < 1e-3:
        raise InvalidInput("the panel's fast and slow axis are parallel")
    if float(origin_mm @ normal) < 0.0:
        normal = -normal
    normal = exact_unit(normal)
    near_fast, near_slow, distance = np.linalg.solve(
        np.column_stack([-fast, -slow, normal]), origin_mm
    ).tolist()
    if distance < _SMALLEST_DISTANCE_MM:
        raise InvalidInput("the panel's plane goes through the sample")
    fields = {
        "convention": "custom",
        "pivot": "sample",
        "fast_axis": triple(fast),
        "slow_axis": triple(slow),
        "normal_axis": triple(normal),
        "beam_x_mm": near_fast,
        "beam_y_mm": near_slow,
        "close_distance_mm": distance,
    }
    ratio = abs(float(normal @ beam) / float(np.linalg.norm(beam)))
    if ratio > 1e-6:  # For the reader's eyes: the distance along the normal counts.
        fields["distance_mm"] = distance / ratio
    return fields


def kahn_of(fraction: float) -> float:
    """Kahn factor K of a polarisation fraction f: K = 2f - 1.

    DIALS and XDS: P = (1 - 2f)(1 - (n·d)²) + f(1 + (k·d)²), n the normal of the polarisation plane.
    nanoBragg: P = ½(1 + c² - K cos 2ψ (1 - c²)), c = k·d, ψ from the axis p (spec 9.3). For n
    perpendicular to k and p = n × k the two are the same function of d when K = 2f - 1.
    """
    return 2.0 * fraction - 1.0


def fraction_of(kahn: float) -> float:
    """Polarisation fraction of a Kahn factor."""
    return (kahn + 1.0) / 2.0


def axis_of_normal(normal: Vector, beam: Vector) -> Vector:
    """The Kahn factor's axis p = n × k from the normal of the polarisation plane.

    Raises:
        InvalidInput: the normal lies along the beam.
    """
    axis = np.cross(normal, beam)
    length = np.linalg.norm(axis)
    if length < 1e-6 * np.linalg.norm(normal) * np.linalg.norm(beam):
        raise InvalidInput("the polarisation normal lies along the beam")
    return axis / length


def normal_of_axis(axis: Vector, beam: Vector) -> Vector:
    """The normal n = k × p of the polarisation plane (n × k is p where p is perpendicular to k)."""
    normal = np.cross(beam, axis)
    length = np.linalg.norm(normal)
    return normal / length if length > 0 else normal
