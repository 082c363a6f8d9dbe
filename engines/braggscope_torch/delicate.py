"""How close to a reflection the rounding of nanoBragg's sines shows (spec 9.2).

It takes sin(N x)/sin(x) of x = πh as it is, where the fast kernels take whole turns away first.
N x is rounded, by up to 2⁻⁵³ of itself; where h is f off a reflection, that is 2⁻⁵³·|h|/|f| of the
ratio. The square of a product of three ratios is thus off by at most 2⁻⁵²·Σ|h|/|f|. In double
precision the fast kernels do evaluations where that is too much again, rounded as nanoBragg does.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope_torch.reduced import as_numpy
from braggscope_torch.tables import Tables

#: What a kernel may be off the eager one, of an intensity.
ALLOWED: Final = 1e-9
_ROUNDING: Final = 2.0**-52


def largest_ratio() -> float:
    """Up to this Σ|h|/|f| an intensity is off by less than what is allowed."""
    return ALLOWED / _ROUNDING


def delicate_distance(tables: Tables) -> float:
    """Where no index is closer to a reflection than this, no ratio is larger than the largest."""
    if tables.setup.crystal.shape != "square" or max(tables.setup.crystal.n_cells) <= 1.0:
        return 0.0
    cells = as_numpy(tables.arrays.cell_m).reshape(-1, 3, 3)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    # |h| + |k| + |l| is one of ±h ± k ± l, each of them a vector's product with q.
    longest_m = float(np.linalg.norm(signs @ cells, axis=-1).max(initial=0.0))
    return longest_m * largest_q_per_m(tables) / largest_ratio()


def largest_q_per_m(tables: Tables) -> float:
    """The longest scattering vector of the region of interest, 1/m; rather more than less."""
    incident = as_numpy(tables.arrays.incident)
    wavelengths = as_numpy(tables.arrays.wavelength_m)
    if not len(incident):
        return 0.0
    directions = _corners(tables)
    # Within a right angle of the beam, directions up to some angle from it meet the detector in
    # a convex area: the largest angle of a rectangle is at one of its corners.
    cosines = directions @ incident.T
    lengths = np.linalg.norm(directions[:, None] - incident, axis=-1).max(axis=0)
    lengths = np.where((cosines > 0.0).all(axis=0), lengths, 2.0)
    return float((lengths / wavelengths).max())


def _corners(tables: Tables) -> NDArray[Any]:
    """(corners, 3) unit vectors to those of the region, in every layer."""
    arrays, detector, roi = tables.arrays, tables.setup.detector, tables.setup.detector.roi
    on_fast = detector.pixel_m * np.array([roi.fast_min, roi.fast_max + 1])
    on_slow = detector.pixel_m * np.array([roi.slow_min, roi.slow_max + 1])
    fast, slow, normal, pix0 = (
        as_numpy(vector) for vector in (arrays.fast, arrays.slow, arrays.normal, arrays.pix0_m)
    )
    corners = np.array(
        [
            u * fast + v * slow + depth * normal + pix0
            for u in on_fast
            for v in on_slow
            for depth in np.asarray(tables.layers.depth_m)
        ]
    )
    return corners / np.linalg.norm(corners, axis=-1, keepdims=True)
