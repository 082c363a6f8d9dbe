"""The map as lines and marks over the images. No Qt."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Line, Marks, OverlayItem
from braggscope.api.overlay import Symbol
from braggscope.explain.looks import looks_of, uncrowded
from braggscope.explain.start import AGREEING, NO_TRACE
from braggscope_divergence.surveyor import SurveyState

_SYMBOLS: Final[tuple[Symbol, ...]] = ("circle", "square", "cross", "plus")
#: Marks are apart by this share of the image: the image must be seen through them.
_APART: Final = 1 / 24


def items_over(state: SurveyState) -> list[OverlayItem]:
    """Borders between areas of different outcome; some samples as marks, the worst of each variable
    by its name.
    """
    if state.nearest is None:
        return []
    looks, samples = looks_of(state.found), state.found.samples
    outcomes = [sample.outcome for sample in samples]
    kinds = np.array([*(list(looks).index(name) for name in outcomes), -1])
    places = np.array([sample.pixel for sample in samples], np.float64) + 0.5
    drawn = uncrowded(places, outcomes, _APART * max(state.shape))
    items: list[OverlayItem] = [Line(_borders(kinds[state.nearest], state.shape))]
    causes = [c for c in state.found.causes if c.outcome not in (AGREEING, NO_TRACE)]
    for n, cause in enumerate(causes):
        symbol = _SYMBOLS[n % len(_SYMBOLS)]
        shown = places[[i for i in drawn if outcomes[i] == cause.outcome]]
        items.append(Marks(shown, symbol, color=looks[cause.outcome].color))
        worst = np.array([cause.example], np.float64) + 0.5
        items.append(Marks(worst, symbol, (cause.outcome,), "strong"))
    return items


def _borders(kinds: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """(n, 2) points of lines between cells of different kinds, the pen lifted between them."""
    tall, wide = (size / cells for size, cells in zip(shape, kinds.shape, strict=True))
    below, right = np.nonzero(kinds[1:] != kinds[:-1]), np.nonzero(kinds[:, 1:] != kinds[:, :-1])
    level = _segments(below[0] + 1, below[1], below[0] + 1, below[1] + 1)
    upright = _segments(right[0], right[1] + 1, right[0] + 1, right[1] + 1)
    return np.concatenate([level, upright]).reshape(-1, 2) * (tall, wide)


def _segments(*ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """(n, 3, 2): from, to, and a place where the pen is lifted."""
    lines = np.full((len(ends[0]), 3, 2), np.nan)
    lines[:, 0, 0], lines[:, 0, 1], lines[:, 1, 0], lines[:, 1, 1] = ends
    return lines
