"""A survey in arrays: nobody who paints it or looks up a place goes through its samples. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.explain.looks import Look, looks_of
from braggscope.explain.start import Beginnings


@dataclass(frozen=True, eq=False)
class Chart:
    """What the map is painted from.

    Attributes:
        looks: outcome -> look, in the order of the legend.
        outcomes: (n,) of each sample, as an index into `looks`.
        places: (n, 2) (slow, fast) of the middle of its pixel.
        nearest: [rows, columns] index of the sample nearest to each cell of the map; −1 where no
            pixel counts.
    """

    looks: dict[str, Look]
    outcomes: NDArray[np.int64]
    places: NDArray[np.float64]
    nearest: NDArray[np.int64]

    @property
    def kinds(self) -> NDArray[np.int64]:
        """[rows, columns] outcome of each cell; −1 where no pixel counts."""
        return np.append(self.outcomes, -1)[self.nearest]


def chart_of(found: Beginnings, nearest: NDArray[np.int64]) -> Chart:
    """Put samples into arrays.

    Args:
        nearest: see `Chart`.
    """
    looks = looks_of(found)
    numbers = {outcome: n for n, outcome in enumerate(looks)}
    outcomes = np.array([numbers[sample.outcome] for sample in found.samples], np.int64)
    return Chart(looks, outcomes, np.array(found.pixels, np.float64) + 0.5, nearest)
