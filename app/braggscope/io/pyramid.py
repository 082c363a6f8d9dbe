"""A detector image and reduced copies of its numbers, built once, without Qt.

What is on screen is cut out of the copy that fits (`braggscope.io.screen`), so that no change of
levels, scale, colours or view touches the whole image. A pixel of a copy stands for a square of
pixels by the most telling of them, or by their mean:

- `max`: the largest;
- `farthest`: the one farthest from the neutral value, for differences with a sign.

NaN and infinite pixels win over all others: an accident in one pixel of 16 million is seen from
afar. Masked ones lose against all others.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.io.pooling import PIECE, Buffers, keys_of, pool_into, pooled, values_of_keys

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Reduction = Literal["max", "farthest"]

#: Rows that one piece of work reduces, a multiple of the largest reduction and of pieces.
_BAND: Final = 256
_DEEPEST: Final = 8
#: Copies smaller than this serve no screen.
_SMALLEST: Final = 64
_SAMPLE: Final = 1 << 17
#: Stands for −∞ in copies by the largest pixel: finite pixels cannot hide it.
MINUS_INFINITY: Final = np.finfo(np.float32).max
#: Beyond these a float32 copy would lose pixels to infinity or to zero.
_LARGEST, _FAINTEST = 1e37, 1e-20


@dataclass(frozen=True, eq=False, repr=False)
class Pyramid:
    """An image with its reduced copies.

    Attributes:
        data: [slow, fast] the image itself, not copied.
        mask: [slow, fast] True where a pixel does not count; None: all count.
        copies: level k (from 1) at index k − 1, reduced by 2^k, float32 (value − offset) / unit.
        masks: level k at index k − 1: no pixel of the square counts; empty without a mask.
        offset: the neutral value of a difference, else 0.
        unit: what copies are divided by, so that float32 holds them.
        reduction: how a copy's pixel stands for its square.
        total, smallest, largest: over finite pixels that count; NaN extremes when none does.
        has_nan, has_plus_infinity, has_minus_infinity: whether such pixels count.
        sample: sorted float64 of finite pixels that count, at most some 100 000.
    """

    data: NDArray[Any]
    mask: Mask | None
    copies: tuple[Floats, ...]
    masks: tuple[Mask, ...]
    offset: float
    unit: float
    reduction: Reduction
    total: float
    smallest: float
    largest: float
    has_nan: bool
    has_plus_infinity: bool
    has_minus_infinity: bool
    sample: NDArray[np.float64]

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) pixel counts."""
        return (int(self.data.shape[0]), int(self.data.shape[1]))

    @property
    def is_sampled(self) -> bool:
        """Whether `sample` leaves pixels out."""
        return self.data.size > _SAMPLE

    @property
    def depth(self) -> int:
        """The deepest level."""
        return len(self.copies)

    @cached_property
    def means(self) -> tuple[Floats, ...]:
        """Copies by mean of the pixels that count; made when first asked for."""
        return _means(self)

    @cached_property
    def brightest(self) -> tuple[int, int]:
        """(slow, fast) of the largest finite pixel that counts; the centre where none does."""
        return _brightest(self)


def build(
    data: NDArray[Any],
    mask: Mask | None = None,
    *,
    diverging: bool = False,
    neutral: float = 0.0,
    pool: ThreadPoolExecutor | None = None,
) -> Pyramid:
    """Reduce an image; work goes band by band, in `pool` if there is one.

    Args:
        data: [slow, fast] of any numeric type; kept, not copied.
        mask: [slow, fast] True where a pixel does not count.
        diverging: whether values have a sign around `neutral`.
        neutral: the value that means "no difference".
    """
    if mask is not None and not mask.any():
        mask = None
    offset = neutral if diverging else 0.0
    reduction: Reduction = "farthest" if diverging else "max"
    # Sampling takes a quarter of the time, beside the bands.
    sampled = pool.submit(_sample, data, mask) if pool else None
    plan = _Plan(data, mask, offset, 1.0, reduction)
    found = _built(plan, pool)
    unit = _unit(data.dtype, found, offset)
    if unit != 1.0:
        # Rare enough to do it all again, rather than look for the extremes of every image first.
        plan = _Plan(data, mask, offset, unit, reduction)
        found = _built(plan, pool)
    return Pyramid(
        data=data,
        mask=mask,
        copies=tuple(plan.copies),
        masks=tuple(plan.masks),
        offset=offset,
        unit=plan.unit,
        reduction=reduction,
        total=found.total,
        smallest=found.smallest,
        largest=found.largest,
        has_nan=found.nan,
        has_plus_infinity=found.plus,
        has_minus_infinity=found.minus,
        sample=sampled.result() if sampled else _sample(data, mask),
    )


