"""Quantiles of the relative difference: exact, without a sorted copy of the image.

Numbers that are not negative stand in the order of their bits. A histogram of the upper 16 bits
says in which bin a rank lies; that bin alone is looked at closer.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult
from braggscope_parity.blocks import Block, Values, over_blocks
from braggscope_parity.metrics import NOTHING
from braggscope_parity.moments import moments
from braggscope_parity.tolerance import peak, relative_difference

SHARES = (0.5, 0.99, 0.999)
_DIGITS = 16
#: A bin with fewer values than that is sorted, one with more is divided.
_SORTED = 2**20


def median(pair: ImagePair) -> MetricResult:
    """Half of the pixels have a relative difference up to this."""
    return _result(pair, 0.5)


def percentile_99(pair: ImagePair) -> MetricResult:
    """99 % of the pixels have a relative difference up to this."""
    return _result(pair, 0.99)


def percentile_999(pair: ImagePair) -> MetricResult:
    """99.9 % of the pixels have a relative difference up to this."""
    return _result(pair, 0.999)


def _result(pair: ImagePair, share: float) -> MetricResult:
    found = moments(pair)
    if found.n == 0:
        return NOTHING
    if found.peak_a == 0.0:
        return MetricResult(None, "undefined: A is 0 everywhere")
    return MetricResult(pair.memo("parity.quantiles", relative_quantiles)[share])


def relative_quantiles(pair: ImagePair) -> Mapping[float, float]:
    """For each of SHARES the smallest |B−A|/max(|A|, 1e-6·max|A|) that so many pixels keep to."""
    n, peak_a = moments(pair).n, peak(pair)
    ranks = {share: max(0, math.ceil(share * n) - 1) for share in SHARES}
    counts = _histogram(pair, peak_a, (), 0)
    return {share: _selected(pair, peak_a, rank, counts) for share, rank in ranks.items()}


def _selected(pair: ImagePair, peak_a: float, rank: int, counts: NDArray[np.int64]) -> float:
    """The value of a rank, counted from 0."""
    prefix: tuple[int, ...] = ()
    while True:
        place = int(np.searchsorted(np.cumsum(counts), rank, side="right"))
        rank -= int(counts[:place].sum())
        prefix = (*prefix, place)
        if len(prefix) == 64 // _DIGITS:
            bits = sum(part << (64 - _DIGITS * (i + 1)) for i, part in enumerate(prefix))
            return float(np.array([bits], np.uint64).view(np.float64)[0])
        if counts[place] <= _SORTED:
            found = np.concatenate(_gathered(pair, peak_a, prefix))
            return float(np.partition(found, rank)[rank])
        counts = _histogram(pair, peak_a, prefix, len(prefix))


def _histogram(
    pair: ImagePair, peak_a: float, prefix: tuple[int, ...], digit: int
) -> NDArray[np.int64]:
    """How many values that begin with a prefix have which next digit."""
    total, lock = np.zeros(2**_DIGITS, np.int64), threading.Lock()
    shift = np.uint64(64 - _DIGITS * (digit + 1))

    def add(block: Block) -> None:
        bits = _values(block, peak_a, prefix).view(np.uint64) >> shift
        digits = (bits & np.uint64(2**_DIGITS - 1)).astype(np.intp)
        counts = np.bincount(digits, minlength=2**_DIGITS)
        with lock:
            np.add(total, counts, out=total)

    over_blocks(pair, add)
    return total


def _gathered(pair: ImagePair, peak_a: float, prefix: tuple[int, ...]) -> list[Values]:
    return over_blocks(pair, lambda block: _values(block, peak_a, prefix).copy())


def _values(block: Block, peak_a: float, prefix: tuple[int, ...]) -> Values:
    """A block's values that count and whose bits begin with a prefix."""
    values = relative_difference(block, peak_a)
    keep = block.counted
    if prefix:
        known = _DIGITS * len(prefix)
        start = sum(part << (known - _DIGITS * (i + 1)) for i, part in enumerate(prefix))
        same = values.view(np.uint64) >> np.uint64(64 - known) == np.uint64(start)
        keep = same if keep is None else keep & same
    return values if keep is None else values[keep]
