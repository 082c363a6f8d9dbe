"""What nanoBragg prints about an image (spec section 10)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.setup import Setup

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Statistics:
    """Numbers about a float image.

    Attributes:
        maximum: the largest pixel; 0 where none is above 0.
        at_m: (fast, slow) place of its last sub-pixel on the detector, m.
        mean: over the rendered pixels.
        rms: as nanoBragg computes it, with n - 1 and without taking the mean away (Q51).
        rmsd: about the mean, over all pixels of the region, masked ones too.
    """

    maximum: float
    at_m: tuple[float, float]
    mean: float
    rms: float
    rmsd: float

    def lines(self) -> list[str]:
        """The two lines of nanoBragg."""
        fast, slow = self.at_m
        return [
            f"max_I = {self.maximum:g}  at {fast:g} {slow:g}",
            f"mean= {self.mean:g} rms= {self.rms:g} rmsd= {self.rmsd:g}",
        ]


def statistics_of(image: Image, setup: Setup, mask: NDArray[np.bool_] | None = None) -> Statistics:
    """Statistics of a float image.

    Args:
        image: [slow, fast] float32.
        setup: what it was made with.
        mask: [slow, fast] bool, True where the pixel was simulated; None for all.
    """
    rows, columns = region_of(setup)
    region = image[rows, columns]
    simulated = np.ones(region.shape, bool) if mask is None else mask[rows, columns]
    values = region[simulated]
    count = max(1, values.size)
    mean = _sum(values.astype(np.float64)) / count
    # In single precision, as the original does, where large values overflow.
    with np.errstate(over="ignore"):
        squares = _sum((values * values).astype(np.float64))
    deviations = _sum((region.astype(np.float64).ravel() - mean) ** 2)
    maximum, place = 0.0, (0.0, 0.0)
    comparable = np.where(simulated & ~np.isnan(region), region, -np.inf)
    if comparable.size and comparable.max() > 0.0:
        slow, fast = np.unravel_index(int(comparable.argmax()), comparable.shape)
        maximum = float(comparable[slow, fast])
        place = _last_sub_pixel(setup, int(fast) + columns.start, int(slow) + rows.start)
    return Statistics(
        maximum,
        place,
        mean,
        math.sqrt(squares / (max(2, values.size) - 1)),
        math.sqrt(deviations / (max(2, region.size) - 1)),
    )


def region_of(setup: Setup) -> tuple[slice, slice]:
    """Rows and columns of the region of interest."""
    roi = setup.detector.roi
    return slice(roi.slow_min, roi.slow_max + 1), slice(roi.fast_min, roi.fast_max + 1)


def _sum(values: NDArray[np.float64]) -> float:
    """Added one by one, as the original does."""
    return float(np.add.accumulate(values)[-1]) if values.size else 0.0


def _last_sub_pixel(setup: Setup, fast: int, slow: int) -> tuple[float, float]:
    side = setup.oversample
    sub = setup.detector.pixel_m / side
    along_fast, along_slow = (sub * (i * side + side - 1) + sub / 2.0 for i in (fast, slow))
    return along_fast, along_slow