def _built(plan: _Plan, pool: ThreadPoolExecutor | None) -> _Part:
    """Fill the copies of a plan; what is known of the whole image."""
    rows = range(0, plan.data.shape[0], _BAND)
    return _together(list(pool.map(plan.band, rows) if pool else map(plan.band, rows)))


def make_pool() -> ThreadPoolExecutor:
    """Threads for `build`; NumPy frees Python's lock while they work."""
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="pyramid")


@dataclass(frozen=True)
class _Part:
    """What is known of some rows, or of all."""

    total: float
    smallest: float
    largest: float
    nan: bool
    plus: bool
    minus: bool


def _together(parts: Sequence[_Part]) -> _Part:
    smallest = [part.smallest for part in parts if not np.isnan(part.smallest)]
    largest = [part.largest for part in parts if not np.isnan(part.largest)]
    return _Part(
        total=float(sum(part.total for part in parts)),
        smallest=min(smallest, default=float("nan")),
        largest=max(largest, default=float("nan")),
        nan=any(part.nan for part in parts),
        plus=any(part.plus for part in parts),
        minus=any(part.minus for part in parts),
    )


class _Plan:
    """Where the bands of one image write to."""

    def __init__(
        self,
        data: NDArray[Any],
        mask: Mask | None,
        offset: float,
        unit: float,
        reduction: Reduction,
    ) -> None:
        self.data, self.mask, self.offset, self.unit = data, mask, offset, unit
        self.is_max = reduction == "max"
        shapes = list(_shapes(data.shape))
        self.copies = [np.empty(shape, np.float32) for shape in shapes]
        self.masks = [np.empty(shape, np.bool_) for shape in shapes] if mask is not None else []
        self._local = threading.local()

    def band(self, start: int) -> _Part:
        """Reduce some rows and sum them up; what float32 cannot hold changes the unit (`_unit`)."""
        with np.errstate(over="ignore"):
            return self._band(start)

    def _band(self, start: int) -> _Part:
        rows = slice(start, start + _BAND)
        block = self.data[rows]
        mask = None if self.mask is None else self.mask[rows]
        part = _summed(block, mask)
        values: NDArray[Any] = block
        for level, copy in enumerate(self.copies, 1):
            values = self._first(block, mask, part) if level == 1 else pooled(values, np.maximum)
            rows = slice(start >> level, (start >> level) + len(values))
            copy[rows] = values if self.is_max else values_of_keys(values)
            if mask is not None:
                mask = pooled(mask, np.logical_and)
                self.masks[level - 1][rows] = mask
        return part

    def _first(self, block: NDArray[Any], mask: Mask | None, part: _Part) -> NDArray[Any]:
        """Half the size, in pieces that stay in the processor's cache."""
        width = block.shape[1]
        kind = np.float32 if self.is_max else np.uint32
        halved = np.empty(((len(block) + 1) // 2, (width + 1) // 2), kind)
        buffers = self._buffers(width)
        for start in range(0, len(block), PIECE):
            rows = slice(start, start + PIECE)
            inner = None if mask is None else mask[rows]
            values: NDArray[Any] = self._stored(block[rows], inner, part, buffers)
            if not self.is_max:
                values = keys_of(values, buffers)
            pool_into(values, halved[start // 2 : (start + len(values) + 1) // 2], buffers)
        return halved

    def _buffers(self, width: int) -> Buffers:
        """This thread's: new memory for each piece would take longer than the piece itself."""
        found: Buffers | None = getattr(self._local, "buffers", None)
        if found is None:
            found = self._local.buffers = Buffers(width)
        return found

    def _stored(
        self, block: NDArray[Any], mask: Mask | None, part: _Part, buffers: Buffers
    ) -> Floats:
        values = block
        if self.offset or self.unit != 1.0:
            values = (block.astype(np.float64) - self.offset) / self.unit
        stored: Floats = values
        if values.dtype != np.float32:
            stored = buffers.singles[: len(values)]
            np.copyto(stored, values, casting="unsafe")
        if part.minus and self.is_max:
            stored = np.where(stored == -np.inf, MINUS_INFINITY, stored)
        if mask is not None:
            stored = np.where(mask, np.float32(-np.inf if self.is_max else 0.0), stored)
        return stored


def _shapes(shape: Sequence[int]) -> Iterator[tuple[int, int]]:
    height, width = shape
    for _ in range(_DEEPEST):
        if min(height, width) < 2 * _SMALLEST:
            return
        height, width = (height + 1) // 2, (width + 1) // 2
        yield height, width


def _summed(block: NDArray[Any], mask: Mask | None) -> _Part:
    counted = block if mask is None else block[~mask]
    if not counted.size:
        return _Part(0.0, float("nan"), float("nan"), False, False, False)
    low, high = float(counted.min()), float(counted.max())
    if np.isfinite(low) and np.isfinite(high):
        return _Part(float(counted.sum(dtype=np.float64)), low, high, False, False, False)
    plus, minus = bool((counted == np.inf).any()), bool((counted == -np.inf).any())
    nan = bool(np.isnan(counted).any())
    finite = counted[np.isfinite(counted)]
    if not finite.size:
        return _Part(0.0, float("nan"), float("nan"), nan, plus, minus)
    total = float(finite.sum(dtype=np.float64))
    return _Part(total, float(finite.min()), float(finite.max()), nan, plus, minus)


def _unit(kind: np.dtype[Any], found: _Part, offset: float) -> float:
    if kind.kind != "f" or kind.itemsize <= 4 or np.isnan(found.largest):
        return 1.0
    reach = max(abs(found.largest - offset), abs(found.smallest - offset))
    # Infinite is what long doubles beyond float64 are: no unit helps.
    if reach == 0.0 or not np.isfinite(reach) or _FAINTEST <= reach <= _LARGEST:
        return 1.0
    return float(2.0 ** np.floor(np.log2(reach)))


def _sample(data: NDArray[Any], mask: Mask | None) -> NDArray[np.float64]:
    """Sorted; of large images every n-th pixel in both directions, n odd against patterns."""
    step = max(1, int((data.size / _SAMPLE) ** 0.5)) | 1 if data.size > _SAMPLE else 1
    with np.errstate(over="ignore"):
        values = data[step // 2 :: step, step // 2 :: step].astype(np.float64)
    keep = np.isfinite(values)
    if mask is not None:
        keep &= ~mask[step // 2 :: step, step // 2 :: step]
    found = values[keep]
    found.sort()
    return found


def _means(pyramid: Pyramid) -> tuple[Floats, ...]:
    made = [np.empty(copy.shape, np.float32) for copy in pyramid.copies]
    for start in range(0, pyramid.shape[0], _BAND):
        block = pyramid.data[start : start + _BAND].astype(np.float64)
        # What float32 cannot hold is masked, or it would have changed the unit.
        with np.errstate(over="ignore"):
            values = ((block - pyramid.offset) / pyramid.unit).astype(np.float32)
        counted = np.ones(values.shape, np.float32)
        if pyramid.mask is not None:
            counted -= pyramid.mask[start : start + _BAND]
            values = np.where(counted > 0, values, np.float32(0.0))
        for level, copy in enumerate(made, 1):
            values, counted = pooled(values, np.add), pooled(counted, np.add)
            rows = slice(start >> level, (start >> level) + len(values))
            copy[rows] = values / np.maximum(counted, 1.0)
    return tuple(made)


def _brightest(pyramid: Pyramid) -> tuple[int, int]:
    height, width = pyramid.shape
    if np.isnan(pyramid.largest):
        return height // 2, width // 2
    best: tuple[float, int, int] | None = None
    for start in range(0, height, _BAND):
        rows = slice(start, start + _BAND)
        block = pyramid.data[rows]
        found = _largest_in(block, None if pyramid.mask is None else pyramid.mask[rows])
        if found is not None and (best is None or found[0] > best[0]):
            best = (found[0], found[1] + start, found[2])
    return (height // 2, width // 2) if best is None else best[1:]


def _largest_in(block: NDArray[Any], mask: Mask | None) -> tuple[float, int, int] | None:
    position = int(block.argmax())
    slow, fast = divmod(position, block.shape[1])
    if mask is not None or not np.isfinite(block[slow, fast]):
        counts = np.isfinite(block)
        if mask is not None:
            counts &= ~mask
        if not counts.any():
            return None
        slow, fast = divmod(int(np.where(counts, block, -np.inf).argmax()), block.shape[1])
    return float(block[slow, fast]), slow, fast
