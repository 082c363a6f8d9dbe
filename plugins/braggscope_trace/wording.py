"""Numbers, vectors and matrices as text: ten digits to read, every bit to copy."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Stage, Verdict

ABSENT: Final = "—"
VERDICTS: Final[dict[Verdict, str]] = {
    "equal": "= equal",
    "within": "≈ within",
    "differs": "≠ differs",
    "only in A": "− only in A",
    "only in B": "+ only in B",
}
#: The worst verdict of several stands first here.
WORST_FIRST: Final[tuple[Verdict, ...]] = (
    "differs",
    "only in A",
    "only in B",
    "within",
    "equal",
)
STAGE_TITLES: Final[dict[Stage, str]] = {
    "options": "Options",
    "detector": "Detector",
    "beam": "Beam",
    "crystal": "Crystal",
    "sources": "Sources",
    "mosaic": "Mosaic",
    "pixel": "Pixel",
    "sub-pixel": "Sub-pixel",
    "source": "Sub-pixel × source",
    "phi": "φ step",
    "domain": "Mosaic domain",
    "sum": "Sum",
    "scaling": "Scaling",
}


def number_text(value: Any, full: bool = False) -> str:
    """One value; NaN means that it was not evaluated."""
    if isinstance(value, str | np.str_):
        return str(value)
    if isinstance(value, bool | int | np.integer | np.bool_):
        return str(int(value))
    number = float(value)
    if np.isnan(number):
        return "nan" if full else ABSENT
    return repr(number) if full else f"{number:.10g}"


def short_text(value: float) -> str:
    """A number of which eight digits are enough."""
    return ABSENT if np.isnan(value) else f"{value:.8g}"


def value_text(components: NDArray[Any] | None, full: bool = False) -> str:
    """A scalar, a vector as (x, y, z), or a 3 × 3 matrix as three rows."""
    if components is None:
        return "" if full else ABSENT
    flat = components.ravel()
    if flat.size == 1:
        return number_text(flat[0], full)
    if flat.size == 9:
        return " ".join(value_text(row, full) for row in flat.reshape(3, 3))
    return f"({', '.join(number_text(item, full) for item in flat)})"


def tooltip_text(components: NDArray[Any] | None) -> str:
    """A value with every digit, a matrix on three lines."""
    if components is not None and components.size == 9:
        return "\n".join(value_text(row, full=True) for row in components.reshape(3, 3))
    return value_text(components, full=True) or "missing"


def steps_text(values: NDArray[Any] | None, components: int, full: bool = False) -> str:
    """Many values in one: their range, or the first that is known, and how many there are."""
    if values is None:
        return "" if full else ABSENT
    steps = values.reshape(-1, components)
    if values.dtype.kind == "f":
        steps = steps[~np.isnan(steps).any(axis=1)]
    count, known = values.size // components, len(steps)
    times = f"(×{count:,})" if known in (0, count) else f"({known:,} of {count:,})"
    if not known:
        return f"{value_text(np.full(components, np.nan), full)} {times}"
    if components > 1 or values.dtype.kind in "US":
        same = bool(np.all(steps == steps[0]))
        return f"{value_text(steps[0], full)}{'' if same else ' …'} {times}"
    low, high = (number_text(end, full) for end in (steps.min(), steps.max()))
    return f"{low} {times}" if low == high else f"{low} … {high} {times}"


def difference_text(difference: float, full: bool = False) -> str:
    """A difference; empty when there is none to take."""
    if np.isnan(difference):
        return ""
    return repr(difference) if full else f"{difference:.3g}"


def ulps_text(ulps: float, full: bool = False) -> str:
    """Steps between two numbers; empty where they cannot be counted."""
    if np.isnan(ulps):
        return ""
    return f"{ulps:.0f}" if full else f"{ulps:,.0f}" if ulps < 1e5 else f"{ulps:.2g}"
