"""A region cut into launches: short enough for a user who cancels, large enough for the card."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
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
    most_pixels: int
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
    last = (evaluations.places, evaluations.sources, evaluations.orientations)
    opens = True
    for share in _shares(evaluations, lambda: max(1, int(pace.evaluations // pixels.size))):
        closes = tuple(some.end for some in share) == last
        yield Piece(pixels, *share, slot, opens, closes, is_first_sweep)
        opens = False


def _shares(
    evaluations: Evaluations, most: Callable[[], int]
) -> Iterator[tuple[Range, Range, Range]]:
    """Ranges of places, sources and orientations, in order.

    Args:
        most: how many evaluations the next one shall have.
    """
    places, sources, orientations = evaluations

    for place in _ranges(places, partial(_share, most, sources * orientations)):
        if most() >= sources * orientations:
            yield place, Range(0, sources), Range(0, orientations)
            continue
        for source in _ranges(sources, partial(_share, most, orientations)):
            for some in _ranges(orientations, partial(_share, most, source.size)):
                yield place, source, some


def _share(most: Callable[[], int], among: int) -> int:
    return most() // among


def _ranges(count: int, step: Callable[[], int]) -> Iterator[Range]:
    """Up to count, each of as many as there shall be then, but one at least."""
    begin = 0
    while begin < count:
        end = min(begin + max(1, step()), count)
        yield Range(begin, end)
        begin = end
