"""Histograms of several images over one axis. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from braggscope_plots.binning import Axis, LinearAxis, LogAxis, Places
from braggscope_plots.pixels import Check, Floats, Pixels, go_on, only

BINS: Final = 240


@dataclass(frozen=True)
class Census:
    """How many pixels of an image are what.

    Attributes:
        counted: finite and not left out; zero and negative are among them.
        not_finite: NaN or ±inf, and not left out.
        left_out: by the mask or the region.
        lowest, highest: of the counted ones; None where there is none.
        lowest_positive: smallest value above zero.
    """

    counted: int = 0
    zero: int = 0
    negative: int = 0
    not_finite: int = 0
    left_out: int = 0
    lowest: float | None = None
    highest: float | None = None
    lowest_positive: float | None = None


@dataclass(frozen=True, eq=False)
class Histogram:
    """Numbers of pixels per bin.

    Attributes:
        axis: the bins; None where no value can be shown on it.
        counts: (bins,) int64 per image. Logarithmic bins hold what is above zero, linear ones all
            that is counted.
        census: per image.
    """

    axis: Axis | None
    counts: tuple[Places, ...]
    census: tuple[Census, ...]


def histogram(
    images: Sequence[Pixels], *, log: bool, bins: int = BINS, check: Check = go_on
) -> Histogram:
    """Count the pixels of images, each of which stands alone in its `Pixels`.

    Raises:
        Cancelled: check gave up.
    """
    found = tuple(census(pixels, check) for pixels in images)
    low = [c.lowest_positive if log else c.lowest for c in found]
    lows = [value for value in low if value is not None]
    highs = [c.highest for c in found if c.highest is not None]
    if not lows:
        return Histogram(None, tuple(np.zeros(0, dtype=np.int64) for _ in images), found)
    if log:
        axis = LogAxis.over(min(lows), max(highs), bins)
        counts = tuple(_log_counts(pixels, axis, check) for pixels in images)
        return Histogram(axis, counts, found)
    even = LinearAxis.over(min(lows), max(highs), bins)
    return Histogram(even, tuple(_counts(pixels, even, check) for pixels in images), found)


def census(pixels: Pixels, check: Check = go_on) -> Census:
    """Count zeros, negatives and what is not finite, and find the range, in one image."""
    counted = zero = negative = 0
    lows, highs, positives = [], [], []
    left_out = pixels.left_out
    for (values,) in pixels.finite(check):
        if not values.size:
            continue
        counted += values.size
        low = float(values.min())
        lows.append(low)
        highs.append(float(values.max()))
        if low <= 0.0:
            zero += int(np.count_nonzero(values == 0.0))
            negative += int(np.count_nonzero(values < 0.0))
            values = values[values > 0.0]
            low = float(values.min()) if values.size else np.nan
        if low > 0.0:
            positives.append(low)
    return Census(
        counted,
        zero,
        negative,
        pixels.size - left_out - counted,
        left_out,
        min(lows, default=None),
        max(highs, default=None),
        min(positives, default=None),
    )


def _log_counts(pixels: Pixels, axis: LogAxis, check: Check) -> Places:
    total = np.zeros(axis.grid.size, dtype=np.int64)
    for (values,) in pixels.finite(check):
        total += axis.grid.count(_positive(values))
    return axis.grouped(total)


def _counts(pixels: Pixels, axis: Axis, check: Check) -> Places:
    total = np.zeros(len(axis.edges) - 1, dtype=np.int64)
    for (values,) in pixels.finite(check):
        total += np.bincount(axis.index(values), minlength=total.size)
    return total


def _positive(values: Floats) -> Floats:
    return only(values > 0.0, (values,))[0]
