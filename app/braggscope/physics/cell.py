"""Unit cell and orientation (spec section 5), in Ångström and 1/Ångström."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from braggscope.physics.rotation import Matrix, Vector, dot, rotate_xyz

_SMALLEST_NORMAL = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class CellParameters:
    """Lengths in Å, angles in radians."""

    a: float
    b: float
    c: float
    alpha: float
    beta: float
    gamma: float


@dataclass(frozen=True, eq=False)
class Lattice:
    """The oriented crystal lattice at phi = 0.

    Attributes:
        direct: (3, 3) float64, rows a, b, c, Å, lab frame.
        reciprocal: (3, 3) float64, rows a*, b*, c*, 1/Å, lab frame.
        volume: V, Å³ (negative for a left-handed matrix).
    """

    direct: Matrix
    reciprocal: Matrix
    volume: float

    @property
    def reciprocal_volume(self) -> float:
        """V* = 1/V, 1/Å³."""
        return 1.0 / self.volume


def _clip_cosine(value: float) -> float:
    """A cosine beyond ±1 becomes +1: the sign is lost (spec Q33)."""
    return 1.0 if abs(value) > 1.0 else value


def cell_volume(cell: CellParameters) -> float:
    """V of a cell, Å³ (spec 5.1)."""
    s = (cell.alpha + cell.beta + cell.gamma) / 2.0
    skew = abs(
        math.sin(s) * math.sin(s - cell.alpha) * math.sin(s - cell.beta) * math.sin(s - cell.gamma)
    )
    volume = 2.0 * cell.a * cell.b * cell.c * math.sqrt(skew)
    return volume if volume > 0.0 else _SMALLEST_NORMAL


def reciprocal_from_cell(cell: CellParameters) -> Matrix:
    """Default orientation of the reciprocal cell: a* along x, b* in the xy plane (spec 5.1).

    Returns:
        (3, 3) rows a*, b*, c* in 1/Å.
    """
    volume = cell_volume(cell)
    star_volume = 1.0 / volume
    a_star = cell.b * cell.c * math.sin(cell.alpha) * star_volume
    b_star = cell.c * cell.a * math.sin(cell.beta) * star_volume
    c_star = cell.a * cell.b * math.sin(cell.gamma) * star_volume
    sin_gamma_star = max(-1.0, min(1.0, cell.c * star_volume / a_star / b_star))
    cos_al, cos_be, cos_ga = (math.cos(x) for x in (cell.alpha, cell.beta, cell.gamma))
    sin_al, sin_be, sin_ga = (math.sin(x) for x in (cell.alpha, cell.beta, cell.gamma))
    cos_alpha_star = _clip_cosine((cos_be * cos_ga - cos_al) / (sin_be * sin_ga))
    cos_beta_star = _clip_cosine((cos_ga * cos_al - cos_be) / (sin_ga * sin_al))
    cos_gamma_star = _clip_cosine((cos_al * cos_be - cos_ga) / (sin_al * sin_be))
    return np.array(
        [
            [a_star, 0.0, 0.0],
            [b_star * cos_gamma_star, b_star * sin_gamma_star, 0.0],
            [
                c_star * cos_beta_star,
                c_star * (cos_alpha_star - cos_beta_star * cos_gamma_star) / sin_gamma_star,
                c_star * volume / (cell.a * cell.b * cell.c * sin_gamma_star),
            ],
        ]
    )


def reciprocal_from_matrix(rows: Sequence[Sequence[float]], wavelength_m: float) -> Matrix:
    """A MOSFLM A-matrix freed of its wavelength (spec 5.2).

    Args:
        rows: 3 × 3 numbers as in the file: row x = a*x b*x c*x, then y, then z.
        wavelength_m: central wavelength, m.

    Returns:
        (3, 3) rows a*, b*, c* in 1/Å.
    """
    return np.array(np.asarray(rows, dtype=np.float64).T * (1e-10 / wavelength_m))


def misset(reciprocal: Matrix, angles_rad: Sequence[float]) -> Matrix:
    """Rotate a*, b*, c* about the lab axes x, y, z in turn (spec 5.4)."""
    return np.stack([rotate_xyz(row, angles_rad) for row in reciprocal])


def lattice_from_reciprocal(reciprocal: Matrix, user_cell: CellParameters | None) -> Lattice:
    """Direct cell of a reciprocal one, and the reciprocal one made anew from it (spec 5.5).

    With user_cell the direct vectors keep their directions and take its lengths (spec Q32).
    """
    a_star, b_star, c_star = reciprocal
    crosses = [np.cross(b_star, c_star), np.cross(c_star, a_star), np.cross(a_star, b_star)]
    star_volume = dot(a_star, crosses[0])
    if user_cell is not None:
        volume = cell_volume(user_cell)
        lengths = (user_cell.a, user_cell.b, user_cell.c)
        crosses = [
            _rescaled(vector, length / volume)
            for vector, length in zip(crosses, lengths, strict=True)
        ]
        star_volume = 1.0 / volume
    volume = 1.0 / star_volume
    a, b, c = (vector * volume for vector in crosses)
    regenerated = [np.cross(b, c), np.cross(c, a), np.cross(a, b)]
    return Lattice(
        direct=np.stack([a, b, c]),
        reciprocal=np.stack([vector * star_volume for vector in regenerated]),
        volume=volume,
    )


def _rescaled(vector: Vector, length: float) -> Vector:
    """vector brought to a length; a zero vector counts as one of length 1."""
    norm = math.sqrt(dot(vector, vector))
    return vector * (length / norm if norm > 0.0 else length)
