"""The pixels of a region as a pair of images of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from braggscope.api import ImagePair, ImageRegion, Masked, MetricResult, Pixel, pixels_of
from braggscope.physics.resolution import ScatteringGeometry


def part_of(
    pair: ImagePair, region: ImageRegion, geometry: ScatteringGeometry | None
) -> tuple[ImagePair, Pixel] | None:
    """The smallest rectangle around a region, all else in it masked, and its first pixel.

    None where no pixel lies in the region.

    Raises:
        InvalidInput: the region's pixels cannot be known.
    """
    shape = (int(pair.a.shape[0]), int(pair.a.shape[1]))
    inside = pixels_of(region.shape, shape, geometry, pair.mask)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if not rows.size:
        return None
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    outside = ~inside[box]
    if pair.mask is not None and not isinstance(region.shape, Masked):
        outside |= pair.mask[box]
    mask = outside if outside.any() else None
    part = ImagePair(pair.a[box], pair.b[box], mask, pair.checkpoint)
    return part, Pixel(int(rows[0]), int(columns[0]))


def moved(result: MetricResult, origin: Pixel) -> MetricResult:
    """A result of a part, its pixels counted from the corner of the whole image."""

    def there(pixel: Pixel) -> Pixel:
        return Pixel(int(pixel[0]) + origin.slow, int(pixel[1]) + origin.fast)

    return replace(
        result,
        pixel=None if result.pixel is None else there(result.pixel),
        places=tuple(replace(place, pixel=there(place.pixel)) for place in result.places),
    )
