"""How finely the experiment is sampled: phi steps and sub-pixels (spec 3.5 and 3.9)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.constants import radians


@dataclass(frozen=True)
class PhiScan:
    """A spindle rotation; all angles in radians."""

    start_rad: float
    range_rad: float
    step_rad: float
    steps: int

    @property
    def phi_rad(self) -> NDArray[np.float64]:
        """(steps,) spindle angle at the start of each step."""
        return self.start_rad + self.step_rad * np.arange(self.steps, dtype=np.float64)


def resolve_phi(
    start_rad: float, range_rad: float | None, step_rad: float | None, steps: int | None
) -> PhiScan:
    """nanoBragg's choice of range, step and count (spec 3.5); None is "not given"."""
    if steps is None:
        if step_rad is not None and step_rad <= 0.0:
            step_rad = None
        if range_rad is None:
            if step_rad is None:
                return PhiScan(start_rad, 0.0, 0.0, 1)
            return PhiScan(start_rad, step_rad, step_rad, 2)
        if step_rad is None:
            return PhiScan(start_rad, range_rad, range_rad / 2.0, 2)
        return PhiScan(start_rad, range_rad, step_rad, math.ceil(range_rad / step_rad))
    if range_rad is None:
        if step_rad is not None and step_rad > 0.0:
            # Surprising, and what nanoBragg does: the count is thrown away (spec Q17).
            return PhiScan(start_rad, step_rad, step_rad, 2)
        one_degree = radians(1.0)
        return PhiScan(start_rad, one_degree, one_degree / steps, steps)
    if step_rad is None:
        step_rad = range_rad / steps
    return PhiScan(start_rad, range_rad, step_rad, steps)


def recommended_oversample(
    crystal_size_m: float, wavelength_m: float, distance_m: float, pixel_m: float
) -> float:
    """Sub-pixels per axis so that three samples fall on the narrowest fringe (spec 3.9).

    At least 1, also for a detector that faces backwards (Q12); may be infinite.
    """
    fringe_on_detector = wavelength_m * distance_m / pixel_m
    if fringe_on_detector == 0.0:
        return math.inf
    wanted = 3.0 * crystal_size_m / fringe_on_detector
    return max(1.0, float(np.ceil(wanted)))


def cells_along(count: int, size_m: float | None, edge_m: float) -> float:
    """Unit cells along an axis; a size beats a count, and less than one is one (spec 3.9)."""
    if size_m is None or size_m <= 0.0:
        cells = float(count)
    else:
        cells = float(np.ceil(size_m / edge_m)) if edge_m > 0.0 else math.inf
    return cells if cells > 1.0 else 1.0


def interpolates_by_default(n_cells: tuple[int, int, int]) -> bool:
    """Left to itself, nanoBragg interpolates F for crystals of one or two cells (spec 3.9).

    It looks at the counts as they were given, before a size takes their place (Q35).
    """
    return min(n_cells) <= 2
