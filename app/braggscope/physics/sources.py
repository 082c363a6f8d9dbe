"""Point sources of the beam: divergence, dispersion and source files (spec 3.6 and 7)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.arrays import Array, like
from braggscope.physics.rotation import Matrix, Vector, cross, rotate_axis, unit

#: Distance from which sources shine, m; only their direction counts.
SOURCE_DISTANCE_M = 10.0
#: Stands for a count that no integer holds.
_MORE_THAN_ANY = 1e9


@dataclass(frozen=True)
class Grid:
    """Equidistant values: how many, over which range, in which step."""

    count: int
    range: float
    step: float


def resolve_grid(count: int | None, extent: float | None, step: float | None) -> Grid:
    """nanoBragg's rule for divergence and dispersion (spec 3.6); None is "not given".

    A range alone gives two values (Q20, Q22); a count alone means a range of 1.
    """
    step = None if step is not None and step <= 0.0 else step
    if count is None:
        grid = _grid_without_count(extent, step)
    elif extent is None:
        grid = Grid(count, 1.0, 1.0 / count) if step is None else Grid(2, step, step)
    elif step is None:
        count = max(count, 2)
        grid = Grid(count, extent, extent / (count - 1))
    else:
        grid = Grid(count, extent, step)
    if grid.range <= 0.0 or grid.step <= 0.0 or grid.count <= 0:
        return Grid(1, 0.0, 0.0)
    return grid


def _grid_without_count(extent: float | None, step: float | None) -> Grid:
    if extent is None:
        return Grid(1, 0.0, 0.0) if step is None else Grid(2, step, step)
    if step is None:
        return Grid(2, extent, extent)
    return Grid(math.ceil(min(extent / step, _MORE_THAN_ANY)), extent, step)


@dataclass(frozen=True, eq=False)
class Sources:
    """Point sources as the physics takes them.

    Attributes:
        direction: (sources, 3) unit vectors from the sample towards the source.
        wavelength_factor: (sources,) times the central wavelength.
        wavelength_fixed_m: (sources,) a wavelength of its own, NaN where the factor counts.
        weight: (sources,) relative strength; nanoBragg ignores it (Q23).
    """

    direction: Matrix
    wavelength_factor: NDArray[np.float64]
    wavelength_fixed_m: NDArray[np.float64]
    weight: NDArray[np.float64]

    def wavelengths_m(self, central_m: Array) -> Array:
        """(sources,) wavelengths for a central wavelength, m; follows it where it may."""
        fixed = ~np.isnan(self.wavelength_fixed_m)
        if not fixed.any():
            return like(self.wavelength_factor, central_m) * central_m
        own = np.where(fixed, self.wavelength_fixed_m, 0.0)
        follows = np.where(fixed, 0.0, self.wavelength_factor)
        return like(own, central_m) + like(follows, central_m) * central_m


def grid_sources(
    horizontal: Grid,
    vertical: Grid,
    dispersion: Grid,
    beam: Vector,
    polarization_axis: Vector,
    is_round: bool,
) -> Sources:
    """Sources on a grid of directions and wavelengths (spec 7.2); there may be none (Q20)."""
    upright = unit(cross(beam, polarization_axis))
    factors = [1.0 + dispersion.step * i - dispersion.range / 2.0 for i in range(dispersion.count)]
    directions = [
        unit(
            rotate_axis(
                rotate_axis(-SOURCE_DISTANCE_M * beam, polarization_axis, v_angle), upright, h_angle
            )
        )
        for h_angle, v_angle in _angles(horizontal, vertical, is_round)
    ]
    count = len(directions) * len(factors)
    return Sources(
        np.repeat(np.array(directions).reshape(-1, 3), len(factors), axis=0),
        np.tile(np.array(factors), len(directions)),
        np.full(count, np.nan),
        np.ones(count),
    )


def _angles(horizontal: Grid, vertical: Grid, is_round: bool) -> list[tuple[float, float]]:
    """Pairs of angles inside the ellipse; the cut does nothing where a range is 0 (Q21)."""
    angles = []
    for i in range(horizontal.count):
        for j in range(vertical.count):
            h = horizontal.step * i - horizontal.range / 2.0
            v = vertical.step * j - vertical.range / 2.0
            if is_round and 4.0 * _ellipse(h, horizontal, v, vertical) > 1.1:
                continue
            angles.append((h, v))
    return angles


def _ellipse(h: float, horizontal: Grid, v: float, vertical: Grid) -> float:
    if horizontal.range == 0.0 or vertical.range == 0.0:
        return math.nan
    h_part = h * h - horizontal.step * horizontal.step / 4.0 * (1.0 - horizontal.count % 2)
    v_part = v * v - vertical.step * vertical.step / 4.0 * (1.0 - vertical.count % 2)
    return h_part / horizontal.range / horizontal.range + v_part / vertical.range / vertical.range


def listed_sources(rows: Sequence[Sequence[float | None]], beam: Vector) -> Sources:
    """Sources of a file (spec 7.1).

    Args:
        rows: x, y, z, weight, wavelength in m of each; None where the column is missing.
        beam: b, unit vector.
    """
    towards = np.array(
        [
            [-SOURCE_DISTANCE_M * float(beam[i]) if row[i] is None else row[i] for i in range(3)]
            for row in rows
        ],
        dtype=np.float64,
    )
    return Sources(
        np.array([unit(vector) for vector in towards]).reshape(-1, 3),
        np.ones(len(rows)),
        np.array([np.nan if row[4] is None else row[4] for row in rows], dtype=np.float64),
        np.array([1.0 if row[3] is None else row[3] for row in rows], dtype=np.float64),
    )
