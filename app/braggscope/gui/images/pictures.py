"""What a tile paints, worked out from numbers outside the window's thread. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.io.rendering import (
    Levels,
    Mask,
    Scale,
    auto_levels,
    index_image,
    ordered,
    reduced_copies,
    statistics,
    symmetric_levels,
)

TileId = Literal["A", "B", "D"]


@dataclass(frozen=True, eq=False)
class Source:
    """The numbers behind a tile."""

    data: NDArray[Any]
    mask: Mask | None = None


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
    """

    scale: Scale = "log"
    percentile: float = 99.9
    colormap: str = "ember"
    difference_colormap: str = ""
    dark: bool = False
    inverted: bool = False
    linked: bool = True
    levels: Mapping[TileId, Levels] = field(default_factory=dict)

    @property
    def diverging_colormap(self) -> str:
        """The chosen map, or the one whose centre is as dark as the theme."""
        return self.difference_colormap or ("blue-orange" if self.dark else "blue-red")

    def with_levels(self, tile: TileId, levels: Levels | None) -> Display:
        """Levels set by hand for a tile (and its linked one), or automatic ones again."""
        tiles: tuple[TileId, ...] = ("A", "B") if self.linked and tile != "D" else (tile,)
        kept = {name: value for name, value in self.levels.items() if name not in tiles}
        if levels is not None:
            kept |= dict.fromkeys(tiles, levels)
        return replace(self, levels=kept)


@dataclass(frozen=True, eq=False)
class Picture:
    """A tile ready to paint.

    Attributes:
        copies: colour indices, in full and reduced.
        colormap: what the indices mean.
        total, smallest, largest: sum and extremes over the pixels that count.
        brightest: (slow, fast) of the largest one; the centre where none counts.
    """

    source: Source
    copies: list[NDArray[np.uint8]]
    levels: Levels
    scale: Scale
    colormap: str
    inverted: bool
    total: float
    smallest: float
    largest: float
    brightest: tuple[int, int]


def make_images(sources: Mapping[TileId, Source], display: Display) -> dict[TileId, Picture]:
    """Pictures of A and B."""
    pictures: dict[TileId, Picture] = {}
    for tile, source in sources.items():
        levels = display.levels.get(tile)
        if levels is None:
            partners = list(sources.values()) if display.linked else [source]
            levels = auto_levels(
                [partner.data for partner in partners],
                display.scale,
                display.percentile,
                [partner.mask for partner in partners],
            )
        pictures[tile] = _picture(source, levels, display.scale, display.colormap, display, False)
    return pictures


def make_difference(
    source: Source, display: Display, diverging: bool, neutral: float
) -> dict[TileId, Picture]:
    """The picture of the difference."""
    levels = display.levels.get("D")
    if levels is None and diverging:
        levels = symmetric_levels(source.data, neutral, display.percentile, source.mask)
    elif levels is None:
        levels = auto_levels([source.data], "linear", display.percentile, [source.mask])
    name = display.diverging_colormap if diverging else display.colormap
    return {"D": _picture(source, levels, "linear", name, display, diverging)}


def _picture(
    source: Source, levels: Levels, scale: Scale, colormap: str, display: Display, diverging: bool
) -> Picture:
    levels = ordered(levels, scale)
    indices = index_image(source.data, levels, scale, source.mask)
    total, smallest, largest = statistics(source.data, source.mask)
    return Picture(
        source=source,
        copies=reduced_copies(indices, diverging=diverging),
        levels=levels,
        scale=scale,
        colormap=colormap,
        inverted=display.inverted,
        total=total,
        smallest=smallest,
        largest=largest,
        brightest=_brightest(source),
    )


def _brightest(source: Source) -> tuple[int, int]:
    counts = np.isfinite(source.data)
    if source.mask is not None:
        counts &= ~source.mask
    if not np.any(counts):
        return source.data.shape[0] // 2, source.data.shape[1] // 2
    slow, fast = divmod(int(np.where(counts, source.data, -np.inf).argmax()), source.data.shape[1])
    return slow, fast


def symmetric_about(neutral: float, old: Levels, new: Levels) -> Levels:
    """New levels as far below neutral as above, led by the end that was moved."""
    moved_low = abs(new[0] - old[0]) > abs(new[1] - old[1])
    reach = abs((new[0] if moved_low else new[1]) - neutral) or abs(old[1] - neutral)
    return (neutral - reach, neutral + reach)
