"""A detector image and reduced copies of its numbers, built once, without Qt.

What is on screen is cut out of the copy that fits (`braggscope.io.screen`), so that no change of
levels, scale, colours or view touches the whole image. A pixel of a copy stands for a square of
pixels by the most telling of them, or by their mean:

- `max`: the largest;
- `farthest`: the one farthest from the neutral value, for differences with a sign.

Copies begin at a quarter of the size. The one of half the size takes three times the memory of all
others, and is made when something is seen from so near (`extras_for`).

NaN and infinite pixels win over all others: an accident in one pixel of 16 million is seen from
afar. Masked ones lose against all others.
"""

from __future__ import annotations

import os
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.io.halving import pooled
from braggscope.io.reducing import (
    BAND,
    Band,
    Copy,
    Floats,
    Mask,
    Reducer,
    Reduction,
    levels_of,
    means,
    together,
)

#: Copies that are made when they are wanted.
Extra = Literal["half", "half_means", "means"]
_EXTRAS: Final[frozenset[Extra]] = frozenset({"half", "half_means", "means"})

#: The finest copy that every pyramid has. The one before would take as much as three of these.
_FINEST: Final = 2
_DEEPEST: Final = 8
#: Copies smaller than this serve no screen.
_SMALLEST: Final = 32
_SAMPLE: Final = 1 << 17
#: Steps come from divisions of sizes on screen: a hair below 2 is 2.
ROUNDING: Final = 1e-9
#: Beyond these a float32 copy would lose pixels to infinity or to zero.
_LARGEST, _FAINTEST = 1e37, 1e-20


@dataclass(frozen=True, eq=False, repr=False)
class Pyramid:
    """An image with its reduced copies.

    Attributes:
        data: [slow, fast] the image itself, not copied.
        mask: [slow, fast] True where a pixel does not count; None: all count.
        copies: level k (from 2) at index k − 2, reduced by 2^k, as (value − offset) / unit.
        offset: the neutral value of a difference, else 0.
        unit: what copies are divided by, so that float32 holds them.
        reduction: how a copy's pixel stands for its square.
        total, smallest, largest: over finite pixels that count; NaN extremes when none does.
        has_nan, has_plus_infinity, has_minus_infinity: whether such pixels count.
        brightest_band: first row of the band of `reducing.BAND` rows with the largest of them.
        sample: sorted float64 of finite pixels that count, at most some 100 000.
    """

    data: NDArray[Any]
    mask: Mask | None
    copies: tuple[Copy, ...]
    offset: float
    unit: float
    reduction: Reduction
    total: float
    smallest: float
    largest: float
    has_nan: bool
    has_plus_infinity: bool
    has_minus_infinity: bool
    brightest_band: int
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
        """The deepest level; 0: there is nothing but the image."""
        return len(self.copies) + _FINEST - 1 if self.copies else 0

    @cached_property
    def half(self) -> Copy:
        """Level 1, as `copies`."""
        reducer = Reducer(self.data, self.mask, self.offset, self.unit, self.reduction, (1,))
        for start in reducer.bands:
            reducer.fill(start, self.has_minus_infinity)
        return reducer.copies[1]

    @cached_property
    def means(self) -> tuple[Floats, ...]:
        """As `copies`, by the mean of the pixels that count."""
        levels = range(_FINEST, self.depth + 1)
        return tuple(means(self.data, self.mask, self.offset, self.unit, levels).values())

    @cached_property
    def half_means(self) -> Copy:
        """Level 1, as `means`."""
        mask = None if self.mask is None else pooled(self.mask, np.logical_and)
        return Copy(means(self.data, self.mask, self.offset, self.unit, (1,))[1], mask)

    @property
    def extras(self) -> frozenset[Extra]:
        """Those that are made."""
        return frozenset(_EXTRAS & vars(self).keys())

    def has(self, extra: Extra) -> bool:
        """Whether these copies are made, or there is nothing to be made."""
        return extra in vars(self) or not self.copies

    def make(self, extras: AbstractSet[Extra]) -> None:
        """Make these copies, unless they are there."""
        for extra in extras if self.copies else ():
            getattr(self, extra)

    def level_for(self, step: float, mean: bool) -> int:
        """Of the levels that are there, the one to show when `step` pixels share one on screen."""
        level = min(level_of(step), self.depth)
        return _FINEST if level == 1 and not self.has("half_means" if mean else "half") else level

    def copy(self, level: int, mean: bool = False) -> Copy:
        """A level from 1 on, by the most telling pixel or by the mean."""
        if level == 1:
            return self.half_means if mean else self.half
        copy = self.copies[level - _FINEST]
        return Copy(self.means[level - _FINEST], copy.mask) if mean else copy

    @cached_property
    def brightest(self) -> tuple[int, int]:
        """(slow, fast) of the largest finite pixel that counts; the centre where none does."""
        return _brightest(self)


