"""Metrics of two images, in float64; pixels that are not finite in both do not count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult, Pixel

#: A pixel is within tolerance when |B−A| ≤ ABSOLUTE·max|A| + RELATIVE·|A|.
ABSOLUTE_TOLERANCE = 1e-6
RELATIVE_TOLERANCE = 1e-5

_NOTHING = MetricResult(None, "no pixel counts: all are masked or not finite")


def correlation(pair: ImagePair) -> MetricResult:
    """Pearson's correlation coefficient; undefined where an image is constant."""
    a, b = pair.counted()
    if a.size == 0:
        return _NOTHING
    # Scaled first, so that squares of very small or large images neither vanish nor overflow.
    a, b = _centred(a), _centred(b)
    norm = float(np.linalg.norm(a)) * float(np.linalg.norm(b))
    if norm == 0.0:
        constant = [name for name, image in (("A", a), ("B", b)) if not np.any(image)]
        verb = "is" if len(constant) == 1 else "are"
        return MetricResult(None, f"undefined: {' and '.join(constant)} {verb} constant")
    return MetricResult(float(np.clip(np.dot(a, b) / norm, -1.0, 1.0)))


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    largest = float(np.max(np.abs(values)))
    scaled = values / largest if largest > 0.0 else values
    centred = scaled - scaled.mean()
    # A constant image leaves only rounding of its mean.
    return np.zeros_like(centred) if np.ptp(values) == 0.0 else centred


def sum_ratio(pair: ImagePair) -> MetricResult:
    """Sum of B over sum of A; undefined where A sums to 0."""
    a, b = pair.counted()
    if a.size == 0:
        return _NOTHING
    sum_a, sum_b = float(a.sum()), float(b.sum())
    if sum_a == 0.0:
        return MetricResult(None, f"undefined: A sums to 0, B to {sum_b:g}")
    return MetricResult(sum_b / sum_a)


def rmse(pair: ImagePair) -> MetricResult:
    """Root of the mean squared difference, photons."""
    a, b = pair.counted()
    if a.size == 0:
        return _NOTHING
    difference = b - a
    largest = float(np.max(np.abs(difference)))
    if largest == 0.0:
        return MetricResult(0.0)
    return MetricResult(largest * float(np.sqrt(np.mean((difference / largest) ** 2))))


def max_abs_difference(pair: ImagePair) -> MetricResult:
    """Largest |B−A|, photons, and its pixel."""
    difference = _abs_difference(pair)
    if not np.any(np.isfinite(difference)):
        return _NOTHING
    slow, fast = np.unravel_index(int(np.nanargmax(difference)), difference.shape)
    return MetricResult(float(difference[slow, fast]), pixel=Pixel(int(slow), int(fast)))


def max_rel_difference(pair: ImagePair) -> MetricResult:
    """Largest |B−A| over the largest |A|, and its pixel."""
    largest = max_abs_difference(pair)
    if largest.value is None:
        return largest
    peak = _peak(pair)
    if peak == 0.0:
        return MetricResult(None, "undefined: A is 0 everywhere", largest.pixel)
    return MetricResult(largest.value / peak, pixel=largest.pixel)


def within_tolerance(pair: ImagePair) -> MetricResult:
    """Share of counted pixels with |B−A| ≤ 1e-6·max|A| + 1e-5·|A|."""
    a, b = pair.counted()
    if a.size == 0:
        return _NOTHING
    allowed = ABSOLUTE_TOLERANCE * float(np.max(np.abs(a))) + RELATIVE_TOLERANCE * np.abs(a)
    outside = int(np.count_nonzero(np.abs(b - a) > allowed))
    return MetricResult(1.0 - outside / a.size, f"{outside} of {a.size} pixels outside")


def not_comparable(pair: ImagePair) -> MetricResult:
    """Number of unmasked pixels that are NaN or infinite on one side and not alike."""
    a, b = pair.a.astype(np.float64), pair.b.astype(np.float64)
    alike = (a == b) | (np.isnan(a) & np.isnan(b))
    odd = ~(np.isfinite(a) & np.isfinite(b)) & ~alike & pair.unmasked()
    count = int(np.count_nonzero(odd))
    if count == 0:
        return MetricResult(0.0)
    slow, fast = np.unravel_index(int(np.argmax(odd)), odd.shape)
    return MetricResult(float(count), "NaN or infinite on one side", Pixel(int(slow), int(fast)))


def _abs_difference(pair: ImagePair) -> NDArray[np.float64]:
    """[slow, fast] |B−A|; NaN where a pixel does not count."""
    a, b = pair.a.astype(np.float64), pair.b.astype(np.float64)
    counted = np.isfinite(a) & np.isfinite(b) & pair.unmasked()
    difference = np.full(a.shape, np.nan)
    difference[counted] = np.abs(b[counted] - a[counted])
    return difference


def _peak(pair: ImagePair) -> float:
    a, _ = pair.counted()
    return float(np.max(np.abs(a))) if a.size else 0.0
