"""Pixels of a named region. No Qt."""

from __future__ import annotations

import numpy as np

from braggscope.api import Ellipse, Masked, Rectangle, RegionShape, Shell
from braggscope_plots.geometry import Geometry
from braggscope_plots.pixels import PIECE, Flags


def inside(
    shape: tuple[int, int], region: RegionShape, mask: Flags | None, geometry: Geometry | None
) -> Flags:
    """[slow, fast] bool, True where a pixel's middle lies in a region.

    Args:
        shape: (slow, fast) of the image.
        mask: True where a pixel does not count; what `Masked` is about.
        geometry: for shells, which have no pixel without it.
    """
    slow = np.arange(shape[0])[:, None] + 0.5
    fast = np.arange(shape[1])[None, :] + 0.5
    if isinstance(region, Rectangle):
        rows = (slow >= region.slow) & (slow < region.slow + region.height)
        columns = (fast >= region.fast) & (fast < region.fast + region.width)
        return rows & columns
    if isinstance(region, Ellipse):
        along = ((slow - region.slow) / region.half_height) ** 2
        across = ((fast - region.fast) / region.half_width) ** 2
        return np.asarray(along + across <= 1.0)
    if isinstance(region, Masked):
        return np.zeros(shape, dtype=np.bool_) if mask is None else mask.copy()
    return _shell(shape, region, geometry)


def _shell(shape: tuple[int, int], region: Shell, geometry: Geometry | None) -> Flags:
    found = np.zeros(shape, dtype=np.bool_)
    if geometry is None:
        return found
    rows = max(PIECE // max(shape[1], 1), 1)
    for first in range(0, shape[0], rows):
        d = geometry.resolution_A(*geometry.rows(first, min(first + rows, shape[0])))
        found[first : first + rows] = (d >= region.d_min_A) & (d < region.d_max_A)
    return found
