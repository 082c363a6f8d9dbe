"""Two traces side by side and the first variable that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api.catalogue import VariableKind, is_option
from braggscope.api.trace import PixelTrace, Variable

Verdict = Literal["equal", "within", "differs", "only in A", "only in B"]

#: Allowed difference by kind of variable, relative to the variable's natural size (see `_size`):
#: two right implementations round differently, never by more than this.
_FLOAT64: Final[Mapping[VariableKind, float]] = {
    "exact": 0.0,
    "geometry": 1e-12,
    "index": 1e-11,
    "lattice": 1e-10,
    "intensity": 1e-10,
}
#: With reduced fractions and sums in float32.
_MIXED: Final[Mapping[VariableKind, float]] = {**_FLOAT64, "lattice": 3e-6, "intensity": 3e-5}


@dataclass(frozen=True, eq=False)
class VariableComparison:
    """One variable in both traces.

    Attributes:
        name: of the trace schema.
        a, b: the variable in each trace; None where it is missing.
        difference: largest |B − A| over all values; NaN when there is none to take.
        relative: that difference over the variable's natural size.
        tolerance: the largest relative difference that still counts as agreement.
        verdict: equal to the last bit, within tolerance, differs, or missing on one side.
        first: whether the first divergence is here.
    """

    name: str
    a: Variable | None
    b: Variable | None
    difference: float
    relative: float
    tolerance: float
    verdict: Verdict
    first: bool = False

    @property
    def either(self) -> Variable:
        """The variable itself, from A if it is there."""
        found = self.a or self.b
        assert found is not None
        return found


@dataclass(frozen=True, eq=False)
class TraceComparison:
    """Both traces of one pixel, row by row in order of dependency.

    Attributes:
        a, b: the traces.
        rows: one per variable; options on which both agree come last.
        first_divergence: name of the first variable that differs though its inputs agree; None
            when none differs.
        explanation: one sentence for the user.
    """

    a: PixelTrace
    b: PixelTrace
    rows: tuple[VariableComparison, ...]
    first_divergence: str | None
    explanation: str


def compare_traces(a: PixelTrace, b: PixelTrace) -> TraceComparison:
    """Hold two traces of a pixel against each other, variable by variable."""
    mixed = "float64" not in (a.precision, b.precision) or a.precision != b.precision
    profile = _MIXED if mixed else _FLOAT64
    rows = [_compare(name, a, b, profile) for name in _merged_names(a, b)]
    diverging = {row.name for row in rows if row.verdict == "differs"}
    first = next(
        (
            row.name
            for row in rows
            if row.name in diverging and not diverging.intersection(row.either.inputs)
        ),
        None,
    )
    marked = tuple(
        VariableComparison(**{**vars(row), "first": True}) if row.name == first else row
        for row in rows
    )
    explanation = _explain(marked, first, diverging)
    # Options on which both agree would fill the first screen.
    ordered = sorted(marked, key=lambda row: is_option(row.name) and row.verdict == "equal")
    return TraceComparison(a, b, tuple(ordered), first, explanation)


def _merged_names(a: PixelTrace, b: PixelTrace) -> list[str]:
    """Names of A in its order, each name that only B has after its predecessor in B."""
    names = [item.name for item in a.variables]
    if names == [item.name for item in b.variables]:
        return names
    previous = -1
    for item in b.variables:
        if item.name in names:
            previous = names.index(item.name)
        else:
            previous += 1
            names.insert(previous, item.name)
    return names


def _compare(
    name: str, a: PixelTrace, b: PixelTrace, profile: Mapping[VariableKind, float]
) -> VariableComparison:
    nan = float("nan")
    if name not in a or name not in b:
        missing: Verdict = "only in B" if name not in a else "only in A"
        return VariableComparison(
            name,
            a.get(name),
            b.get(name),
            nan,
            nan,
            nan,
            missing,
        )
    in_a, in_b = a[name], b[name]
    tolerance = profile[in_a.kind]
    if a.partial or b.partial:
        in_a, in_b = known_in_both(in_a, in_b)
    if in_a.values.shape != in_b.values.shape:
        return VariableComparison(name, in_a, in_b, nan, nan, tolerance, "differs")
    is_text = in_a.values.dtype.kind in "US"
    if not is_text and np.array_equal(in_a.values, in_b.values):
        return VariableComparison(name, in_a, in_b, 0.0, 0.0, tolerance, "equal")
    if in_a.values.dtype.kind in "US" or in_b.values.dtype.kind in "US":
        same = bool(np.all(in_a.values.astype(str) == in_b.values.astype(str)))
        return VariableComparison(name, in_a, in_b, nan, nan, 0.0, "equal" if same else "differs")
    return _compare_numbers(name, in_a, in_b, tolerance, _size(in_a, in_b, a))


def known_in_both(in_a: Variable, in_b: Variable) -> tuple[Variable, Variable]:
    """The steps that two variables both have, in serial order; NaN in one is NaN in both.

    A log of the original counts layers and sub-pixels as one, and has the first source, phi step
    and domain alone.
    """
    if in_a.values.dtype.kind in "US" or in_b.values.dtype.kind in "US":
        return in_a, in_b
    one, other = _steps_and_components(in_a), _steps_and_components(in_b)
    if one.shape[1:] != other.shape[1:]:
        return in_a, in_b
    common = tuple(slice(0, min(sizes)) for sizes in zip(one.shape, other.shape, strict=True))
    one, other = one[common].copy(), other[common].copy()
    unknown = np.isnan(one) | np.isnan(other)
    one[unknown] = other[unknown] = np.nan
    dims = tuple(dim for dim in in_a.dims if dim in ("layer", "subpixel"))[-1:]
    shape = one.shape[0 if dims else 1 :]
    shape = shape[:-1] if shape[-1] == 1 else shape
    return (
        replace(in_a, values=one.reshape(shape), dims=dims),
        replace(in_b, values=other.reshape(shape), dims=dims),
    )


def _steps_and_components(item: Variable) -> NDArray[np.float64]:
    """(layers · sub-pixels, components) of the first source, phi step and domain."""
    values = item.values.astype(np.float64)
    first = tuple(slice(None) if dim in ("layer", "subpixel") else 0 for dim in item.dims)
    values = values[first]
    kept = sum(dim in ("layer", "subpixel") for dim in item.dims)
    steps = int(np.prod(values.shape[:kept]))
    components = int(np.prod(values.shape[kept:]))
    return values.reshape(steps, components)


def _compare_numbers(
    name: str, in_a: Variable, in_b: Variable, tolerance: float, size: float
) -> VariableComparison:
    values_a, values_b = in_a.values.astype(np.float64), in_b.values.astype(np.float64)
    same = (values_a == values_b) | (np.isnan(values_a) & np.isnan(values_b))
    if bool(np.all(same)):
        return VariableComparison(name, in_a, in_b, 0.0, 0.0, tolerance, "equal")
    with np.errstate(invalid="ignore"):
        difference = float(np.max(np.abs(values_b - values_a)[~same]))
    relative = difference / size if size > 0 else float("inf")
    within = relative <= tolerance
    return VariableComparison(
        name, in_a, in_b, difference, relative, tolerance, "within" if within else "differs"
    )


def _size(in_a: Variable, in_b: Variable, trace: PixelTrace) -> float:
    """The scale against which a difference is small.

    Vectors count as a whole. Lattice factors are measured against their peak, Miller indices
    against at least 1: near their zeros both lose relative, not absolute, accuracy (spec trace.md
    section 4).
    """
    largest = max(_largest(in_a.values), _largest(in_b.values))
    if in_a.kind == "index":
        return max(1.0, largest)
    if in_a.kind == "lattice" and in_a.name.startswith("F_latt"):
        return max(largest, _peak(in_a.name, trace))
    return largest


def _peak(name: str, trace: PixelTrace) -> float:
    counts = {axis: float(trace[f"N{axis}"].values) for axis in "abc" if f"N{axis}" in trace}
    axis = name.removeprefix("F_latt").removeprefix("_")
    if axis:
        return counts.get(axis, 0.0)
    return float(np.prod(list(counts.values()))) if counts else 0.0


def _largest(values: NDArray[Any]) -> float:
    found = np.abs(values.astype(np.float64))
    largest = float(np.max(found, initial=0.0))
    if np.isfinite(largest):
        return largest
    return float(np.max(found[np.isfinite(found)], initial=0.0))


def _explain(rows: tuple[VariableComparison, ...], first: str | None, diverging: set[str]) -> str:
    if first is None:
        return "No variable differs by more than its tolerance."
    row = next(row for row in rows if row.name == first)
    inherited = len(diverging) - 1
    tail = (
        f" {inherited} later variable{'s differ' if inherited != 1 else ' differs'} too."
        if inherited
        else ""
    )
    how_much = f" by {row.relative:.2g} of its size" if np.isfinite(row.relative) else ""
    return f"{row.either.label or first} ({first}) differs first{how_much}; its inputs agree.{tail}"
