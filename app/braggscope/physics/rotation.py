"""Rotations of vectors in the laboratory frame (spec section 0)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def dot(u: Vector, v: Vector) -> float:
    """Dot product summed in the order x, y, z (spec section 14)."""
    return float(u[0] * v[0] + u[1] * v[1] + u[2] * v[2])


def unit(v: Vector) -> Vector:
    """v over its length; the zero vector stays zero."""
    length = math.sqrt(dot(v, v))
    return v / length if length > 0.0 else v.copy()


def rotate_xyz(v: Vector, angles_rad: Sequence[float]) -> Vector:
    """ROT3: rotate v about lab x, then y, then z, right-handed. A zero angle is skipped."""
    x, y, z = (float(component) for component in v)
    about_x, about_y, about_z = angles_rad
    if about_x != 0.0:
        c, s = math.cos(about_x), math.sin(about_x)
        y, z = y * c - z * s, y * s + z * c
    if about_y != 0.0:
        c, s = math.cos(about_y), math.sin(about_y)
        x, z = x * c + z * s, -x * s + z * c
    if about_z != 0.0:
        c, s = math.cos(about_z), math.sin(about_z)
        x, y = x * c - y * s, x * s + y * c
    return np.array([x, y, z])


def rotate_axis(v: Vector, axis: Vector, angle_rad: float) -> Vector:
    """ROTA: rotate v about axis, which is used as given and never normalised (Rodrigues)."""
    c, s = math.cos(angle_rad), math.sin(angle_rad)
    along = dot(axis, v) * (1.0 - c)
    return np.array(axis * along + v * c + np.cross(axis, v) * s)
