"""What a tile shows: an image's pyramid with levels and colours. No Qt.

Pyramids are built outside the window's thread; a picture is made from one in no time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from braggscope.io.pyramid import Extra, Pyramid
from braggscope.io.rendering import (
    Levels,
    Scale,
    ordered,
    sample_levels,
    sample_symmetric_levels,
)
from braggscope.io.rendering import forward as on_scale

#: "A", "B", "D" for the difference, or a run of the grid: "run 3".
TileId = str
#: Levels stay when an image is updated, unless what they show shrinks below this share.
_STILL_SHOWN = 0.02


@dataclass(frozen=True)
class Display:
    """How images are shown.

    Attributes:
        scale: of A and B.
        percentile: what automatic levels leave out at the ends.
        colormap: of A and B, and of differences without a sign.
        difference_colormap: of differences with a sign; "": the one that fits the theme.
        dark: whether the theme is; a white centre glares there.
        inverted: colour maps turned round.
        linked: A and B share their levels.
        levels: levels set by hand; missing tiles are automatic.
        mean: from afar a screen pixel shows the mean of its pixels, not the most telling one.
        mark_clipped: pixels beyond the levels have colours of their own.
    """

    scale: Scale = "log"
    percentile: float = 99.9
    colormap: str = "ember"
    difference_colormap: str = ""
    dark: bool = False
    inverted: bool = False
    linked: bool = True
    levels: Mapping[TileId, Levels] = field(default_factory=dict)
    mean: bool = False
    mark_clipped: bool = False

    @property
    def diverging_colormap(self) -> str:
        """The chosen map, or the one whose centre is as dark as the theme."""
        return self.difference_colormap or ("blue-orange" if self.dark else "blue-red")

    def group(self, tile: TileId) -> TileId:
        """The tile whose levels this one has."""
        return "A" if self.linked and tile != "D" else tile

    def with_levels(self, tile: TileId, levels: Levels | None) -> Display:
        """Levels set by hand for a tile (and those linked with it), or automatic ones again."""
        kept = {
            name: value
            for name, value in self.levels.items()
            if self.group(name) != self.group(tile)
        }
        if levels is not None:
            tiles = {"A", "B", tile} if self.linked and tile != "D" else {tile}
            kept |= dict.fromkeys(sorted(tiles), levels)
        return replace(self, levels=kept)

    def levels_of(self, tile: TileId) -> Levels | None:
        """Levels by hand; None: automatic."""
        return self.levels.get(tile, self.levels.get(self.group(tile)))


@dataclass(frozen=True, eq=False)
class Picture:
    """A tile ready to be cut to its canvas.

    Attributes:
        colormap: what colour indices mean.
        mean: see `Display`.
        extras: copies that the pyramid has got since it was built.
        meanings: what single values stand for, of a map that has few.
    """

    pyramid: Pyramid
    levels: Levels
    scale: Scale
    colormap: str
    inverted: bool
    mean: bool = False
    mark_clipped: bool = False
    extras: frozenset[Extra] = frozenset()
    meanings: tuple[tuple[float, str], ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) pixel counts."""
        return self.pyramid.shape

    def looks_like(self, other: Picture | None) -> bool:
        """Whether nothing would change on screen."""
        return other is not None and vars(self) == vars(other)

    def value(self, slow: int, fast: int) -> float:
        """The image's number at a pixel, as it was made."""
        return float(self.pyramid.data[slow, fast])

    def is_masked(self, slow: int, fast: int) -> bool:
        """Whether a pixel does not count."""
        mask = self.pyramid.mask
        return mask is not None and bool(mask[slow, fast])


def make_picture(
    pyramid: Pyramid,
    levels: Levels,
    display: Display,
    tile: TileId,
    meanings: tuple[tuple[float, str], ...] = (),
) -> Picture:
    """The picture of a tile."""
    scale: Scale = "linear" if tile == "D" else display.scale
    diverging = pyramid.reduction == "farthest"
    return Picture(
        pyramid=pyramid,
        levels=ordered(levels, scale),
        scale=scale,
        colormap=display.diverging_colormap if diverging else display.colormap,
        inverted=display.inverted,
        # Until copies by mean are made, images are shown as if they were not wanted.
        mean=display.mean and pyramid.has("means"),
        mark_clipped=display.mark_clipped,
        extras=pyramid.extras,
        meanings=meanings,
    )


def automatic_levels(pyramids: Sequence[Pyramid], display: Display, tile: TileId) -> Levels:
    """Levels for images that share them."""
    first = pyramids[0]
    if first.reduction == "farthest":
        return sample_symmetric_levels(_sample(pyramids), first.offset, display.percentile)
    scale: Scale = "linear" if tile == "D" else display.scale
    return sample_levels(_sample(pyramids), scale, display.percentile)


def _sample(pyramids: Sequence[Pyramid]) -> np.ndarray:
    """Sorted; with the extremes, where a sample may miss them."""
    partial = [p for p in pyramids if p.is_sampled and not np.isnan(p.largest)]
    lowest = sorted(pyramid.smallest for pyramid in partial)
    highest = sorted(pyramid.largest for pyramid in partial)
    found = np.concatenate([lowest, *(pyramid.sample for pyramid in pyramids), highest])
    # What is in order already, as all of one image, is merged and not sorted again.
    found.sort(kind="stable")
    return found


def still_fit(levels: Levels, wanted: Levels, scale: Scale) -> bool:
    """Whether an updated image can keep the levels of the one before."""
    (low, high), (other_low, other_high) = (
        tuple(float(on_scale(scale, np.float64(level))) for level in ordered(pair, scale))
        for pair in (levels, wanted)
    )
    shared = min(high, other_high) - max(low, other_low)
    return shared > _STILL_SHOWN * max(high - low, other_high - other_low)


def symmetric_above(neutral: float, levels: Levels, lowest: float) -> Levels:
    """Levels as far below neutral as above, none of them below the lowest value there can be."""
    reach = min(levels[1] - neutral, neutral - lowest)
    return (neutral - reach, neutral + reach)


def symmetric_about(neutral: float, old: Levels, new: Levels) -> Levels:
    """New levels as far below neutral as above, led by the end that was moved."""
    moved_low = abs(new[0] - old[0]) > abs(new[1] - old[1])
    reach = abs((new[0] if moved_low else new[1]) - neutral) or abs(old[1] - neutral)
    return (neutral - reach, neutral + reach)
