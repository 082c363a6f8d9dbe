"""Logarithmic axes: where values go, and which numbers stand beside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_SUPERSCRIPTS: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Below so many decades, 2 and 5 are named too.
_FEW_DECADES: Final = 1.7


@dataclass(frozen=True)
class LogAxis:
    """From low to high, drawn from start to end.

    Attributes:
        named: the values to name; none: chosen by the range.
    """

    low: float
    high: float
    start: float
    end: float
    named: tuple[float, ...] = ()

    def at(self, value: float) -> float:
        """Where a value goes."""
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Values to name: decades, and 2 and 5 of each where there are few."""
        if self.named:
            return list(self.named)
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        steps = (1, 2, 5) if math.log10(self.high / self.low) < _FEW_DECADES else (1,)
        values = [step * 10.0**n for n in range(first, last + 1) for step in steps]
        margin = 1 + 1e-9
        return [v for v in values if self.low / margin <= v <= self.high * margin]


def around(values: Iterable[float], start: float, end: float, room: float = 1.25) -> LogAxis:
    """An axis on which positive values have room to both sides."""
    finite = [value for value in values if value > 0.0 and math.isfinite(value)] or [1.0]
    low, high = min(finite) / room, max(finite) * room
    if high / low < 4:
        low, high = low / 2, high * 2
    return LogAxis(low, high, start, end)


def plain(value: float) -> str:
    """1, 20, 0.5; 10⁵ from there on."""
    if value >= 1e5:
        exponent = math.floor(math.log10(value) + 1e-9)
        factor = value / 10.0**exponent
        power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
        return power if abs(factor - 1) < 1e-6 else f"{factor:.2g}·{power}"
    return f"{value:g}"
