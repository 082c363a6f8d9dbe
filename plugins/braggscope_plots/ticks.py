"""Where ticks stand and what they say. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from braggscope_plots.wording import number

_SUPERSCRIPTS: Final = str.maketrans("−-0123456789", "⁻⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Digits of round resolutions, the roundest first.
_ROUND: Final = ((1.0, 2.0, 5.0), (3.0, 1.5, 2.5, 4.0), (1.2, 1.8, 6.0, 8.0), (1.1, 1.3, 1.4, 1.6))


def resolution_ticks(low: float, high: float, most: int) -> list[float]:
    """1/d of round resolutions within low ≤ 1/d ≤ high, 1/Å; none if fewer than two fit.

    Args:
        most: how many ticks there is room for if they are evenly spaced.
    """
    if not high > low:
        return []
    apart = (high - low) / max(most, 1)
    found: list[float] = []
    for digits in _ROUND:
        for place in sorted(10.0**power / digit for digit in digits for power in range(-4, 3)):
            free = all(abs(place - other) >= apart for other in found)
            if free and max(low, 0.0) <= place <= high:
                found.append(place)
    return sorted(found) if len(found) > 1 else []


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
    if -2 <= exponent <= 3:
        return number(10.0**exponent)
    return "10" + str(exponent).translate(_SUPERSCRIPTS)
