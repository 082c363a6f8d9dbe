"""Numbers as people read them. No Qt."""

from __future__ import annotations

import math


def number(value: float, digits: int = 5) -> str:
    """A number short enough for a title line; a true minus sign."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    mantissa, exponent_sign, exponent = f"{value:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(exponent)}" if exponent_sign else mantissa
    return text.replace("-", "−")


def seconds(value: float) -> str:
    """A duration."""
    if value < 0.01:
        return f"{value * 1e3:.1f} ms"
    if value < 1:
        return f"{value * 1e3:.0f} ms"
    if value < 100:
        return f"{value:.2f} s"
    return f"{int(value) // 60} min {int(value) % 60} s"


def remaining(value: float) -> str:
    """A remaining time, without false precision."""
    if value < 1.5:
        return "1 s left"
    return f"{value:.0f} s left" if value < 90 else f"{value / 60:.0f} min left"
