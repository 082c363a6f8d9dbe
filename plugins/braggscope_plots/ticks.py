"""Where ticks stand and what they say. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from braggscope_plots.wording import number

_SUPERSCRIPTS: Final = str.maketrans("−-0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_ROUND_A: Final = tuple(
    digit * 10.0**power
    for power in range(4, -3, -1)
    for digit in (
        5.0,
        4.0,
        3.0,
        2.5,
        2.0,
        1.8,
        1.6,
        1.5,
        1.4,
        1.3,
        1.2,
        1.1,
        1.0,
        0.9,
        0.8,
        0.7,
        0.6,
    )
)


def resolution_ticks(low: float, high: float, most: int) -> list[float]:
    """1/d of round resolutions within low ≤ 1/d ≤ high, 1/Å; none if fewer than two fit.

    Args:
        most: how many ticks there is room for if they are evenly spaced.
    """
    if not high > low:
        return []
    apart = (high - low) / max(most, 1)
    found: list[float] = []
    for d in sorted(set(_ROUND_A), reverse=True):
        place = 1.0 / d
        if max(low, 0.0) <= place <= high and (not found or place - found[-1] >= apart):
            found.append(place)
    return found if len(found) > 1 else []


def log_texts(places: Sequence[float]) -> list[str]:
    """Texts of ticks at log10 of values: as many digits as tell them apart."""
    if not places:
        return []
    if all(abs(place - round(place)) < 1e-6 for place in places):
        return [_power(round(place)) for place in places]
    digits = 2
    gaps = [b - a for a, b in zip(sorted(places), sorted(places)[1:], strict=False) if b > a]
    if gaps:
        digits = min(max(2, 1 - math.floor(math.log10(min(gaps)))), 12)
    return [number(10.0**place, digits) if -307 < place < 308 else "" for place in places]


def _power(exponent: int) -> str:
    if -3 <= exponent <= 4:
        return number(10.0**exponent)
    return "10" + str(exponent).translate(_SUPERSCRIPTS)
