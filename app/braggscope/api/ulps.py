"""How many floating-point numbers lie between two: units in the last place (ULP)."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

NumberType = Literal["float32", "float64"]
_BITS: Final[dict[NumberType, tuple[type[Any], type[Any]]]] = {
    "float32": (np.float32, np.int32),
    "float64": (np.float64, np.int64),
}


def ulp_distances(a: ArrayLike, b: ArrayLike, number: NumberType) -> NDArray[np.float64]:
    """Steps from each number of a to that of b.

    Both zeros are one number, and infinity follows the largest.

    Args:
        a, b: of one shape.
        number: whose steps are counted; both are rounded to it first.

    Returns:
        Same shape; whole numbers (exact up to 2⁵³), 0 where both are NaN, NaN where one is.
    """
    in_a, in_b = _rounded(a, number), _rounded(b, number)
    one, other = _places(in_a, number), _places(in_b, number)
    # Modulo 2⁶⁴ this is right from one end of the numbers to the other.
    apart = np.maximum(one, other).astype(np.uint64) - np.minimum(one, other).astype(np.uint64)
    steps = np.asarray(apart.astype(np.float64))
    nan_a, nan_b = np.isnan(in_a), np.isnan(in_b)
    steps[nan_a & nan_b] = 0.0
    steps[nan_a != nan_b] = np.nan
    return steps


def largest_ulps(a: ArrayLike, b: ArrayLike, number: NumberType) -> float:
    """The largest distance of all pairs; NaN where there is none to take."""
    steps = ulp_distances(a, b, number)
    known = steps[~np.isnan(steps)]
    return float(known.max()) if known.size else float("nan")


def _rounded(values: ArrayLike, number: NumberType) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        return np.atleast_1d(np.asarray(values, dtype=np.float64).astype(_BITS[number][0]))


def _places(values: NDArray[Any], number: NumberType) -> NDArray[np.int64]:
    """The place of each number among all of its type; that of zero is 0."""
    bits = values.view(_BITS[number][1]).astype(np.int64)
    lowest = np.int64(np.iinfo(_BITS[number][1]).min)
    return np.asarray(np.where(bits < 0, lowest - bits, bits), dtype=np.int64)
