"""What metrics should give, by slow and exact arithmetic that shares nothing with them."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from braggscope.api import ImagePair

EPSILON = float(np.finfo(np.float64).eps)


def counted(pair: ImagePair) -> tuple[list[Fraction], list[Fraction]]:
    """The pixels that count, as exact numbers."""
    keep = np.isfinite(pair.a) & np.isfinite(pair.b)
    if pair.mask is not None:
        keep &= ~pair.mask
    a, b = pair.a[keep], pair.b[keep]
    return [Fraction(float(x)) for x in a], [Fraction(float(x)) for x in b]


def correlation(pair: ImagePair) -> float | None:
    a, b = counted(pair)
    n = len(a)
    if n == 0:
        return None
    mean_a, mean_b = sum(a) / n, sum(b) / n
    aa = sum((x - mean_a) ** 2 for x in a)
    bb = sum((x - mean_b) ** 2 for x in b)
    ab = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    if aa == 0 or bb == 0:
        return None
    # Squared, and brought near 1, so that no float64 overflows.
    return math.copysign(math.sqrt(float(ab * ab / (aa * bb))), 1 if ab >= 0 else -1)


def sum_ratio(pair: ImagePair) -> tuple[float | None, float]:
    """The ratio, and by what factor rounding may be amplified in it."""
    a, b = counted(pair)
    if not a or sum(a) == 0:
        return None, 1.0
    worst = nearest(sum(map(abs, a)) / abs(sum(a)))
    worst += nearest(sum(map(abs, b)) / abs(sum(b))) if sum(b) else math.inf
    return nearest(sum(b) / sum(a)), worst


def rmse(pair: ImagePair) -> float | None:
    a, b = counted(pair)
    if not a:
        return None
    # Each difference as float64 has it: its rounding belongs to the definition's condition.
    squares = sum((y - x) ** 2 for x, y in zip(a, b, strict=True)) / len(a)
    return root(squares)


def nearest(value: Fraction) -> float:
    """As float64; infinite where that is too small for it."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def root(value: Fraction) -> float:
    """√value without overflow."""
    if value == 0:
        return 0.0
    exponent = (value.numerator.bit_length() - value.denominator.bit_length()) // 2
    return math.ldexp(math.sqrt(float(value / Fraction(4) ** exponent)), exponent)


def ssim(a: np.ndarray, b: np.ndarray, valid: np.ndarray) -> float:
    """Mean over all windows of 7 × 7 valid pixels, in long double, window by window."""
    a, b = a.astype(np.longdouble), b.astype(np.longdouble)
    span = a[valid].max() - a[valid].min()
    c1, c2 = (np.longdouble("0.01") * span) ** 2, (np.longdouble("0.03") * span) ** 2
    found = []
    for slow in range(a.shape[0] - 6):
        for fast in range(a.shape[1] - 6):
            here = np.s_[slow : slow + 7, fast : fast + 7]
            if not valid[here].all():
                continue
            x, y = a[here], b[here]
            dx, dy = x - x.mean(), y - y.mean()
            top = (2 * x.mean() * y.mean() + c1) * (2 * (dx * dy).sum() / 48 + c2)
            bottom = x.mean() ** 2 + y.mean() ** 2 + c1
            bottom *= (dx * dx).sum() / 48 + (dy * dy).sum() / 48 + c2
            found.append(top / bottom)
    return float(sum(found) / len(found))
