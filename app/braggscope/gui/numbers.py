"""Numbers as people read them. No Qt."""

from __future__ import annotations

import math
import re


def number(value: float, digits: int = 5) -> str:
    """A number short enough for a title line; a true minus sign."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    mantissa, exponent_sign, exponent = f"{value:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(exponent)}" if exponent_sign else mantissa
    return text.replace("-", "−")


def near(value: float, neutral: float, digits: int = 5) -> str:
    """A number, or how far it is from a neutral one that is not to be told from it: "1 + 3e-13"."""
    text = number(value, digits)
    if neutral in (0.0, value) or text != number(neutral, digits):
        return text
    return f"{text} {'+' if value > neutral else '−'} {number(abs(value - neutral), 2)}"


def read_near(text: str) -> float:
    """The number that `number` or `near` wrote, or somebody typed.

    Raises:
        ValueError: it is none.
    """
    first, *rest = re.split(r"\s+([+-])\s+", text.strip().replace("−", "-").replace(",", "."))
    signs, others = rest[::2], rest[1::2]
    terms = [float(f"{sign}{other}") for sign, other in zip(signs, others, strict=True)]
    return float(first) + sum(terms)


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
