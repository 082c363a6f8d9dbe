"""Fills reduced copies of an image band by band, and sums the bands up. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from braggscope.io.halving import PIECE, Buffers, keys_of, pool_into, pooled, values_of_keys

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Reduction = Literal["max", "farthest"]

#: Rows that one piece of work reduces, a multiple of the largest reduction and of pieces.
BAND: Final = 256
#: Stands for −∞ in copies by the largest pixel: finite pixels cannot hide it.
MINUS_INFINITY: Final = np.finfo(np.float32).max


class Copy(NamedTuple):
    """An image reduced by 2^level: float32 [slow, fast], and where no pixel of a square counts."""

    values: Floats
    mask: Mask | None


@dataclass(frozen=True)
class Band:
    """What is known of some rows, or of all.

    Attributes:
        start: the first of the rows; of all, of the band with the largest pixel.
        total, smallest, largest: over finite pixels that count; NaN extremes when none does.
        nan, plus, minus: whether NaN, +∞, −∞ count.
    """

    start: int
    total: float
    smallest: float
    largest: float
    nan: bool = False
    plus: bool = False
    minus: bool = False


def together(bands: Sequence[Band]) -> Band:
    """What is known of all."""
    filled = [band for band in bands if not np.isnan(band.largest)]
    brightest = max(filled, key=lambda band: band.largest, default=bands[0] if bands else None)
    return Band(
        start=0 if brightest is None else brightest.start,
        total=float(sum(band.total for band in bands)),
        smallest=min((band.smallest for band in filled), default=float("nan")),
        largest=float("nan") if brightest is None else brightest.largest,
        nan=any(band.nan for band in bands),
        plus=any(band.plus for band in bands),
        minus=any(band.minus for band in bands),
    )


def levels_of(shape: Sequence[int], smallest: int, deepest: int) -> tuple[int, ...]:
    """Levels, from 1, at which no side has fewer pixels than `smallest`."""
    levels = range(1, deepest + 1)
    return tuple(level for level in levels if min(shape_at(shape, level - 1)) >= 2 * smallest)


def shape_at(shape: Sequence[int], level: int) -> tuple[int, int]:
    """(slow, fast) of an image reduced by 2^level."""
    return -(-shape[0] // 2**level), -(-shape[1] // 2**level)


class Reducer:
    """Fills copies of one image.

    Args:
        data, mask: [slow, fast] as in `Pyramid`.
        offset, unit: copies hold (value − offset) / unit.
        levels: which copies are wanted, in rising order.
    """

    def __init__(
        self,
        data: NDArray[Any],
        mask: Mask | None,
        offset: float,
        unit: float,
        reduction: Reduction,
        levels: Sequence[int],
    ) -> None:
        self.data, self.mask, self.offset, self.unit = data, mask, offset, unit
        self.is_max = reduction == "max"
        self.copies = {level: self._room(shape_at(data.shape, level)) for level in levels}
        self._deepest = max(levels, default=0)
        self._local = threading.local()

    def _room(self, shape: tuple[int, int]) -> Copy:
        mask = None if self.mask is None else np.empty(shape, np.bool_)
        return Copy(np.empty(shape, np.float32), mask)

    @property
    def bands(self) -> range:
        """First rows of the bands."""
        return range(0, self.data.shape[0], BAND)

    def band(self, start: int) -> Band:
        """Reduce some rows and sum them up."""
        rows = slice(start, start + BAND)
        with np.errstate(over="ignore"):
            found = _summed(start, self.data[rows], None if self.mask is None else self.mask[rows])
        self.fill(start, found.minus)
        return found

    def fill(self, start: int, has_minus: bool) -> None:
        """Reduce some rows; has_minus: whether −∞ may be among them.

        What float32 cannot hold becomes infinite: then another unit is wanted.
        """
        rows = slice(start, start + BAND)
        block, mask = self.data[rows], None if self.mask is None else self.mask[rows]
        values: NDArray[Any] = block
        for level in range(1, self._deepest + 1):
            if level == 1:
                with np.errstate(over="ignore"):
                    values = self._first(block, mask, has_minus)
            else:
                values = pooled(values, np.maximum)
            mask = None if mask is None else pooled(mask, np.logical_and)
            wanted = self.copies.get(level)
            if wanted is None:
                continue
            rows = slice(start >> level, (start >> level) + len(values))
            wanted.values[rows] = values if self.is_max else values_of_keys(values)
            if wanted.mask is not None and mask is not None:
                wanted.mask[rows] = mask

    def _first(self, block: NDArray[Any], mask: Mask | None, has_minus: bool) -> NDArray[Any]:
        """Half the size, in pieces that stay in the processor's cache."""
        buffers = self._buffers(block.shape[1])
        kind = np.float32 if self.is_max else np.uint32
        halved = buffers.halved[: (len(block) + 1) // 2].view(kind)
        for start in range(0, len(block), PIECE):
            rows = slice(start, start + PIECE)
            inner = None if mask is None else mask[rows]
            values: NDArray[Any] = self._stored(block[rows], inner, has_minus, buffers)
            if not self.is_max:
                values = keys_of(values, buffers)
            pool_into(values, halved[start // 2 : (start + len(values) + 1) // 2], buffers)
        return halved

    def _buffers(self, width: int) -> Buffers:
        """This thread's: new memory for each piece would take longer than the piece itself."""
        found: Buffers | None = getattr(self._local, "buffers", None)
        if found is None:
            found = self._local.buffers = Buffers(width, BAND)
        return found

    def _stored(
        self, block: NDArray[Any], mask: Mask | None, has_minus: bool, buffers: Buffers
    ) -> Floats:
        values = block
        if self.offset or self.unit != 1.0:
            values = (block.astype(np.float64) - self.offset) / self.unit
        stored: Floats = values
        if values.dtype != np.float32:
            stored = buffers.singles[: len(values)]
            np.copyto(stored, values, casting="unsafe")
        if has_minus and self.is_max:
            stored = np.where(stored == -np.inf, MINUS_INFINITY, stored)
        if mask is not None:
            stored = np.where(mask, np.float32(-np.inf if self.is_max else 0.0), stored)
        return stored


def _summed(start: int, block: NDArray[Any], mask: Mask | None) -> Band:
    counted = block if mask is None else block[~mask]
    if not counted.size:
        return Band(start, 0.0, float("nan"), float("nan"))
    low, high = float(counted.min()), float(counted.max())
    if np.isfinite(low) and np.isfinite(high):
        return Band(start, float(counted.sum(dtype=np.float64)), low, high)
    special = bool(np.isnan(counted).any()), bool((counted == np.inf).any())
    minus = bool((counted == -np.inf).any())
    finite = counted[np.isfinite(counted)]
    if not finite.size:
        return Band(start, 0.0, float("nan"), float("nan"), *special, minus)
    total = float(finite.sum(dtype=np.float64))
    return Band(start, total, float(finite.min()), float(finite.max()), *special, minus)


def means(
    data: NDArray[Any], mask: Mask | None, offset: float, unit: float, levels: Sequence[int]
) -> dict[int, Floats]:
    """Copies by mean of the pixels that count; see `Reducer`."""
    made = {level: np.empty(shape_at(data.shape, level), np.float32) for level in levels}
    for start in range(0, data.shape[0], BAND):
        block = data[start : start + BAND].astype(np.float64)
        # What float32 cannot hold is masked, or it would have changed the unit.
        with np.errstate(over="ignore"):
            values = ((block - offset) / unit).astype(np.float32)
        counted = np.ones(values.shape, np.float32)
        if mask is not None:
            counted -= mask[start : start + BAND]
            values = np.where(counted > 0, values, np.float32(0.0))
        for level in range(1, max(levels, default=0) + 1):
            values, counted = pooled(values, np.add), pooled(counted, np.add)
            if level in made:
                rows = slice(start >> level, (start >> level) + len(values))
                made[level][rows] = values / np.maximum(counted, 1.0)
    return made
