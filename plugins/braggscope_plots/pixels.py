"""Which pixels a plot counts, handed out in pieces that fit a processor's cache. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Cancelled

Image = NDArray[np.generic]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Check = Callable[[], None]
#: Pixels in a piece: 256 KiB of float64; between pieces a plot can be given up.
PIECE = 1 << 15


def go_on() -> None:
    """A check that never gives up."""


def check_of(is_cancelled: Callable[[], bool]) -> Check:
    """A check that raises `Cancelled` once is_cancelled() says so."""

    def check() -> None:
        if is_cancelled():
            raise Cancelled("the plot is not wanted any more")

    return check


@dataclass(frozen=True, eq=False)
class Pixels:
    """Images of one shape, and which of their pixels count.

    Attributes:
        images: [slow, fast] each, any numeric type.
        keep: [slow, fast] bool, True where a pixel counts; None: all do.
    """

    images: tuple[Image, ...]
    keep: Flags | None = None

    @property
    def size(self) -> int:
        """How many pixels there are, whether they count or not."""
        return int(self.images[0].size)

    @property
    def left_out(self) -> int:
        """How many pixels the mask or the region leaves out."""
        return 0 if self.keep is None else self.size - int(np.count_nonzero(self.keep))

    def pieces(self, check: Check = go_on) -> Iterator[tuple[slice, tuple[Floats, ...]]]:
        """Places in raster order, and every image's values there as float64, NaN if left out."""
        flat = [np.ascontiguousarray(image).reshape(-1) for image in self.images]
        keep = None if self.keep is None else np.ascontiguousarray(self.keep).reshape(-1)
        for start in range(0, self.size, PIECE):
            check()
            place = slice(start, min(start + PIECE, self.size))
            values = tuple(_float64(image[place]) for image in flat)
            if keep is not None and not keep[place].all():
                values = tuple(np.where(keep[place], piece, np.nan) for piece in values)
            yield place, values

    def finite(self, check: Check = go_on) -> Iterator[tuple[Floats, ...]]:
        """The values of pixels that count and are finite in all images, (n,) float64 a piece."""
        for _, values in self.pieces(check):
            yield only(all_finite(values), values)


def all_finite(values: Sequence[Floats]) -> Flags:
    """Where all of several arrays are finite."""
    good = np.isfinite(values[0])
    for piece in values[1:]:
        good &= np.isfinite(piece)
    return good


def only(good: Flags, values: tuple[Floats, ...]) -> tuple[Floats, ...]:
    """What is good of several arrays; the arrays themselves where all is."""
    return values if good.all() else tuple(piece[good] for piece in values)


def _float64(piece: NDArray[Any]) -> Floats:
    if piece.dtype == np.float64:
        return piece
    # Signalling NaNs of float32 are NaN all the same.
    with np.errstate(invalid="ignore"):
        return piece.astype(np.float64)
