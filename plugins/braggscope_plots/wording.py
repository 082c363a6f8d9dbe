"""Numbers in words. No Qt."""

from __future__ import annotations

import math


def number(value: float, digits: int = 4) -> str:
    """A number short enough for a line; a true minus sign."""
    if not math.isfinite(value):
        return "—" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    mantissa, sign, exponent = f"{value:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(exponent)}" if sign else mantissa
    return text.replace("-", "−")


def count(pixels: int, what: str = "pixel") -> str:
    """A number of things, its thousands set apart."""
    return f"{pixels:,}".replace(",", " ") + f" {what}{'' if pixels == 1 else 's'}"
