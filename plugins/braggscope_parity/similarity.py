"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), in float64.

For every window of 7 × 7 pixels inside the image, with means μ, sample variances σ² and covariance:

    SSIM = (2 μa μb + C1)(2 σab + C2) / ((μa² + μb² + C1)(σa² + σb² + C2)),
    C1 = (0.01 L)², C2 = (0.03 L)², L = max A − min A;

the result is the mean over all windows whose pixels all count.

Sums over a window are sums of its own pixels: a running sum would carry a bright spot's rounding
into the dim pixels behind it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult
from braggscope_parity.blocks import PIXELS_PER_BLOCK, Values, counted_of, in_threads
from braggscope_parity.metrics import NOTHING
from braggscope_parity.moments import moments

WINDOW = 7
_K1, _K2 = 0.01, 0.03


def ssim(pair: ImagePair) -> MetricResult:
    """Mean structural similarity; undefined for a constant A and where no window counts.

    Error: below 1e-12 (1 + (max|A−B|/L)²), for images whose offset is not far above L.
    """
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    height, width = pair.a.shape
    if min(height, width) < WINDOW:
        return MetricResult(None, f"undefined: no window of {WINDOW} × {WINDOW} pixels fits in")
    span = found.high_a - found.low_a
    if span == 0.0 or not math.isfinite(span):
        return MetricResult(None, "undefined: A is constant" if span == 0.0 else "undefined")
    step = max(8, PIXELS_PER_BLOCK // width)

    def work(start: int) -> tuple[float, int]:
        pair.checkpoint()
        stop = min(start + step, height - WINDOW + 1)
        with np.errstate(all="ignore"):
            return _block_sum(pair, slice(start, stop + WINDOW - 1), span)

    parts = in_threads(work, range(0, height - WINDOW + 1, step), pair.a.size)
    windows = sum(count for _, count in parts)
    if windows == 0:
        return MetricResult(None, "undefined: every window has a pixel that does not count")
    return MetricResult(math.fsum(total for total, _ in parts) / windows)


def _block_sum(pair: ImagePair, rows: slice, span: float) -> tuple[float, int]:
    """Sum over the windows within some rows, and how many they are; in units of the span."""
    shape = (rows.stop - rows.start, pair.a.shape[1])
    a = pair.a[rows].astype(np.float64).reshape(-1)
    b = pair.b[rows].astype(np.float64).reshape(-1)
    mask = None if pair.mask is None else pair.mask[rows].reshape(-1)
    counted = counted_of(a, b, mask)
    a /= span
    b /= span
    valid = None
    if counted is not None:
        a, b = np.where(counted, a, 0.0), np.where(counted, b, 0.0)
        valid = _box(counted.reshape(shape).astype(np.float64)) == WINDOW**2
        if not valid.any():
            return 0.0, 0
    values = _similarity(a.reshape(shape), b.reshape(shape))
    if valid is None:
        return float(values.sum()), values.size
    return float(values[valid].sum()), int(np.count_nonzero(valid))


def _similarity(a: Values, b: Values) -> Values:
    """SSIM of each window, for images whose span is 1."""
    n = WINDOW**2
    # About the block's own mean: a common offset would cancel digits.
    centre = float(a.mean())
    a, b = a - centre, b - centre
    mean_a, mean_b = _box(a), _box(b)
    mean_a /= n
    mean_b /= n
    variances = _box(a * a + b * b)
    variances -= n * (mean_a * mean_a + mean_b * mean_b)
    covariance = _box(a * b)
    covariance -= n * (mean_a * mean_b)
    c1, c2 = _K1**2, _K2**2
    structure = covariance
    structure *= 2.0 / (n - 1)
    structure += c2
    variances *= 1.0 / (n - 1)
    variances += c2
    structure /= variances
    mean_a += centre
    mean_b += centre
    structure *= (2.0 * mean_a * mean_b + c1) / (mean_a * mean_a + mean_b * mean_b + c1)
    return structure


def _box(values: Values) -> NDArray[np.float64]:
    """Sums over all windows inside."""
    two = values[:-1] + values[1:]
    seven = two[:-5] + two[2:-3]
    seven += two[4:-1]
    seven += values[6:]
    two = seven[:, :-1] + seven[:, 1:]
    total = two[:, :-5] + two[:, 2:-3]
    total += two[:, 4:-1]
    total += seven[:, 6:]
    return total
