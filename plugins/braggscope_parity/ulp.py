"""How many float32 numbers lie between the two images' values.

Distances count steps from one float32 to the next, over zero too; float64 images are rounded to
float32 first. Two images that are one and the same before each is stored as float32 differ by one
step at most: that much float32 explains.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult, Pixel
from braggscope_parity.blocks import Block, Values, over_blocks
from braggscope_parity.metrics import NOTHING
from braggscope_parity.moments import moments

#: Steps that rounding of one result to float32 on either side explains.
ROUNDING_BAND = 1
_BINS = 1024


@dataclass(frozen=True)
class Distances:
    """Distances of all pixels that count: the largest, and how many pixels have which.

    Attributes:
        counts: (1025,) pixels by distance; the last one holds all that are farther.
    """

    largest: int
    largest_at: Pixel
    counts: NDArray[np.int64]


def ulp_distance(pair: ImagePair) -> MetricResult:
    """Largest distance in float32 steps, and its pixel."""
    if moments(pair).n == 0:
        return NOTHING
    found = distances(pair)
    where = found.largest_at if found.largest else None
    return MetricResult(float(found.largest), _note(found), where)


def within_rounding(pair: ImagePair) -> MetricResult:
    """Share of the pixels that are at most one float32 step apart."""
    if moments(pair).n == 0:
        return NOTHING
    found = distances(pair)
    inside, total = int(found.counts[: ROUNDING_BAND + 1].sum()), int(found.counts.sum())
    return MetricResult(inside / total, f"{total - inside} of {total} pixels farther apart")


def distances(pair: ImagePair) -> Distances:
    """The distances, found once for all metrics; some pixel has to count."""
    return pair.memo("parity.ulp", _distances)


def steps(a: Values, b: Values) -> NDArray[np.int64]:
    """(n,) signed float32 steps from a to b, which must be finite."""
    return _ordinal(b) - _ordinal(a)


def _ordinal(values: Values) -> NDArray[np.int64]:
    """The place of each number among all float32; that of both zeros is 0."""
    largest = np.finfo(np.float32).max
    bits = np.clip(values, -largest, largest).astype(np.float32).view(np.int32)
    return np.where(bits < 0, np.int32(-(2**31)) - bits, bits).astype(np.int64)


def _distances(pair: ImagePair) -> Distances:
    def look(block: Block) -> Distances:
        found = np.abs(steps(block.a, block.b))
        at = int(found.argmax())
        if block.counted is not None and found[at] == 0:
            at = int(block.counted.argmax())
        largest = int(found[at])
        counts = np.bincount(np.minimum(found, _BINS), minlength=_BINS + 1)
        counts[0] -= block.a.size - block.n_counted
        return Distances(largest, block.pixel(at), counts)

    parts = [part for part in over_blocks(pair, look) if part.counts.any()]
    worst = max(parts, key=lambda part: part.largest)
    total = np.sum([part.counts for part in parts], axis=0)
    return Distances(worst.largest, worst.largest_at, total)


def _note(found: Distances) -> str:
    """Within how many steps 99 % of the pixels are."""
    total = np.cumsum(found.counts)
    enough = int(np.searchsorted(total, math.ceil(0.99 * int(total[-1]))))
    return f"99 % of the pixels within {enough}" if enough < _BINS else f"over {_BINS} for over 1 %"
