"""How outcomes of a survey look: each has a colour and a shape, so that neither is needed alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.explain.sampling import Flags
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings

Outline = tuple[tuple[float, float], ...]
#: Told apart by colour-blind people too, and on light and dark grounds.
_COLORS: Final = ("#d55e00", "#0e7fc0", "#cc6fa5", "#009e73", "#e0a800", "#7a5bc7", "#56b4e9")
_SQUARE: Final[Outline] = ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9))
_UP: Final[Outline] = ((0.0, -1.15), (1.1, 0.8), (-1.1, 0.8))
_DIAMOND: Final[Outline] = ((0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0))
_DOWN: Final[Outline] = ((0.0, 1.15), (1.1, -0.8), (-1.1, -0.8))
_PLUS: Final[Outline] = (
    (-0.35, -1.15), (0.35, -1.15), (0.35, -0.35), (1.15, -0.35), (1.15, 0.35), (0.35, 0.35),
    (0.35, 1.15), (-0.35, 1.15), (-0.35, 0.35), (-1.15, 0.35), (-1.15, -0.35), (-0.35, -0.35),
)  # fmt: skip
_STAR: Final[Outline] = tuple(
    (float(r * np.sin(n * np.pi / 5)), float(-r * np.cos(n * np.pi / 5)))
    for n, r in enumerate([1.35, 0.6] * 5)
)
_CROSS: Final[Outline] = tuple(
    (float(x * 0.707 - y * 0.707), float(x * 0.707 + y * 0.707)) for x, y in _PLUS
)
#: An empty outline is a circle. The number of shapes and that of colours share no divisor: the
#: first 42 variables all look different.
_SHAPES: Final[tuple[Outline, ...]] = ((), _SQUARE, _UP, _DIAMOND, _DOWN, _STAR)


@dataclass(frozen=True)
class Look:
    """How one outcome is drawn.

    Attributes:
        color: "#rrggbb".
        outline: of its mark, (x, y) in a square of side 2 around the origin; empty: a circle.
        size: of its mark relative to the others.
    """

    color: str
    outline: Outline
    size: float = 1.0


def looks_of(found: Beginnings) -> dict[str, Look]:
    """Outcome -> look, in the order of the legend; it stays the same while samples are added."""
    names = [sample.outcome for sample in found.samples]
    variables = [name for name in dict.fromkeys(names) if name not in (AGREEING, NO_TRACE)]
    looks = {
        name: Look(_COLORS[n % len(_COLORS)], _SHAPES[n % len(_SHAPES)])
        for n, name in enumerate(variables)
    }
    looks |= {AGREEING: Look("#8b95a1", (), 0.55), NO_TRACE: Look("#3d434b", _CROSS)}
    return {cause.outcome: looks[cause.outcome] for cause in found.causes}


def nearest_samples(
    found: Beginnings, shape: tuple[int, int], longest: int, counts: Flags | None = None
) -> NDArray[np.int64]:
    """[rows, columns] the index of the sample nearest to each cell of a coarse image.

    Args:
        shape: (slow, fast) of the image.
        longest: cells along its longer side, at most.
        counts: [slow, fast] True where pixels count; cells of others get −1; None: all count.
    """
    from scipy.spatial import cKDTree

    scale = max(1.0, max(shape) / longest)
    rows, columns = (max(1, round(size / scale)) for size in shape)
    slow = (np.arange(rows) + 0.5) * shape[0] / rows - 0.5
    fast = (np.arange(columns) + 0.5) * shape[1] / columns - 0.5
    cells = np.stack(np.meshgrid(slow, fast, indexing="ij"), axis=-1)
    _, nearest = cKDTree(np.array(found.pixels, np.float64)).query(cells.reshape(-1, 2))
    found_there = np.asarray(nearest, np.int64).reshape(rows, columns)
    if counts is None:
        return found_there
    middles = np.ix_(slow.round().astype(int), fast.round().astype(int))
    return np.where(counts[middles], found_there, -1)


def uncrowded(places: NDArray[np.float64], outcomes: Sequence[Hashable], apart: float) -> list[int]:
    """Indices of samples whose marks are drawn: none nearer to another than so much.

    The rarest outcomes come first: they are never hidden by the usual ones.

    Args:
        places: (n, 2) on screen.
        outcomes: (n,).
        apart: distance on screen.
    """
    from scipy.spatial import cKDTree

    count = Counter(outcomes)
    tree, below = cKDTree(places), np.nextafter(apart, 0.0)
    hidden = np.zeros(len(outcomes), np.bool_)
    kept: list[int] = []
    for n in sorted(range(len(outcomes)), key=lambda n: count[outcomes[n]]):
        if not hidden[n]:
            kept.append(n)
            hidden[tree.query_ball_point(places[n], below)] = True
    return kept
