"""A variable taken apart along its loops: which step, which values, how far apart. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Dim,
    NumberType,
    Variable,
    VariableComparison,
    Verdict,
    largest_ulps,
)

Values = NDArray[Any]
DIM_NAMES: Final[dict[Dim, str]] = {
    "layer": "layer",
    "subpixel": "sub-pixel",
    "source": "source",
    "phi": "φ",
    "domain": "domain",
}


@dataclass(frozen=True)
class Judgement:
    """How far two values are apart."""

    difference: float
    relative: float
    verdict: Verdict


class Steps:
    """The values of a variable, taken apart along its loops.

    Attributes:
        shape: steps per loop, the larger of the two sides.
        components: numbers per step: 1, 3 or 9.
        count: all steps.
    """

    def __init__(self, row: VariableComparison) -> None:
        self._row = row
        sides = [side for side in (row.a, row.b) if side is not None]
        self._dims = max((side.dims for side in sides), key=len)
        dims = len(self._dims)
        shapes = [side.values.shape[:dims] for side in sides if len(side.dims) == dims]
        self.shape = tuple(max(sizes) for sizes in zip(*shapes, strict=True))
        self.components = max(_components_of(side) for side in sides)
        self.count = math.prod(self.shape)
        finite = np.isfinite(row.relative) and row.relative > 0
        self._size = row.difference / row.relative if finite else 0.0

    def pair(self, place: int) -> tuple[Values | None, Values | None]:
        """The values of both sides at a step, by its place in the order of the loops."""
        index = tuple(int(i) for i in np.unravel_index(place, self.shape))
        return _at(self._row.a, index), _at(self._row.b, index)

    def at(self, place: int) -> dict[Dim, int]:
        """Where each loop stands at a step."""
        index = np.unravel_index(place, self.shape)
        return {dim: int(i) for dim, i in zip(self._dims, index, strict=True)}

    def title(self, place: int) -> str:
        """The step by the loops that have more than one; sub-pixels by slow v and fast u."""
        index = np.unravel_index(place, self.shape)
        parts = []
        for dim, i, size in zip(self._dims, index, self.shape, strict=True):
            if size == 1:
                continue
            side = math.isqrt(size)
            if dim == "subpixel" and side * side == size:
                parts.append(f"(v {i // side}, u {i % side})")
            else:
                parts.append(f"{DIM_NAMES[dim]} {i}")
        return " · ".join(parts)

    def judge(self, a: Values | None, b: Values | None) -> Judgement:
        """How far two values of this variable are apart, measured as the whole variable is."""
        nan = math.nan
        if a is None or b is None:
            missing: Verdict = "only in A" if b is None else "only in B"
            return Judgement(nan, nan, missing if a is not None or b is not None else "equal")
        if a.dtype.kind in "US" or b.dtype.kind in "US":
            same_text = bool(np.all(a.astype(str) == b.astype(str)))
            return Judgement(nan, nan, "equal" if same_text else "differs")
        differences, same = _differences(a, b)
        if bool(np.all(same)):
            return Judgement(0.0, 0.0, "equal")
        difference = float(np.max(differences[~same]))
        relative = difference / self._size if self._size > 0 else nan
        within = relative <= self._row.tolerance or self._row.verdict == "within"
        return Judgement(difference, relative, "within" if within else "differs")

    @cached_property
    def differing(self) -> NDArray[np.intp]:
        """Places of the steps that differ by more than the tolerance."""
        a, b = self._row.a, self._row.b
        if self._row.verdict in ("equal", "within"):
            return np.zeros(0, dtype=np.intp)
        if a is None or b is None or a.values.shape != b.values.shape:
            return np.arange(self.count)
        if a.values.dtype.kind in "US" or b.values.dtype.kind in "US":
            apart = a.values.astype(str) != b.values.astype(str)
        else:
            differences, same = _differences(a.values, b.values)
            allowed = self._row.tolerance * self._size
            apart = ~same & ~(differences <= allowed)
        return np.flatnonzero(np.any(apart.reshape(self.count, -1), axis=1))


def ulps_of(a: Values | None, b: Values | None, number: NumberType) -> float:
    """Largest distance of some values in steps of a type; NaN where there is none to take."""
    if a is None or b is None or a.shape != b.shape:
        return math.nan
    if a.dtype.kind != "f" or b.dtype.kind != "f":
        return math.nan
    return largest_ulps(a, b, number)


def _components_of(side: Variable) -> int:
    return math.prod(side.values.shape[len(side.dims) :])


def _at(side: Variable | None, index: tuple[int, ...]) -> Values | None:
    if side is None or len(side.dims) != len(index):
        return None
    if any(i >= size for i, size in zip(index, side.values.shape, strict=False)):
        return None
    return np.asarray(side.values[index]).reshape(-1)


def _differences(a: Values, b: Values) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """|B − A| and where both are the same number, or both were not evaluated."""
    in_a, in_b = a.astype(np.float64), b.astype(np.float64)
    if in_a.shape != in_b.shape:
        return np.full(1, np.nan), np.zeros(1, dtype=np.bool_)
    with np.errstate(invalid="ignore"):
        return np.abs(in_b - in_a), (in_a == in_b) | (np.isnan(in_a) & np.isnan(in_b))
