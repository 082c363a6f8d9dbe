"""Difference maps of two images: [slow, fast] float64, NaN where a pixel is masked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair

#: Share of max|A| below which the relative difference is not taken against A itself.
RELATIVE_FLOOR = 1e-6

Map = NDArray[np.float64]


def b_minus_a(pair: ImagePair) -> Map:
    """B − A."""
    with np.errstate(invalid="ignore"):
        return _masked(pair, pair.b.astype(np.float64) - pair.a.astype(np.float64))


def abs_difference(pair: ImagePair) -> Map:
    """|B − A|."""
    return np.abs(b_minus_a(pair))


def ratio(pair: ImagePair) -> Map:
    """B / A; NaN where both are 0, infinite where only A is."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _masked(pair, pair.b.astype(np.float64) / pair.a.astype(np.float64))


def relative(pair: ImagePair) -> Map:
    """(B − A) / max(|A|, 1e-6·max|A|); 0 where both images are 0."""
    a, _ = pair.counted()
    floor = RELATIVE_FLOOR * float(np.max(np.abs(a))) if a.size else 0.0
    scale = np.maximum(np.abs(pair.a.astype(np.float64)), floor or 1.0)
    with np.errstate(invalid="ignore"):
        return b_minus_a(pair) / scale


def _masked(pair: ImagePair, values: Map) -> Map:
    if pair.mask is not None:
        values[pair.mask] = np.nan
    return values
