"""Rotations of vectors in the laboratory frame (spec section 0)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.arrays import Array, cos, like, namespace, number, sin, stack

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def dot(u: Array, v: Array) -> Array:
    """Dot product of two (3,) vectors, summed in the order x, y, z (spec section 14)."""
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def cross(u: Array, v: Array) -> Array:
    """Right-handed cross product of two (3,) vectors."""
    return stack(
        u[1] * v[2] - u[2] * v[1],
        u[2] * v[0] - u[0] * v[2],
        u[0] * v[1] - u[1] * v[0],
    )


def length(v: Array) -> Array:
    """Length of a (3,) vector."""
    return namespace(v).sqrt(dot(v, v))


def unit(v: Array) -> Array:
    """v over its length; the zero vector stays zero."""
    size = dot(v, v)
    return v / namespace(v).sqrt(size) if number(size) > 0.0 else v * 1.0


def rotate_xyz(v: Array, angles_rad: Sequence[Array] | Array) -> Array:
    """ROT3: rotate v about lab x, then y, then z, right-handed, active.

    An angle of zero changes nothing, and still has a derivative.
    """
    x, y, z = v[0], v[1], v[2]
    about_x, about_y, about_z = (like(angle, v, *angles_rad) for angle in angles_rad)
    c, s = cos(about_x), sin(about_x)
    y, z = y * c - z * s, y * s + z * c
    c, s = cos(about_y), sin(about_y)
    x, z = x * c + z * s, -x * s + z * c
    c, s = cos(about_z), sin(about_z)
    x, y = x * c - y * s, x * s + y * c
    return stack(x, y, z)


def rotate_axis(v: Array, axis: Array, angle_rad: Array) -> Array:
    """ROTA: rotate v about axis, which is used as given and never normalised (Rodrigues)."""
    angle = like(angle_rad, v, axis)
    v, axis = like(v, axis, angle), like(axis, v, angle)
    c, s = cos(angle), sin(angle)
    along = axis * dot(axis, v) * (1.0 - c)
    return v * c + cross(axis, v) * s + along
