"""Colour maps as tables, generated in OKLab so that equal steps of value look equally large.

A sequential map rises evenly in lightness along a path of hues; a diverging map leaves a neutral
colour evenly in two hues that colour-blind people can tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Entries of a table: odd, so that a diverging map has one exact middle.
LEVELS: Final = 249

Rgb = tuple[int, int, int]

# Björn Ottosson's OKLab: https://bottosson.github.io/posts/oklab/ (public domain).
_LMS_FROM_LAB: Final = np.array(
    [
        [1.0, 0.3963377774, 0.2158037573],
        [1.0, -0.1055613458, -0.0638541728],
        [1.0, -0.0894841775, -1.2914855480],
    ]
)
_RGB_FROM_LMS: Final = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


@dataclass(frozen=True)
class Colormap:
    """How values become colours.

    Attributes:
        id: name in settings and on the command line.
        title: name for people.
        diverging: whether it is made for values with a sign around a neutral one.
        lightness: OKLab lightness at evenly spaced points.
        chroma: OKLab chroma at evenly spaced points.
        hue: OKLab hue at evenly spaced points, degrees.
        masked: colour of masked pixels.
        below: colour of pixels that the scale cannot show (zero and negative on a log scale).
        nan, plus_infinity, minus_infinity: colours of pixels that hold no finite number.
        clipped_low, clipped_high: colours of pixels beyond the levels, where these are marked.
    """

    id: str
    title: str
    lightness: tuple[float, ...]
    chroma: tuple[float, ...]
    hue: tuple[float, ...]
    diverging: bool = False
    masked: Rgb = (84, 104, 112)
    below: Rgb = (30, 22, 52)
    nan: Rgb = (0, 196, 90)
    plus_infinity: Rgb = (0, 224, 255)
    minus_infinity: Rgb = (70, 96, 255)
    clipped_low: Rgb = (0, 96, 96)
    clipped_high: Rgb = (140, 255, 190)


_MAPS: Final = (
    Colormap(
        "grey",
        "Grey",
        (0.0, 1.0),
        (0.0, 0.0),
        (0.0, 0.0),
        masked=(16, 104, 152),
        below=(24, 8, 72),
        clipped_low=(0, 112, 72),
    ),
    Colormap(
        "ember",
        "Ember (black, purple, orange, yellow)",
        (0.05, 0.98),
        (0.01, 0.13, 0.19, 0.19, 0.16, 0.08),
        (285.0, 300.0, 350.0, 405.0, 440.0, 465.0),
        below=(0, 32, 32),
        clipped_low=(0, 88, 80),
    ),
    Colormap(
        "lagoon",
        "Lagoon (violet, blue, green, yellow)",
        (0.22, 0.95),
        (0.11, 0.12, 0.09, 0.12, 0.17, 0.17),
        (310.0, 280.0, 220.0, 170.0, 140.0, 108.0),
        masked=(112, 92, 84),
        below=(10, 6, 12),
        nan=(255, 70, 140),
        plus_infinity=(255, 255, 255),
        minus_infinity=(255, 120, 0),
        clipped_low=(120, 0, 40),
        clipped_high=(255, 150, 190),
    ),
    Colormap(
        "dusk",
        "Dusk (black, violet, pink, cream)",
        (0.05, 0.98),
        (0.01, 0.12, 0.19, 0.19, 0.12, 0.03),
        (285.0, 290.0, 325.0, 365.0, 395.0, 440.0),
        below=(0, 32, 24),
        clipped_low=(0, 88, 80),
    ),
    Colormap(
        "blue-red",
        "Blue · white · red",
        (0.40, 0.68, 0.98, 0.66, 0.40),
        (0.17, 0.13, 0.0, 0.17, 0.15),
        (262.0, 255.0, 255.0, 30.0, 25.0),
        diverging=True,
        masked=(120, 122, 110),
        nan=(0, 140, 70),
        plus_infinity=(255, 0, 255),
        minus_infinity=(0, 200, 210),
        clipped_low=(0, 0, 96),
        clipped_high=(70, 0, 10),
    ),
    Colormap(
        "blue-orange",
        "Blue · black · orange",
        (0.90, 0.58, 0.12, 0.60, 0.90),
        (0.07, 0.17, 0.0, 0.15, 0.09),
        (235.0, 255.0, 255.0, 55.0, 85.0),
        diverging=True,
        masked=(112, 104, 112),
        below=(48, 0, 56),
        plus_infinity=(255, 0, 255),
        minus_infinity=(150, 60, 255),
        clipped_low=(168, 248, 200),
        clipped_high=(248, 248, 104),
    ),
)
COLORMAPS: Final = {colormap.id: colormap for colormap in _MAPS}


@lru_cache(maxsize=32)
def color_table(name: str, inverted: bool = False) -> NDArray[np.uint8]:
    """The map's colours from lowest to highest, (LEVELS, 3) sRGB.

    Raises:
        KeyError: there is no map of that name.
    """
    colormap = COLORMAPS[name]
    position = np.linspace(0.0, 1.0, LEVELS)
    lightness, chroma, hue = (
        np.interp(position, np.linspace(0.0, 1.0, len(points)), points)
        for points in (colormap.lightness, colormap.chroma, colormap.hue)
    )
    if colormap.diverging:
        # Hues switch at the middle, where there is no colour, instead of turning through others.
        hue = np.where(position < 0.5, colormap.hue[0], colormap.hue[-1])
    table = _srgb(lightness, chroma, np.radians(hue))
    table = table[::-1].copy() if inverted else table
    table.setflags(write=False)
    return table


def _srgb(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """sRGB bytes; chroma that the screen cannot show is reduced, lightness kept."""
    fits = np.ones_like(lightness)
    left = np.arange(len(lightness))
    for step in np.linspace(1.0, 0.0, 161):
        fits[left] = step
        linear = _linear_rgb(lightness[left], chroma[left] * step, hue[left])
        outside = (linear.min(axis=1) < -1e-4) | (linear.max(axis=1) > 1.0 + 1e-4)
        left = left[outside]
        if not left.size:
            break
    linear = np.clip(_linear_rgb(lightness, chroma * fits, hue), 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255).astype(np.uint8)


def _linear_rgb(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> NDArray[np.float64]:
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    return ((lab @ _LMS_FROM_LAB.T) ** 3) @ _RGB_FROM_LMS.T
