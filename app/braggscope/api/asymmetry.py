"""What a variable does inside a pixel: first, last, mean and range over its sub-pixels.

A program that takes one sub-pixel's value for the whole pixel, such as nanoBragg's solid angle
(spec Q41), errs by the asymmetry that stands here; it is largest at the edge of a detector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api.run import Pixel
from braggscope.api.trace import PixelTrace, Variable

_AXES: Final = {
    "FSO": ("fast", "slow", "depth"),
    "hkl": ("h", "k", "l"),
    "hkl0": ("h", "k", "l"),
    "dhkl": ("h", "k", "l"),
}


@dataclass(frozen=True)
class Asymmetry:
    """One number of a variable over the sub-pixels of a pixel.

    Attributes:
        name: the variable.
        component: which of a vector's numbers, such as "x"; "" for a scalar.
        unit: of the values.
        first, last, mean, minimum, maximum: over the sub-pixels that were evaluated, in the order
            of the loop; NaN when none was.
        asymmetry: (last − first)/scale, with the mean's absolute value as scale, that of the mean
            vector for a component; NaN where the scale is 0.
        spread: (maximum − minimum)/scale.
    """

    name: str
    component: str
    unit: str
    first: float
    last: float
    mean: float
    minimum: float
    maximum: float
    asymmetry: float
    spread: float


def asymmetries(trace: PixelTrace) -> tuple[Asymmetry, ...]:
    """All variables of a trace that have a value for every sub-pixel, in its order.

    Other loops stay at their first step: first layer, source, phi step and domain.
    """
    return tuple(
        found
        for item in trace.variables
        if "subpixel" in item.dims and item.values.dtype.kind in "iuf"
        for found in asymmetry_of(item)
    )


def asymmetry_of(item: Variable) -> tuple[Asymmetry, ...]:
    """A scalar as one, a vector as one for each component.

    Args:
        item: numbers, with "subpixel" among its dims.
    """
    first = tuple(slice(None) if dim == "subpixel" else 0 for dim in item.dims)
    values = np.asarray(item.values, dtype=np.float64)[first]
    values = values.reshape(values.shape[0], -1)
    known = values[~np.isnan(values).any(axis=1)]
    means = known.mean(axis=0) if len(known) else np.full(values.shape[1], np.nan)
    scale = math.hypot(*means.tolist())
    names = components_of(item.name, values.shape[1])
    return tuple(_asymmetry(item, name, known[:, n], scale) for n, name in enumerate(names))


def components_of(name: str, many: int) -> tuple[str, ...]:
    """What a variable's components are called; ("",) for a scalar."""
    if many == 1:
        return ("",)
    if many == 3:
        return _AXES.get(name, ("x", "y", "z"))
    if many == 9:
        return tuple(f"{row}{axis}" for row in "abc" for axis in "xyz")
    return tuple(str(n) for n in range(many))


def centre_and_edge(shape: tuple[int, int]) -> dict[str, Pixel]:
    """The pixels where an asymmetry is small and where it is large.

    Args:
        shape: (slow, fast) of the detector.
    """
    slow, fast = shape
    return {
        "centre": Pixel(slow // 2, fast // 2),
        "edge": Pixel(slow // 2, fast - 1),
        "corner": Pixel(slow - 1, fast - 1),
    }


def _asymmetry(item: Variable, component: str, known: NDArray[Any], scale: float) -> Asymmetry:
    if not len(known):
        nan = float("nan")
        return Asymmetry(item.name, component, item.unit, *[nan] * 7)
    first, last = float(known[0]), float(known[-1])
    low, high = float(known.min()), float(known.max())
    # A mean may round to beyond the range it is of.
    mean = min(max(float(known.mean()), low), high)
    return Asymmetry(
        item.name,
        component,
        item.unit,
        first,
        last,
        mean,
        low,
        high,
        _over(last - first, scale),
        _over(high - low, scale),
    )


def _over(difference: float, scale: float) -> float:
    return difference / scale if scale > 0.0 else float("nan")
