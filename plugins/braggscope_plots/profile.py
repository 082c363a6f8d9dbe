"""Values along a line, a row or a column of images: those of the pixels met. No Qt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope_plots.pixels import Floats, Image

Ends = tuple[tuple[float, float], tuple[float, float]]
#: A line may be drawn far beyond the detector.
_MOST_POINTS = 200_000


@dataclass(frozen=True, eq=False)
class Profile:
    """Values along a path.

    Attributes:
        place: (n,) pixels: along the line from its start, or the index in the row or column.
        slow, fast: (n,) int64 indices of the pixels met.
        values: per image (n,) float64; NaN where the mask or the detector's edge leaves none.
    """

    place: Floats
    slow: NDArray[np.int64]
    fast: NDArray[np.int64]
    values: tuple[Floats, ...]


def along_line(
    images: Sequence[Image], masks: Sequence[NDArray[np.bool_] | None], ends: Ends
) -> Profile:
    """One point a pixel length from one end to the other, (slow, fast) in pixel coordinates."""
    (slow_0, fast_0), (slow_1, fast_1) = ends
    length = math.hypot(slow_1 - slow_0, fast_1 - fast_0)
    points = min(max(math.ceil(length - 1e-9) + 1, 2), _MOST_POINTS)
    share = np.linspace(0.0, 1.0, points)
    slow = np.floor(slow_0 + (slow_1 - slow_0) * share).astype(np.int64)
    fast = np.floor(fast_0 + (fast_1 - fast_0) * share).astype(np.int64)
    return _profile(images, masks, share * length, slow, fast)


def along_row(
    images: Sequence[Image], masks: Sequence[NDArray[np.bool_] | None], slow: int
) -> Profile:
    """A row: all pixels of one slow index."""
    fast = np.arange(max(image.shape[1] for image in images))
    return _profile(images, masks, fast.astype(np.float64), np.full_like(fast, slow), fast)


def along_column(
    images: Sequence[Image], masks: Sequence[NDArray[np.bool_] | None], fast: int
) -> Profile:
    """A column: all pixels of one fast index."""
    slow = np.arange(max(image.shape[0] for image in images))
    return _profile(images, masks, slow.astype(np.float64), slow, np.full_like(slow, fast))


def _profile(
    images: Sequence[Image],
    masks: Sequence[NDArray[np.bool_] | None],
    place: Floats,
    slow: NDArray[np.int64],
    fast: NDArray[np.int64],
) -> Profile:
    values = tuple(
        _values(image, mask, slow, fast) for image, mask in zip(images, masks, strict=True)
    )
    return Profile(place, slow, fast, values)


def _values(
    image: Image,
    mask: NDArray[np.bool_] | None,
    slow: NDArray[np.int64],
    fast: NDArray[np.int64],
) -> Floats:
    inside = (slow >= 0) & (slow < image.shape[0]) & (fast >= 0) & (fast < image.shape[1])
    if mask is not None:
        inside[inside] = ~mask[slow[inside], fast[inside]]
    values = np.full(slow.shape, np.nan)
    values[inside] = image[slow[inside], fast[inside]]
    return values
