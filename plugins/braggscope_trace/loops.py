"""A variable along one of its loops, as a small picture or a line. No Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Dim, Variable, VariableComparison
from braggscope.api.asymmetry import components_of
from braggscope_trace.steps import DIM_NAMES

Floats = NDArray[np.float64]
#: A line with more points is thinned: a screen has no room for them.
MOST_POINTS: Final = 1000
#: A picture with more cells to a side is thinned.
MOST_CELLS: Final = 64


@dataclass(frozen=True, eq=False)
class Series:
    """One side of a figure.

    Attributes:
        x: (n,) steps, of a line.
        values: (n,) of a line, (slow, fast) of a picture of the sub-pixels; NaN where the variable
            was not evaluated.
    """

    x: Floats
    values: Floats


@dataclass(frozen=True, eq=False)
class LoopFigure:
    """A variable along a loop, the others standing still.

    Attributes:
        kind: "map" of the sub-pixel grid, or "line".
        loop: what it goes along.
        a, b: both sides; None where a side has no numbers.
        note: where the other loops stand, such as "at source 0 · φ 3"; "" without others.
    """

    kind: Literal["map", "line"]
    loop: Dim
    a: Series | None
    b: Series | None
    note: str

    @property
    def difference(self) -> Floats | None:
        """B − A of a map, where both are there."""
        if self.a is None or self.b is None or self.a.values.shape != self.b.values.shape:
            return None
        with np.errstate(invalid="ignore"):
            return self.b.values - self.a.values


def loops_of(row: VariableComparison) -> dict[Dim, int]:
    """The loops along which a variable of numbers can be drawn, with their steps."""
    item = _numeric(row)
    if item is None:
        return {}
    sizes = item.values.shape[: len(item.dims)]
    return {dim: size for dim, size in zip(item.dims, sizes, strict=True) if size > 1}


def first_loop(row: VariableComparison) -> Dim | None:
    """The loop to begin with: the sub-pixels, or the longest; None if there is none."""
    loops = loops_of(row)
    if not loops:
        return None
    return "subpixel" if "subpixel" in loops else max(loops.items(), key=lambda loop: loop[1])[0]


def component_names(row: VariableComparison) -> tuple[str, ...]:
    """What the numbers of a step are called; ("",) for a scalar."""
    item = _numeric(row) or row.either
    return components_of(row.name, math.prod(item.values.shape[len(item.dims) :]))


def worst_step(row: VariableComparison) -> dict[Dim, int]:
    """Where A and B are farthest apart; the first step where they are nowhere."""
    item = _numeric(row)
    if item is None:
        return {}
    shape = item.values.shape[: len(item.dims)]
    place = 0
    if row.a is not None and row.b is not None and row.a.values.shape == row.b.values.shape:
        with np.errstate(invalid="ignore"):
            apart = np.abs(row.b.values.astype(np.float64) - row.a.values.astype(np.float64))
        apart[~np.isfinite(apart)] = 0.0
        place = int(apart.reshape(math.prod(shape), -1).max(axis=1).argmax())
    index = np.unravel_index(place, shape) if shape else ()
    return {dim: int(i) for dim, i in zip(item.dims, index, strict=True)}


def figure_of(
    row: VariableComparison, loop: Dim, component: int, at: Mapping[Dim, int]
) -> LoopFigure:
    """A variable along a loop.

    Args:
        row: with this loop.
        loop: what to go along.
        component: number of a vector's or matrix's component.
        at: where the other loops stand; those that are missing stand at their first step.
    """
    a, b = (_along(side, loop, component, at) for side in (row.a, row.b))
    many = max(len(side) for side in (a, b) if side is not None)
    edge = math.isqrt(many)
    is_map = loop == "subpixel" and edge > 1 and edge * edge == many
    still = [dim for dim in loops_of(row) if dim != loop]
    note = " · ".join(f"{DIM_NAMES[dim]} {at.get(dim, 0)}" for dim in still)
    return LoopFigure(
        "map" if is_map else "line",
        loop,
        _series(a, edge if is_map else 0),
        _series(b, edge if is_map else 0),
        f"at {note}" if note else "",
    )


def thinned(values: Floats, most: int = MOST_POINTS) -> Series:
    """A line with its extremes but no more than so many points.

    Args:
        values: (n,) one for each step.
        most: points that stay at most; at least 4.
    """
    steps = np.arange(values.size, dtype=np.float64)
    if values.size <= most:
        return Series(steps, values)
    bins = np.array_split(np.arange(values.size), most // 2)
    kept = sorted({place for part in bins for place in _extremes(values, part)})
    return Series(steps[kept], values[kept])


def _extremes(values: Floats, part: NDArray[Any]) -> Sequence[int]:
    some = values[part]
    if np.isnan(some).all():
        return (int(part[0]),)
    return int(part[np.nanargmin(some)]), int(part[np.nanargmax(some)])


def _numeric(row: VariableComparison) -> Variable | None:
    sides = [s for s in (row.a, row.b) if s is not None and s.values.dtype.kind not in "US"]
    return max(sides, key=lambda side: side.values.size, default=None)


def _along(
    item: Variable | None, loop: Dim, component: int, at: Mapping[Dim, int]
) -> Floats | None:
    if item is None or loop not in item.dims or item.values.dtype.kind in "US":
        return None
    sizes = dict(zip(item.dims, item.values.shape, strict=False))
    index = tuple(
        slice(None) if dim == loop else min(at.get(dim, 0), sizes[dim] - 1) for dim in item.dims
    )
    values = item.values[index].astype(np.float64)
    values = values.reshape(values.shape[0], -1)
    return values[:, min(component, values.shape[1] - 1)]


def _series(values: Floats | None, edge: int) -> Series | None:
    if values is None:
        return None
    if not edge:
        return thinned(values)
    if values.size != edge * edge:
        return None
    grid = values.reshape(edge, edge)
    step = -(-edge // MOST_CELLS)
    return Series(np.arange(edge, dtype=np.float64)[::step], grid[::step, ::step])
