"""What single colours of a picture mean. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from braggscope.gui.images.pictures import Picture
from braggscope.io.rendering import (
    BELOW,
    CLIPPED_HIGH,
    CLIPPED_LOW,
    MASKED,
    MINUS_INF,
    NAN,
    PLUS_INF,
    full_table,
    index_image,
)


@dataclass(frozen=True)
class LegendEntry:
    """A colour and its meaning."""

    color: tuple[int, int, int]
    text: str


def legend(picture: Picture) -> list[LegendEntry]:
    """The special colours that occur in a picture, and those of values that have a meaning."""
    pyramid, low, high = picture.pyramid, *picture.levels
    # NaN compares as false: nothing is below or above where nothing counts.
    marked = picture.mark_clipped
    there = [
        (MASKED, "masked", pyramid.mask is not None),
        (BELOW, "≤ 0", picture.scale == "log" and pyramid.smallest <= 0),
        (BELOW, "< 0", picture.scale == "sqrt" and pyramid.smallest < 0),
        (NAN, "NaN", pyramid.has_nan),
        (PLUS_INF, "+∞", pyramid.has_plus_infinity),
        (MINUS_INF, "−∞", pyramid.has_minus_infinity),
        (CLIPPED_HIGH, "above the levels", marked and pyramid.largest > high),
        (CLIPPED_LOW, "below the levels", marked and pyramid.smallest < low),
    ]
    table = full_table(picture.colormap, picture.inverted, picture.mark_clipped)
    values = np.array([[value for value, _ in picture.meanings]])
    named = index_image(values, picture.levels, picture.scale)[0].tolist()
    there += [(i, text, True) for i, (_, text) in zip(named, picture.meanings, strict=True)]
    return [
        LegendEntry((int(table[i, 0]), int(table[i, 1]), int(table[i, 2])), text)
        for i, text, occurs in there
        if occurs
    ]
