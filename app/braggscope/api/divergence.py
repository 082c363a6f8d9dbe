"""Two traces side by side and the first variable that differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api.catalogue import CATALOGUE, is_option
from braggscope.api.relations import relation
from braggscope.api.tolerances import PROFILES, UNCHANGED, Profile, Tolerances, profile_of
from braggscope.api.trace import PixelTrace, Variable
from braggscope.api.ulps import NumberType, largest_ulps

NOTHING_DIFFERS: Final = "No variable differs by more than its tolerance."
Verdict = Literal["equal", "within", "differs", "only in A", "only in B"]


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
        number: type of number that it is calculated in, for `ulps`.
        found: what was calculated when it was asked for; copies of the row share it.
    """

    name: str
    a: Variable | None
    b: Variable | None
    difference: float
    relative: float
    tolerance: float
    verdict: Verdict
    first: bool = False
    number: NumberType = "float64"
    found: dict[str, float] = field(default_factory=dict, repr=False)

    @property
    def either(self) -> Variable:
        """The variable itself, from A if it is there."""
        found = self.a or self.b
        assert found is not None
        return found

    @property
    def rounding(self) -> float:
        """Of the side that was printed with fewer digits, relative to its values."""
        return max(side.rounding for side in (self.a, self.b) if side is not None)

    @property
    def ulps(self) -> float:
        """Largest distance of two values in steps of `number`; NaN when there is none to take."""
        if "ulps" not in self.found:
            self.found["ulps"] = self._count_ulps()
        return self.found["ulps"]

    def _count_ulps(self) -> float:
        if self.a is None or self.b is None or self.a.values.shape != self.b.values.shape:
            return float("nan")
        if any(side.values.dtype.kind not in "f" for side in (self.a, self.b)):
            return float("nan")
        if self.verdict == "equal":
            return 0.0
        return largest_ulps(self.a.values, self.b.values, self.number)


@dataclass(frozen=True, eq=False)
class TraceComparison:
    """Both traces of one pixel, row by row in order of dependency.

    Attributes:
        a, b: the traces.
        rows: one per variable; options on which both agree come last.
        first_divergence: name of the first variable that differs though its inputs agree; None
            when none differs.
        explanation: one sentence for the user.
        profile: name of the profile of tolerances, by the precisions of both.
    """

    a: PixelTrace
    b: PixelTrace
    rows: tuple[VariableComparison, ...]
    first_divergence: str | None
    explanation: str
    profile: str = "float64"

    @cached_property
    def _dependents(self) -> dict[str, list[str]]:
        """Direct dependents of every variable, and of those of the catalogue that are not here."""
        inputs = {name: entry.inputs for name, entry in CATALOGUE.items()}
        inputs |= {row.name: row.either.inputs for row in self.rows}
        found: dict[str, list[str]] = {name: [] for name in inputs}
        for name, needed in inputs.items():
            for one in needed:
                found.setdefault(one, []).append(name)
        return found

    def feeds(self, name: str) -> tuple[str, ...]:
        """The variables of the rows that come from one directly, in order.

        Directly is also what comes by way of a variable that neither trace has.
        """
        return self._reached(name, lambda found: found not in self._names)

    def heirs(self, name: str) -> tuple[str, ...]:
        """All variables of the rows that depend on one, over however many others, in order."""
        return self._reached(name, lambda found: True)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(row.name for row in self.rows)

    def _reached(self, name: str, goes_on: Callable[[str], bool]) -> tuple[str, ...]:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = set(self._dependents.get(waiting.pop(), ())) - found
            found |= new
            waiting += [one for one in new if goes_on(one)]
        return tuple(row.name for row in self.rows if row.name in found)


