"""How much of the difference of two images a change removes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: Where the sum of squared differences is below this share of the sum of squares of B, two right
#: programs differ by rounding alone: in float64, and where an image is stored in less.
_ROUNDING: Final = 1e-20
_ROUNDING_SINGLE: Final = 1e-12

Image = NDArray[Any]


@dataclass(frozen=True)
class Residual:
    """What is left between two images.

    Attributes:
        squares: sum of squared differences over counted pixels, photons².
        total: sum of the squares of B there, photons².
        pixels: how many pixels count.
        rounding: share of the total that rounding explains.
    """

    squares: float
    total: float
    pixels: int
    rounding: float = _ROUNDING

    @property
    def is_rounding(self) -> bool:
        """Whether nothing but rounding is left."""
        return self.squares <= self.rounding * self.total

    def removed_from(self, before: Residual) -> float:
        """Share of a larger residual that is gone: 1 is all of it, below 0 it has grown."""
        if before.squares == 0.0:
            return 0.0 if self.squares == 0.0 else -np.inf
        return 1.0 - self.squares / before.squares


def residual_of(a: Image, b: Image, counts: NDArray[np.bool_]) -> Residual:
    """The residual of two images over pixels that count and are finite in both.

    Args:
        a, b: [slow, fast].
        counts: [slow, fast] True where a pixel counts.
    """
    kept = counts & np.isfinite(a) & np.isfinite(b)
    in_a, in_b = a[kept].astype(np.float64), b[kept].astype(np.float64)
    # Squares of the largest photon counts overflow nothing; of the smallest they may vanish.
    size = float(np.abs(in_b).max(initial=0.0)) or float(np.abs(in_a).max(initial=0.0)) or 1.0
    difference = (in_b - in_a) / size
    total = float(np.dot(in_b / size, in_b / size))
    exact = a.dtype == b.dtype == np.float64
    rounding = _ROUNDING if exact else _ROUNDING_SINGLE
    return Residual(float(np.dot(difference, difference)), total, int(kept.sum()), rounding)


def _shifted(image: Image, slow: int, fast: int) -> Image:
    """The image moved by whole pixels; what comes in from outside is NaN and does not count."""
    moved = np.full(image.shape, np.nan)
    height, width = image.shape
    moved[max(slow, 0) : height + min(slow, 0), max(fast, 0) : width + min(fast, 0)] = image[
        max(-slow, 0) : height + min(-slow, 0), max(-fast, 0) : width + min(-fast, 0)
    ]
    return moved


def _scaled_to(a: Image, b: Image, counts: NDArray[np.bool_]) -> Image:
    """A times the factor that brings it nearest to B."""
    kept = counts & np.isfinite(a) & np.isfinite(b)
    in_a, in_b = a[kept].astype(np.float64), b[kept].astype(np.float64)
    norm = float(np.dot(in_a, in_a))
    return a * (float(np.dot(in_a, in_b)) / norm if norm > 0.0 else 1.0)


#: id -> ("as if …", a function of A, B and what counts): changes of the image itself.
TRANSFORMATIONS: Final[Mapping[str, tuple[str, Callable[..., Image]]]] = {
    "image.transposed": ("fast and slow were swapped", lambda a, b, c: a.T),
    "image.flipped_fast": ("fast ran the other way", lambda a, b, c: a[:, ::-1]),
    "image.flipped_slow": ("slow ran the other way", lambda a, b, c: a[::-1]),
    "image.rotated": ("both axes ran the other way", lambda a, b, c: a[::-1, ::-1]),
    "image.fast+1": ("fast were one pixel more", lambda a, b, c: _shifted(a, 0, 1)),
    "image.fast-1": ("fast were one pixel less", lambda a, b, c: _shifted(a, 0, -1)),
    "image.slow+1": ("slow were one pixel more", lambda a, b, c: _shifted(a, 1, 0)),
    "image.slow-1": ("slow were one pixel less", lambda a, b, c: _shifted(a, -1, 0)),
    "image.scaled": ("all were multiplied by one factor", _scaled_to),
}
