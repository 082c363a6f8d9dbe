"""Means over rings of equal resolution. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope_plots.geometry import Geometry
from braggscope_plots.pixels import PIECE, Check, Floats, Pixels, all_finite, go_on

RadialUnit = Literal["inverse_d", "two_theta"]
BINS: Final = 300


@dataclass(frozen=True, eq=False)
class Radial:
    """Means over rings; NaN where a ring has no pixel that counts.

    Attributes:
        unit: of the edges: 1/d in 1/Å, or 2θ in degrees.
        edges: (bins + 1,).
        number: (bins,) int64 pixels that count and are finite in all images.
        sums: per image (bins,).
        difference_sum, square_sum: (bins,) sums of B − A and of its square; None for one image.
    """

    unit: RadialUnit
    edges: Floats
    number: NDArray[np.int64]
    sums: tuple[Floats, ...]
    difference_sum: Floats | None = None
    square_sum: Floats | None = None

    @property
    def means(self) -> tuple[Floats, ...]:
        """Per image (bins,)."""
        return tuple(self._over_number(total) for total in self.sums)

    @property
    def difference(self) -> Floats | None:
        """(bins,) mean of B − A."""
        return None if self.difference_sum is None else self._over_number(self.difference_sum)

    @property
    def rms(self) -> Floats | None:
        """(bins,) root of the mean square of B − A."""
        return None if self.square_sum is None else np.sqrt(self._over_number(self.square_sum))

    def _over_number(self, total: Floats) -> Floats:
        mean = np.full(total.shape, np.nan)
        np.divide(total, self.number, out=mean, where=self.number > 0)
        return mean


def radial(
    images: Pixels,
    geometry: Geometry,
    unit: RadialUnit,
    *,
    bins: int = BINS,
    check: Check = go_on,
) -> Radial:
    """Sum one or two images over rings of equal width in 1/d or 2θ.

    Raises:
        Cancelled: check gave up.
    """
    low, high = _range(geometry, unit, check)
    edges = np.linspace(low, high, bins + 1)
    sums = np.zeros((len(images.images) + 2, bins))
    number = np.zeros(bins, dtype=np.int64)
    shape = images.images[0].shape
    rows = max(PIECE // max(shape[1], 1), 1)
    for first in range(0, shape[0], rows):
        check()
        last = min(first + rows, shape[0])
        place = _place(geometry, unit, first, last).reshape(-1)
        ring = np.clip(((place - low) * (bins / (high - low))).astype(np.int64), 0, bins - 1)
        band = Pixels(
            tuple(image[first:last] for image in images.images),
            None if images.keep is None else images.keep[first:last],
        )
        for where, values in band.pieces(check):
            _add(number, sums, ring[where], values)
    count = len(images.images)
    if count == 1:
        return Radial(unit, edges, number, (sums[0],))
    return Radial(unit, edges, number, tuple(sums[:count]), sums[count], sums[count + 1])


def _add(
    number: NDArray[np.int64],
    sums: Floats,
    ring: NDArray[np.int64],
    values: tuple[Floats, ...],
) -> None:
    good = all_finite(values)
    if not good.all():
        ring, values = ring[good], tuple(piece[good] for piece in values)
    number += np.bincount(ring, minlength=number.size)
    with np.errstate(over="ignore"):
        weights = list(values)
        if len(values) == 2:
            difference = values[1] - values[0]
            weights += [difference, difference * difference]
    for total, weight in zip(sums, weights, strict=False):
        total += np.bincount(ring, weights=weight, minlength=number.size)


def _range(geometry: Geometry, unit: RadialUnit, check: Check) -> tuple[float, float]:
    """Lowest and highest place of any pixel."""
    slow, fast = geometry.setup.detector.shape
    if geometry.setup.detector.curved:
        rows = max(PIECE // max(fast, 1), 1)
        bands = [(first, min(first + rows, slow)) for first in range(0, slow, rows)]
        places = []
        for first, last in bands:
            check()
            places.append(_place(geometry, unit, first, last))
    else:
        # 2θ grows away from the beam along every straight line: its extremes are on the border,
        # or where the beam meets the detector.
        columns = geometry.rows(0, slow)
        near = geometry.near_beam()
        places = [_place(geometry, unit, row, row + 1) for row in (0, slow - 1)]
        places += [_at(geometry, unit, columns[0], np.array([[0.5, fast - 0.5]]))]
        places += [_at(geometry, unit, *near)] if near is not None else []
    low = min(float(place.min()) for place in places)
    high = max(float(place.max()) for place in places)
    return (low, high) if high > low else (low, low + max(abs(low) * 1e-6, 1e-9))


def _place(geometry: Geometry, unit: RadialUnit, first: int, last: int) -> Floats:
    return _at(geometry, unit, *geometry.rows(first, last))


def _at(geometry: Geometry, unit: RadialUnit, slow: Floats, fast: Floats) -> Floats:
    if unit == "inverse_d":
        return geometry.inverse_d_per_A(slow, fast)
    return np.degrees(2.0 * np.arcsin(np.sqrt(geometry.sine_squared(slow, fast))))
