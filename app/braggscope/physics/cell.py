"""Unit cell and orientation (spec section 5), in Ångström and 1/Ångström.

Functions take NumPy arrays or torch tensors; see `braggscope.physics.arrays`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from braggscope.physics.arrays import Array, cos, like, namespace, number, sin, stack
from braggscope.physics.rotation import cross, dot, rotate_xyz

_SMALLEST_NORMAL = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Lattice:
    """The oriented crystal lattice at phi = 0.

    Attributes:
        direct: (3, 3) float64, rows a, b, c, Å, lab frame.
        reciprocal: (3, 3) float64, rows a*, b*, c*, 1/Å, lab frame.
        volume: V, Å³ (negative for a left-handed matrix).
    """

    direct: Array
    reciprocal: Array
    volume: Array

    @property
    def reciprocal_volume(self) -> Array:
        """V* = 1/V, 1/Å³."""
        return 1.0 / self.volume


def _clip_cosine(value: Array) -> Array:
    """A cosine beyond ±1 becomes +1: the sign is lost (spec Q33)."""
    return namespace(value).ones_like(value) if abs(number(value)) > 1.0 else value


def _positive(value: Array) -> Array:
    """A length that came out negative is turned round, zero becomes the smallest number (5.1)."""
    value = abs(value)
    return value if number(value) > 0.0 else value * 0.0 + _SMALLEST_NORMAL


def cell_volume(cell: Array) -> Array:
    """V of a cell, Å³ (spec 5.1).

    Args:
        cell: (6,) a, b, c in Å, alpha, beta, gamma in radians.
    """
    xp = namespace(cell)
    a, b, c, alpha, beta, gamma = (cell[i] for i in range(6))
    s = (alpha + beta + gamma) / 2.0
    skew = abs(sin(s) * sin(s - alpha) * sin(s - beta) * sin(s - gamma))
    volume = 2.0 * a * b * c * xp.sqrt(skew)
    return volume if number(volume) > 0.0 else volume * 0.0 + _SMALLEST_NORMAL


def reciprocal_from_cell(cell: Array) -> Array:
    """Default orientation of the reciprocal cell: a* along x, b* in the xy plane (spec 5.1).

    Args:
        cell: (6,) a, b, c in Å, alpha, beta, gamma in radians.

    Returns:
        (3, 3) rows a*, b*, c* in 1/Å.
    """
    a, b, c = cell[0], cell[1], cell[2]
    cos_al, cos_be, cos_ga = (cos(cell[i]) for i in (3, 4, 5))
    sin_al, sin_be, sin_ga = (sin(cell[i]) for i in (3, 4, 5))
    volume = cell_volume(cell)
    star_volume = 1.0 / volume
    a_star = _positive(b * c * sin_al * star_volume)
    b_star = _positive(c * a * sin_be * star_volume)
    c_star = _positive(a * b * sin_ga * star_volume)
    sin_gamma_star = _clipped(c * star_volume / a_star / b_star)
    cos_alpha_star = _clip_cosine((cos_be * cos_ga - cos_al) / (sin_be * sin_ga))
    cos_beta_star = _clip_cosine((cos_ga * cos_al - cos_be) / (sin_ga * sin_al))
    cos_gamma_star = _clip_cosine((cos_al * cos_be - cos_ga) / (sin_al * sin_be))
    zero = a_star * 0.0
    return stack(
        stack(a_star, zero, zero),
        stack(b_star * cos_gamma_star, b_star * sin_gamma_star, zero),
        stack(
            c_star * cos_beta_star,
            c_star * (cos_alpha_star - cos_beta_star * cos_gamma_star) / sin_gamma_star,
            c_star * volume / (a * b * c * sin_gamma_star),
        ),
    )


def _clipped(sine: Array) -> Array:
    """A sine kept within ±1; rounding past 1 costs the derivative nothing but its last bits."""
    if number(sine) > 1.0:
        return sine / number(sine)
    return sine / -number(sine) if number(sine) < -1.0 else sine


def reciprocal_from_matrix(rows: Array, wavelength_m: Array) -> Array:
    """A MOSFLM A-matrix freed of its wavelength (spec 5.2).

    Args:
        rows: (3, 3) numbers as in the file: row x = a*x b*x c*x, then y, then z.
        wavelength_m: central wavelength, m.

    Returns:
        (3, 3) rows a*, b*, c* in 1/Å.
    """
    return like(rows, wavelength_m).T * (1e-10 / wavelength_m)


def misset(reciprocal: Array, angles_rad: Array) -> Array:
    """Rotate a*, b*, c* about the lab axes x, y, z in turn (spec 5.4)."""
    return stack(*(rotate_xyz(reciprocal[i], angles_rad) for i in range(3)))


def lattice_from_reciprocal(reciprocal: Array, user_cell: Array | None) -> Lattice:
    """Direct cell of a reciprocal one, and the reciprocal one made anew from it (spec 5.5).

    With user_cell, (6,) Å and radians, the direct vectors keep their directions and take its
    lengths (spec Q32).
    """
    a_star, b_star, c_star = (reciprocal[i] for i in range(3))
    crosses = [cross(b_star, c_star), cross(c_star, a_star), cross(a_star, b_star)]
    star_volume = dot(a_star, crosses[0])
    if user_cell is not None:
        volume = cell_volume(user_cell)
        crosses = [_rescaled(crosses[i], user_cell[i] / volume) for i in range(3)]
        star_volume = 1.0 / volume
    volume = 1.0 / star_volume
    a, b, c = (vector * volume for vector in crosses)
    regenerated = [cross(b, c), cross(c, a), cross(a, b)]
    return Lattice(
        direct=stack(a, b, c),
        reciprocal=stack(*(vector * star_volume for vector in regenerated)),
        volume=volume,
    )


def _rescaled(vector: Array, size: Array) -> Array:
    """vector brought to a length; a zero vector counts as one of length 1."""
    square = dot(vector, vector)
    norm = namespace(vector).sqrt(square) if number(square) > 0.0 else 1.0
    return vector * (size / norm)
