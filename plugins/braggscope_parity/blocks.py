"""Passes over two images in blocks of rows that fit the processor's cache.

No metric makes a float64 copy of an image: a block's pixels are turned into float64, used, and
forgotten. Blocks go to several threads (NumPy frees Python's lock); what they give is put together
in raster order, so that the result does not depend on the threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, Pixel

T = TypeVar("T")
Values = NDArray[np.float64]

#: Half a mebibyte as float64: a few of them fit a core's second-level cache.
PIXELS_PER_BLOCK = 2**16
_THREADS_FROM = 2**20
_MOST_THREADS = 4


@dataclass
class Block:
    """Some rows of both images.

    Attributes:
        rows: which ones.
        a, b: (n,) float64 in raster order, of which the function may do what it likes; 0 where a
            pixel does not count.
        counted: (n,) False where a pixel is masked or not finite in both images; None: all count.
    """

    rows: slice
    width: int
    a: Values
    b: Values
    counted: NDArray[np.bool_] | None
    _spares: list[Values] = field(default_factory=list, repr=False)

    @property
    def n_counted(self) -> int:
        """How many pixels count."""
        return self.a.size if self.counted is None else int(np.count_nonzero(self.counted))

    def spare(self, number: int) -> Values:
        """(n,) float64 to work in; one and the same for a number."""
        return self._spares[number][: self.a.size]

    def pixel(self, index: int) -> Pixel:
        """The pixel of an index into the block."""
        slow, fast = divmod(int(index), self.width)
        return Pixel(self.rows.start + slow, fast)


class _Room(threading.local):
    """Arrays of one thread, used for one block after the other: fresh ones cost page faults."""

    def __init__(self, size: int) -> None:
        self.a, self.b = np.empty(size), np.empty(size)
        self.spares = [np.empty(size) for _ in range(3)]


def over_blocks(pair: ImagePair, function: Callable[[Block], T]) -> list[T]:
    """What function gives for every block, in raster order.

    Raises:
        Cancelled: nobody wants it any more.
    """
    height, width = pair.a.shape
    if pair.a.size == 0:
        return []
    step = max(1, PIXELS_PER_BLOCK // width)
    room = _Room(min(step, height) * width)

    def work(start: int) -> T:
        pair.checkpoint()
        with np.errstate(all="ignore"):
            return function(_block(pair, slice(start, min(start + step, height)), room))

    return in_threads(work, range(0, height, step), pair.a.size)


def in_threads(work: Callable[[int], T], starts: range, pixels: int) -> list[T]:
    """work(start) for all starts, in their order; several at a time where there is much to do."""
    threads = 1 if pixels < _THREADS_FROM else min(_MOST_THREADS, os.cpu_count() or 1)
    if threads == 1 or len(starts) == 1:
        return [work(start) for start in starts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, starts))


def _block(pair: ImagePair, rows: slice, room: _Room) -> Block:
    shape = (rows.stop - rows.start, pair.a.shape[1])
    size = shape[0] * shape[1]
    a, b = room.a[:size], room.b[:size]
    a.reshape(shape)[...] = pair.a[rows]
    b.reshape(shape)[...] = pair.b[rows]
    counted = counted_of(a, b, None if pair.mask is None else pair.mask[rows].reshape(-1))
    if counted is not None:
        bad = ~counted
        np.copyto(a, 0.0, where=bad)
        np.copyto(b, 0.0, where=bad)
    return Block(rows, shape[1], a, b, counted, room.spares)


def counted_of(a: Values, b: Values, mask: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """Where pixels count: unmasked, and finite in both images; None: everywhere."""
    # A sum is finite only if all its terms are; it may also overflow, which is looked at closely.
    counted: NDArray[np.bool_] | None = None
    if not (np.isfinite(a.sum()) and np.isfinite(b.sum())):
        counted = np.isfinite(a) & np.isfinite(b)
    if mask is not None and mask.any():
        counted = ~mask if counted is None else counted & ~mask
    return None if counted is None or counted.all() else counted
