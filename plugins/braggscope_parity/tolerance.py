"""Which pixels are out of tolerance: |B−A| > 1e-6·max|A| + 1e-5·|A|."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from braggscope.api import ImagePair, Pixel
from braggscope_parity.blocks import Block, Values, over_blocks
from braggscope_parity.moments import moments

#: A pixel is within tolerance when |B−A| ≤ ABSOLUTE·max|A| + RELATIVE·|A|.
ABSOLUTE_TOLERANCE = 1e-6
RELATIVE_TOLERANCE = 1e-5
#: Share of max|A| below which the relative difference is not taken against A itself.
RELATIVE_FLOOR = 1e-6


@dataclass(frozen=True)
class Outside:
    """Pixels out of tolerance.

    Attributes:
        count: how many of those that count.
        first: the first one in raster order.
        relative: largest |B−A|/max(|A|, 1e-6·max|A|), at the pixel `relative_at`; None where A is 0
            everywhere.
    """

    count: int
    first: Pixel | None
    relative: float | None
    relative_at: Pixel | None


def outside(pair: ImagePair) -> Outside:
    """What is out of tolerance, found once for all metrics."""
    return pair.memo("parity.outside", _outside)


def peak(pair: ImagePair) -> float:
    """Largest |A| of the pixels that count; 0 when none does."""
    return moments(pair).peak_a


def allowed(a: Values, peak_a: float, out: Values) -> Values:
    """The largest |B−A| within tolerance, pixel by pixel; a may be of either sign."""
    np.abs(a, out=out)
    out *= RELATIVE_TOLERANCE
    out += ABSOLUTE_TOLERANCE * peak_a
    return out


def relative_difference(block: Block, peak_a: float) -> Values:
    """|B−A|/max(|A|, 1e-6·max|A|) of a block; 0 where a pixel does not count. A is used up."""
    np.subtract(block.b, block.a, out=block.b)
    np.abs(block.b, out=block.b)
    np.abs(block.a, out=block.a)
    np.maximum(block.a, floor_of(peak_a), out=block.a)
    return np.divide(block.b, block.a, out=block.b)


def floor_of(peak_a: float) -> float:
    """What stands for |A| where A is smaller; never 0."""
    return max(RELATIVE_FLOOR * peak_a, float(np.finfo(np.float64).tiny))


def _outside(pair: ImagePair) -> Outside:
    peak_a = peak(pair)

    def look(block: Block) -> tuple[int, Pixel | None, float, Pixel]:
        limit = allowed(block.a, peak_a, block.spare(0))
        delta = np.abs(np.subtract(block.b, block.a, out=block.spare(1)), out=block.spare(1))
        over = delta > limit
        count = int(np.count_nonzero(over))
        first = block.pixel(int(over.argmax())) if count else None
        relative = relative_difference(block, peak_a)
        at = int(relative.argmax())
        if block.counted is not None and relative[at] == 0.0:
            at = int(block.counted.argmax())
        return count, first, float(relative[at]), block.pixel(at)

    if peak_a == 0.0:
        return _where_a_is_zero(pair)
    found = over_blocks(pair, look)
    worst = max(found, key=lambda part: part[2])
    first = next((part[1] for part in found if part[1] is not None), None)
    return Outside(sum(part[0] for part in found), first, worst[2], worst[3])


def _where_a_is_zero(pair: ImagePair) -> Outside:
    """Nothing but 0 is within tolerance of an image of zeros."""

    def look(block: Block) -> tuple[int, Pixel | None]:
        over = block.b != 0.0
        count = int(np.count_nonzero(over))
        return count, block.pixel(int(over.argmax())) if count else None

    found = over_blocks(pair, look)
    first = next((pixel for _, pixel in found if pixel is not None), None)
    return Outside(sum(count for count, _ in found), first, None, None)
