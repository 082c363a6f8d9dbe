"""Numbers along the borders of an image. No Qt."""

from __future__ import annotations

import math
from typing import Literal

AxisUnit = Literal["none", "pixels", "mm"]


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers between low and high, at most so many, in steps of 1, 2 or 5 · 10ⁿ."""
    if not high > low or most < 1:
        return []
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """A tick's number with as many digits as its step needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return f"{value:.{digits}f}".replace("-", "−")
