"""A region cut into launches: short enough for a user who cancels, large enough for the card."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from braggscope_torch.card.job import Evaluations

#: What one launch shall take: two of them are under way when a run is cancelled.
_LAUNCH_S: Final = 0.05
#: Evaluations of the first launch, before anything is known of the card: 20 ms on a slow one.
_FIRST_LAUNCH: Final = 2**24
_MOST_GROWTH: Final = 4.0


class Range(NamedTuple):
    """From, to; the end is not in it."""

    begin: int
    end: int

    @property
    def size(self) -> int:
        """How many there are."""
        return self.end - self.begin


class Piece(NamedTuple):
    """One launch: pixels of the region, in raster order, and which of their evaluations.

    Attributes:
        slot: which set of buffers its pixels have: 0 and 1 in turns, 2 a pixel by itself.
        opens, closes: whether it is the first, the last of its pixels.
        is_first_sweep: whether it sees the cells of the run's first sweep.
    """

    pixels: Range
    places: Range
    sources: Range
    orientations: Range
    slot: int
    opens: bool
    closes: bool
    is_first_sweep: bool = False

    @property
    def evaluations(self) -> int:
        """Of all its pixels."""
        each = self.places.size * self.sources.size * self.orientations.size
        return self.pixels.size * each


@dataclass
class Pace:
    """How much goes into one launch, learnt from those before.

    Attributes:
        fewest_pixels: fewer leave parts of the card without work.
        most_pixels: what the buffers hold, but for a row that is longer.
        evaluations: of the next launch.
        learns: whether that depends on what those before took.
    """

    fewest_pixels: int
    most_pixels: int = 2**21
    evaluations: float = float(_FIRST_LAUNCH)
    learns: bool = True

    def learn(self, evaluations: int, seconds: float) -> None:
        """Take in what a launch took."""
        if not self.learns:
            return
        fitting = evaluations / max(seconds, 1e-6) * _LAUNCH_S
        # A short launch says little about a long one.
        self.evaluations = max(1.0, min(fitting, self.evaluations * _MOST_GROWTH))


def pieces(evaluations: Evaluations, pixels: Range, row: int, pace: Pace) -> Iterator[Piece]:
    """Launches for pixels of the region, stretch by stretch; each when the one before is known.

    Args:
        row: stretches are whole multiples of so many pixels.
    """
    start, slot = pixels.begin, 0
    while start < pixels.end:
        fitting = int(pace.evaluations // max(1, evaluations.each))
        wanted = min(max(fitting, pace.fewest_pixels), pace.most_pixels)
        end = min(start + max(1, wanted // row) * row, pixels.end)
        yield from whole_pixels(evaluations, Range(start, end), slot, pace)
        start, slot = end, 1 - slot


def whole_pixels(
    evaluations: Evaluations, pixels: Range, slot: int, pace: Pace, is_first_sweep: bool = False
) -> Iterator[Piece]:
    """Launches that together give some pixels all their evaluations."""
    most = max(1, int(pace.evaluations // pixels.size))
    shares = list(_shares(evaluations, most))
    for n, (places, sources, orientations) in enumerate(shares):
        opens, closes = n == 0, n == len(shares) - 1
        yield Piece(pixels, places, sources, orientations, slot, opens, closes, is_first_sweep)


def _shares(evaluations: Evaluations, most: int) -> Iterator[tuple[Range, Range, Range]]:
    """Ranges of places, sources and orientations, at most so many evaluations each, in order."""
    places, sources, orientations = evaluations
    all_sources, all_orientations = Range(0, sources), Range(0, orientations)
    if evaluations.each == 0 or most >= sources * orientations:
        for some in _ranges(places, max(1, most // max(1, sources * orientations))):
            yield some, all_sources, all_orientations
        return
    for place in _ranges(places, 1):
        if most >= orientations:
            for some in _ranges(sources, most // orientations):
                yield place, some, all_orientations
            continue
        for source in _ranges(sources, 1):
            for some in _ranges(orientations, most):
                yield place, source, some


def _ranges(count: int, step: int) -> Iterator[Range]:
    for begin in range(0, count, step):
        yield Range(begin, min(begin + step, count))