def compare_traces(
    a: PixelTrace, b: PixelTrace, *, tolerances: Tolerances = UNCHANGED
) -> TraceComparison:
    """Hold two traces of a pixel against each other, variable by variable.

    Args:
        a, b: the traces.
        tolerances: those that a user changed; the others follow the precisions of both.
    """
    profile = profile_of(a.precision, b.precision)
    rows = [_compare(name, a, b, profile, tolerances) for name in _merged_names(a, b)]
    return _concluded(a, b, rows, profile)


def judge_again(comparison: TraceComparison, tolerances: Tolerances) -> TraceComparison:
    """A comparison by other tolerances, without looking at the values again."""
    profile = PROFILES[comparison.profile]
    rows = [_judged(row, profile, tolerances) for row in comparison.rows]
    return _concluded(comparison.a, comparison.b, rows, profile)


def _judged(
    row: VariableComparison, profile: Profile, tolerances: Tolerances
) -> VariableComparison:
    row = replace(row, first=False)
    if row.verdict not in ("equal", "within", "differs") or np.isnan(row.relative):
        return row
    tolerance = tolerances.of(profile, row.name, row.either.kind)
    tolerance = max(tolerance, row.rounding)
    agrees: Verdict = "within" if row.relative <= tolerance else "differs"
    verdict = "equal" if row.verdict == "equal" else agrees
    return replace(row, tolerance=tolerance, verdict=verdict)


def first_of(diverging: Mapping[str, Sequence[str]]) -> str | None:
    """The first variable that differs though its inputs agree.

    Args:
        diverging: each that differs, in order of dependency, and its inputs.
    """
    return next((name for name, inputs in diverging.items() if not diverging.keys() & inputs), None)


def _concluded(
    a: PixelTrace, b: PixelTrace, rows: list[VariableComparison], profile: Profile
) -> TraceComparison:
    differing = {row.name: row.either.inputs for row in rows if row.verdict == "differs"}
    first = first_of(differing)
    marked = tuple(replace(row, first=True) if row.name == first else row for row in rows)
    # Options on which both agree would fill the first screen.
    ordered = sorted(marked, key=lambda row: is_option(row.name) and row.verdict == "equal")
    found = TraceComparison(a, b, tuple(ordered), first, "", profile.name)
    return replace(found, explanation=_explain(found, set(differing)))


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
    name: str, a: PixelTrace, b: PixelTrace, profile: Profile, tolerances: Tolerances
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
    # What was printed with few digits cannot be held to more of them.
    tolerance = tolerances.of(profile, name, in_a.kind)
    tolerance = max(tolerance, in_a.rounding, in_b.rounding)
    number = profile.numbers[in_a.kind]
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
    row = _compare_numbers(name, in_a, in_b, tolerance, _size(in_a, in_b, a))
    return replace(row, number=number)


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


def _explain(found: TraceComparison, diverging: set[str]) -> str:
    first = found.first_divergence
    if first is None:
        return NOTHING_DIFFERS
    row = next(row for row in found.rows if row.name == first)
    said = row.either
    how = relation(row, found.a, found.b)
    agree = ", though what it is made of agrees" if _inputs_agree(found, said) else ""
    rest = _inherited(found, first, diverging)
    if how.startswith("by "):
        return f"{said.title} differs first {how}{agree}{rest}."
    return f"{said.title} differs first{agree}{f': {how}' if how else ''}{rest}."


def _inputs_agree(found: TraceComparison, item: Variable) -> bool:
    """Whether anything that it is made of is known of both sides; nothing of that differs."""
    known = {row.name for row in found.rows if row.verdict in ("equal", "within")}
    return bool(known.intersection(item.inputs))


def _inherited(found: TraceComparison, first: str, diverging: set[str]) -> str:
    """What becomes of the others that differ."""
    heirs = len(diverging.intersection(found.heirs(first)))
    others = len(diverging) - 1 - heirs
    text = ""
    if heirs:
        text = f"; {heirs} later variable{'s inherit' if heirs > 1 else ' inherits'} this"
    if others:
        text += f"; {others} other{'s differ on their' if others > 1 else ' differs on its'} own"
    return text
