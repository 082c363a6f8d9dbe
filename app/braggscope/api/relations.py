"""How two values of a variable are related: the words after "differs first"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api.catalogue import CATALOGUE, is_option
from braggscope.api.trace import PixelTrace, Variable

if TYPE_CHECKING:
    from braggscope.api.divergence import VariableComparison

#: What holds for a whole pixel -> what each sub-pixel has of its own.
_OWN: Final[Mapping[str, str]] = {
    "omega_in_force": "omega_now",
    "cap_in_force": "cap_now",
    "polar_in_force": "polar_now",
    "omega": "omega_now",
    "capture": "cap_now",
    "polar": "polar_now",
}
_WHOSE: Final[Mapping[str, str]] = {
    "first": "the first sub-pixel's",
    "last": "the last sub-pixel's",
    "mean": "the mean",
    "per-evaluation": "each evaluation's own",
    "compounding": "all of them, compounding",
}
#: Ratios that a slip of units makes, and how each is called.
_SLIPS: Final[tuple[tuple[float, str], ...]] = (
    (1e10, "as 1e10 Å are 1 m"),
    (1e-10, "as 1 Å is 1e-10 m"),
    (1e3, "as 1000 mm are 1 m"),
    (1e-3, "as 1 mm is 0.001 m"),
    (180.0 / math.pi, "as between radians and degrees"),
    (math.pi / 180.0, "as between degrees and radians"),
    (2.0 * math.pi, "2π"),
    (0.5 / math.pi, "1/2π"),
    (2.0, "twice"),
    (0.5, "half"),
)
#: How exactly numbers have to stand in a relation for it to be named.
_EXACT: Final = 1e-9


def relation(row: VariableComparison, a: PixelTrace, b: PixelTrace) -> str:
    """What A and B have of a variable, in words that follow a colon; "" when there are none.

    Args:
        row: of the comparison of both traces, differing.
        a, b: the traces.
    """
    if row.a is None or row.b is None:
        return ""
    in_a, in_b = row.a, row.b
    if _is_text(in_a) or _is_text(in_b):
        return _texts(row.name, str(in_a.values.ravel()[0]), str(in_b.values.ravel()[0]))
    if in_a.values.shape != in_b.values.shape:
        return f"A has {_shape(in_a)}, B {_shape(in_b)}"
    whose = whose_value(row.a, a), whose_value(row.b, b)
    if all(whose) and whose[0] != whose[1]:
        return f"A takes {whose[0]}, B {whose[1]}"
    values_a, values_b = in_a.values.astype(np.float64), in_b.values.astype(np.float64)
    return (
        _integers(in_a, values_a, values_b)
        or _ratio(values_a, values_b)
        or _exchanged(in_a, values_a, values_b)
        or _shift(in_a, values_a, values_b, a)
        or _amount(row, values_a, values_b)
    )


def whose_value(item: Variable, trace: PixelTrace) -> str:
    """Whose value a pixel takes: "the first sub-pixel's", "the mean" …; "" where it is unclear."""
    own = trace.get(_OWN.get(item.name, ""))
    if own is None or own.values.size < 2:
        return ""
    theirs = own.values.astype(np.float64).ravel()
    taken = item.values.astype(np.float64).ravel()
    theirs_known, taken_known = theirs[~np.isnan(theirs)], taken[~np.isnan(taken)]
    if not theirs_known.size or not taken_known.size or _same(theirs_known, theirs_known[0]):
        return ""
    if taken.size == theirs.size and _same(taken_known, theirs_known):
        return "each sub-pixel's own"
    for value, words in (
        (theirs_known[0], _WHOSE["first"]),
        (theirs_known[-1], _WHOSE["last"]),
        (theirs_known.mean(), _WHOSE["mean"]),
    ):
        if _same(taken_known, value):
            return words
    return ""


def _same(values: NDArray[Any], wanted: Any) -> bool:
    if np.size(wanted) not in (1, values.size):
        return False
    return bool(np.allclose(values, wanted, rtol=1e-11, atol=0.0))


def _texts(name: str, a: str, b: str) -> str:
    if is_option(name) and a in _WHOSE and b in _WHOSE:
        return f"A takes {_WHOSE[a]}, B {_WHOSE[b]}"
    return f"it is {a} in A, {b} in B"


def _integers(item: Variable, a: NDArray[Any], b: NDArray[Any]) -> str:
    entry = CATALOGUE.get(item.name)
    whole = entry is not None and entry.kind == "exact"
    if a.size == 1 and whole:
        return f"it is {a.ravel()[0]:g} in A, {b.ravel()[0]:g} in B"
    return ""


def _ratio(a: NDArray[Any], b: NDArray[Any]) -> str:
    known = np.isfinite(a) & np.isfinite(b) & (a != 0.0)
    if not known.any() or np.any((a == 0.0) & (b != 0.0)):
        return ""
    ratios = b[known] / a[known]
    ratio = float(ratios.ravel()[0])
    if ratio == 0.0 or not np.allclose(ratios, ratio, rtol=_EXACT, atol=0.0):
        return ""
    if math.isclose(ratio, -1.0, rel_tol=_EXACT):
        return "the sign is reversed in B"
    for slip, words in _SLIPS:
        if math.isclose(ratio, slip, rel_tol=_EXACT):
            return f"B is {ratio:.10g} times A ({words})"
    part = abs(ratio - 1.0)
    if part < 0.2:
        return f"B is {100 * part:.3g} % {'larger' if ratio > 1.0 else 'smaller'} than A"
    return f"B is {ratio:.6g} times A"


def _exchanged(item: Variable, a: NDArray[Any], b: NDArray[Any]) -> str:
    if a.ndim == len(item.dims) or a.shape[-1] != 3:
        return ""
    for one, other in ((0, 1), (0, 2), (1, 2)):
        turned = a.copy()
        turned[..., [one, other]] = a[..., [other, one]]
        if np.allclose(turned, b, rtol=_EXACT, atol=0.0, equal_nan=True):
            names = ("first", "second", "third")
            return f"the {names[one]} and {names[other]} component are exchanged in B"
    return ""


def _shift(item: Variable, a: NDArray[Any], b: NDArray[Any], trace: PixelTrace) -> str:
    """Everything moved by the same number of half pixels."""
    pixel = trace.get("pixel_m")
    if pixel is None or item.unit != "m" or pixel.values.size != 1:
        return ""
    size = float(pixel.values.ravel()[0])
    shifts = ((b - a) / size).reshape(-1, a.shape[-1] if a.ndim > len(item.dims) else 1)
    shifts = shifts[~np.isnan(shifts).any(axis=1)]
    if not len(shifts) or size <= 0.0:
        return ""
    halves = np.round(2.0 * shifts[0]) / 2.0
    if not halves.any() or np.abs(halves).max() > 1.0:
        return ""
    if not np.allclose(shifts, halves, atol=1e-6):
        return ""
    moved = [f"{value:+g}" for value in halves if value]
    return f"B is moved by {' and '.join(moved)} pixel"


def _amount(row: VariableComparison, a: NDArray[Any], b: NDArray[Any]) -> str:
    steps = int(np.prod(a.shape[: len(row.either.dims)])) if row.either.dims else 1
    unequal = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    many = int(np.count_nonzero(unequal.reshape(steps, -1).any(axis=1)))
    where = f" at {many:,} of {steps:,} steps" if 1 < steps != many else ""
    if not np.isfinite(row.relative):
        return f"only one of the two has a value{where}" if where else ""
    return f"by {row.relative:.2g} of its size{where}"


def _is_text(item: Variable) -> bool:
    return item.values.dtype.kind in "US"


def _shape(item: Variable) -> str:
    sizes = [f"{size} × {dim}" for dim, size in zip(item.dims, item.values.shape, strict=False)]
    return ", ".join(sizes) or "one value"
