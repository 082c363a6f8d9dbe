"""The quick metrics of two images, in float64; pixels that are not finite in both do not count.

All of them come out of one pass over the pixels (`moments`) and a second one (`outside`).
"""

from __future__ import annotations

import math

import numpy as np

from braggscope.api import ImagePair, MetricResult, Pixel
from braggscope_parity.blocks import over_blocks
from braggscope_parity.moments import Moments, moments
from braggscope_parity.tolerance import outside

NOTHING = MetricResult(None, "no pixel counts: all are masked or not finite")


def correlation(pair: ImagePair) -> MetricResult:
    """Pearson's correlation coefficient; undefined where an image is constant.

    Error: below 60 ε, whatever the images' offset from zero.
    """
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    ends = (("A", found.low_a, found.high_a), ("B", found.low_b, found.high_b))
    constant = [name for name, low, high in ends if low == high]
    norm = math.sqrt(found.var_aa) * math.sqrt(found.var_bb)
    if constant or norm == 0.0:
        verb = "is" if len(constant) == 1 else "are"
        names = " and ".join(constant or ["A", "B"])
        return MetricResult(None, f"undefined: {names} {verb} constant")
    return MetricResult(min(1.0, max(-1.0, found.var_ab / norm)))


def sum_ratio(pair: ImagePair) -> MetricResult:
    """Sum of B over sum of A; undefined where A sums to 0.

    Relative error: below 30 ε (Σ|A|/|ΣA| + Σ|B|/|ΣB|).
    """
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    if found.total_a == 0.0:
        total_b = _unscaled(found.total_b, found.scale_b)
        return MetricResult(None, f"undefined: A sums to 0, B to {total_b:g}")
    return MetricResult(
        _unscaled(found.total_b / found.total_a, found.scale_b - found.scale_a), _sums_note(found)
    )


def rmse(pair: ImagePair) -> MetricResult:
    """Root of the mean squared difference, photons."""
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    return MetricResult(_unscaled(math.sqrt(found.squares_d / found.n), found.scale_d))


def normalised_rmse(pair: ImagePair) -> MetricResult:
    """‖B−A‖/‖A‖: the RMSE over the root mean square of A; undefined where A is 0 everywhere."""
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    if found.squares_a == 0.0:
        return MetricResult(None, "undefined: A is 0 everywhere")
    ratio = math.sqrt(found.squares_d) / math.sqrt(found.squares_a)
    return MetricResult(_unscaled(ratio, found.scale_d - found.scale_a))


def max_abs_difference(pair: ImagePair) -> MetricResult:
    """Largest |B−A|, photons, and its pixel."""
    found = moments(pair)
    return NOTHING if found.n == 0 else MetricResult(found.largest_d, pixel=_worst(found))


def max_rel_difference(pair: ImagePair) -> MetricResult:
    """Largest |B−A| over the largest |A|, and its pixel."""
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    if found.peak_a == 0.0:
        return MetricResult(None, "undefined: A is 0 everywhere", _worst(found))
    ratio = float(np.float64(found.largest_d) / found.peak_a)
    return MetricResult(ratio, pixel=_worst(found))


def max_pixel_relative(pair: ImagePair) -> MetricResult:
    """Largest |B−A|/|A|, and its pixel; dim pixels count as 1e-6·max|A|."""
    if moments(pair).n == 0:
        return NOTHING
    found = outside(pair)
    if found.relative is None:
        return MetricResult(None, "undefined: A is 0 everywhere")
    return MetricResult(found.relative, pixel=found.relative_at if found.relative else None)


def within_tolerance(pair: ImagePair) -> MetricResult:
    """Share of counted pixels with |B−A| ≤ 1e-6·max|A| + 1e-5·|A|."""
    n = moments(pair).n
    if n == 0:
        return NOTHING
    count = outside(pair).count
    return MetricResult(1.0 - count / n, f"{count} of {n} pixels outside")


def first_outside(pair: ImagePair) -> MetricResult:
    """Number of pixels out of tolerance, and the first of them in raster order."""
    if moments(pair).n == 0:
        return NOTHING
    found = outside(pair)
    return MetricResult(float(found.count), pixel=found.first)


def not_comparable(pair: ImagePair) -> MetricResult:
    """Number of unmasked pixels that are NaN or infinite on one side and not alike."""

    def look(rows: slice) -> tuple[int, Pixel | None]:
        a, b = pair.a[rows], pair.b[rows]
        odd = ~(np.isfinite(a) & np.isfinite(b)) & (a != b) & ~(np.isnan(a) & np.isnan(b))
        if pair.mask is not None:
            odd &= ~pair.mask[rows]
        count = int(np.count_nonzero(odd))
        if not count:
            return 0, None
        slow, fast = np.unravel_index(int(odd.argmax()), odd.shape)
        return count, Pixel(rows.start + int(slow), int(fast))

    masked = 0 if pair.mask is None else int(np.count_nonzero(pair.mask))
    if moments(pair).n == pair.a.size - masked:
        return MetricResult(0.0)
    # Only blocks with pixels that do not count are worth a second look.
    blocks = over_blocks(pair, lambda block: (block.rows, block.counted is not None))
    found = [look(rows) for rows, doubtful in blocks if doubtful]
    count = sum(number for number, _ in found)
    if count == 0:
        return MetricResult(0.0)
    first = next(pixel for _, pixel in found if pixel is not None)
    return MetricResult(float(count), "NaN or infinite on one side", first)


def _unscaled(value: float, exponent: int) -> float:
    """value·2^exponent; infinite where no float64 is that large."""
    try:
        return math.ldexp(value, exponent)
    except OverflowError:
        return math.copysign(math.inf, value)


def _worst(found: Moments) -> Pixel | None:
    """The pixel that differs most, if any does."""
    return found.largest_at if found.largest_d else None


def _sums_note(found: Moments) -> str:
    total_a = _unscaled(found.total_a, found.scale_a)
    total_b = _unscaled(found.total_b, found.scale_b)
    return f"ΣA = {total_a:.9g}, ΣB = {total_b:.9g}"