def level_of(step: float) -> int:
    """The level whose pixels are the largest that are not larger than `step`; from 1 on."""
    return int(np.log2(max(step, 1.0)) + ROUNDING)


def extras_for(step: float, mean: bool) -> frozenset[Extra]:
    """Copies that are wanted beyond `copies`.

    Args:
        step: pixels of the image to one of the screen, along an axis.
        mean: whether that one shows their mean.
    """
    is_near = step > 0.0 and level_of(step) == 1
    if mean:
        return frozenset({"means", "half_means"} if is_near else {"means"})
    return frozenset({"half"} if is_near else ())


def build(
    data: NDArray[Any],
    mask: Mask | None = None,
    *,
    diverging: bool = False,
    neutral: float = 0.0,
    pool: ThreadPoolExecutor | None = None,
    extras: AbstractSet[Extra] = frozenset(),
) -> Pyramid:
    """Reduce an image; work goes band by band, in `pool` if there is one.

    Args:
        data: [slow, fast] of any numeric type; kept, not copied.
        mask: [slow, fast] True where a pixel does not count.
        diverging: whether values have a sign around `neutral`.
        neutral: the value that means "no difference".
        extras: copies that are wanted at once.
    """
    if mask is not None and not mask.any():
        mask = None
    offset = neutral if diverging else 0.0
    reduction: Reduction = "farthest" if diverging else "max"
    # Sampling takes a quarter of the time, beside the bands.
    sampled = pool.submit(_sample, data, mask) if pool else None
    first = 1 if "half" in extras else _FINEST
    levels = levels_of(data.shape, _SMALLEST, _DEEPEST)
    levels = levels[first - 1 :] if len(levels) >= _FINEST else ()
    reducer = Reducer(data, mask, offset, 1.0, reduction, levels)
    found = _filled(reducer, pool)
    unit = _unit(data.dtype, found, offset)
    if unit != 1.0:
        # Rare enough to do it all again, rather than look for the extremes of every image first.
        reducer = Reducer(data, mask, offset, unit, reduction, levels)
        found = _filled(reducer, pool)
    pyramid = Pyramid(
        data=data,
        mask=mask,
        copies=tuple(copy for level, copy in reducer.copies.items() if level >= _FINEST),
        offset=offset,
        unit=unit,
        reduction=reduction,
        total=found.total,
        smallest=found.smallest,
        largest=found.largest,
        has_nan=found.nan,
        has_plus_infinity=found.plus,
        has_minus_infinity=found.minus,
        brightest_band=found.start,
        sample=sampled.result() if sampled else _sample(data, mask),
    )
    if 1 in reducer.copies:
        vars(pyramid)["half"] = reducer.copies[1]
    pyramid.make(extras)
    return pyramid


def _filled(reducer: Reducer, pool: ThreadPoolExecutor | None) -> Band:
    """Fill the copies; what is known of the whole image."""
    band, starts = reducer.band, reducer.bands
    return together(list(pool.map(band, starts) if pool else map(band, starts)))


def make_pool() -> ThreadPoolExecutor:
    """Threads for `build`; NumPy frees Python's lock while they work."""
    return ThreadPoolExecutor(min(4, os.cpu_count() or 1), thread_name_prefix="pyramid")


def _unit(kind: np.dtype[Any], found: Band, offset: float) -> float:
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
    # Single precision is sorted in half the time.
    kind = np.float32 if data.dtype == np.float32 else np.float64
    with np.errstate(over="ignore"):
        values = data[step // 2 :: step, step // 2 :: step].astype(kind)
    keep = np.isfinite(values)
    if mask is not None:
        keep &= ~mask[step // 2 :: step, step // 2 :: step]
    found = values[keep]
    found.sort()
    return found.astype(np.float64, copy=False)


def _brightest(pyramid: Pyramid) -> tuple[int, int]:
    height, width = pyramid.shape
    if np.isnan(pyramid.largest):
        return height // 2, width // 2
    rows = slice(pyramid.brightest_band, pyramid.brightest_band + BAND)
    block = pyramid.data[rows]
    slow, fast = divmod(int(block.argmax()), width)
    if pyramid.mask is not None or not np.isfinite(block[slow, fast]):
        counts = np.isfinite(block)
        if pyramid.mask is not None:
            counts &= ~pyramid.mask[rows]
        slow, fast = divmod(int(np.where(counts, block, -np.inf).argmax()), width)
    return pyramid.brightest_band + slow, fast
