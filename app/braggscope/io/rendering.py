"""From arrays of numbers to pictures, without Qt: levels, scales, colours.

Pixels become indices into a table of 256 colours: FIRST to LAST are the map's, the others have
meanings of their own. Work goes block by block, so that other Python threads get their turn. The
window shows parts of images through `braggscope.io.screen`, with the same table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.io.colormaps import COLORMAPS, LEVELS, color_table

Scale = Literal["linear", "sqrt", "log"]
Levels = tuple[float, float]
Mask = NDArray[np.bool_]

MASKED: Final = 0
BELOW: Final = 1
NAN: Final = 2
PLUS_INF: Final = 3
MINUS_INF: Final = 4
CLIPPED_LOW: Final = 5
FIRST: Final = 6
LAST: Final = FIRST + LEVELS - 1
CLIPPED_HIGH: Final = LAST + 1
MIDDLE: Final = FIRST + LEVELS // 2

#: A log scale starts at most this far below its upper end: fainter is noise of the arithmetic.
_LOG_RANGE: Final = 1e6
_BLOCK_PIXELS: Final = 1 << 18
_SAMPLE_PIXELS: Final = 1 << 20


def render_rgb(
    array: NDArray[Any],
    *,
    levels: Levels,
    scale: Scale = "linear",
    colormap: str = "grey",
    mask: Mask | None = None,
    inverted: bool = False,
    mark_clipped: bool = False,
) -> NDArray[np.uint8]:
    """An array [slow, fast] as a picture, (slow, fast, 3) sRGB bytes.

    Args:
        array: values; NaN and infinite ones have colours of their own.
        levels: the values of the lowest and the highest colour.
        scale: how values between them are spread over the colours.
        colormap: id of one of `COLORMAPS`.
        mask: True where a pixel gets the colour of masked ones.
        inverted: turn the colour map round.
        mark_clipped: give values beyond the levels colours of their own.
    """
    table = full_table(colormap, inverted, mark_clipped)
    return table[index_image(array, levels, scale, mask)]


def full_table(
    colormap: str, inverted: bool = False, mark_clipped: bool = False
) -> NDArray[np.uint8]:
    """The 256 colours that indices of `index_image` stand for, (256, 3).

    Args:
        mark_clipped: whether values beyond the levels stand out, or look like the ends.
    """
    chosen = COLORMAPS[colormap]
    table = np.zeros((256, 3), dtype=np.uint8)
    table[FIRST : LAST + 1] = color_table(colormap, inverted)
    table[CLIPPED_LOW], table[CLIPPED_HIGH] = table[FIRST], table[LAST]
    table[MASKED], table[BELOW], table[NAN] = chosen.masked, chosen.below, chosen.nan
    table[PLUS_INF], table[MINUS_INF] = chosen.plus_infinity, chosen.minus_infinity
    if mark_clipped:
        table[CLIPPED_LOW], table[CLIPPED_HIGH] = chosen.clipped_low, chosen.clipped_high
    return table


def index_image(
    array: NDArray[Any], levels: Levels, scale: Scale = "linear", mask: Mask | None = None
) -> NDArray[np.uint8]:
    """Which colour each pixel gets, [slow, fast]."""
    result = np.empty(array.shape, dtype=np.uint8)
    low, high = (float(forward(scale, np.float64(level))) for level in ordered(levels, scale))
    for rows in _blocks(array.shape):
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            values = array[rows].astype(np.float64)
            position = (forward(scale, values) - low) * (LEVELS * (1.0 - 1e-9) / (high - low))
            position = np.clip(position + FIRST, CLIPPED_LOW, CLIPPED_HIGH)
        position[np.isnan(position)] = BELOW
        block = position.astype(np.uint8)
        block[_not_shown(values, scale)] = BELOW
        block[np.isnan(values)] = NAN
        block[values == np.inf] = PLUS_INF
        block[values == -np.inf] = MINUS_INF
        if mask is not None:
            block[mask[rows]] = MASKED
        result[rows] = block
    return result


def forward(scale: Scale, values: Any) -> Any:
    """Values on a scale where colours are even."""
    if scale == "log":
        return np.log10(values)
    return np.sqrt(values) if scale == "sqrt" else values


def _not_shown(values: NDArray[np.float64], scale: Scale) -> Mask:
    if scale == "log":
        return np.asarray(values <= 0)
    return np.asarray(values < 0) if scale == "sqrt" else np.zeros(values.shape, dtype=np.bool_)


def ordered(levels: Levels, scale: Scale = "linear") -> Levels:
    """The levels in rising order, apart, and where the scale is defined."""
    low, high = min(levels), max(levels)
    if scale == "log":
        high = high if high > 0 else 1.0
        low = low if low > 0 else high / _LOG_RANGE
    elif scale == "sqrt":
        low, high = max(low, 0.0), max(high, 0.0)
    if not high > low:
        margin = abs(low) * 1e-6 or 1.0
        return (low, low + margin)
    return (low, high)


def auto_levels(
    arrays: Sequence[NDArray[Any]],
    scale: Scale = "linear",
    percentile: float = 99.9,
    masks: Sequence[Mask | None] = (),
) -> Levels:
    """Levels for several images together: zero or the lowest value, and an upper percentile.

    Args:
        arrays: the images that share the levels.
        scale: a log scale starts above zero and spans at most six decades.
        percentile: of the values above which a pixel gets the highest colour.
        masks: one per array, or none at all.
    """
    return sample_levels(_sample(arrays, masks), scale, percentile)


def sample_levels(
    values: NDArray[np.float64], scale: Scale = "linear", percentile: float = 99.9
) -> Levels:
    """As `auto_levels`, from sorted finite values."""
    if values.size == 0:
        return ordered((0.0, 1.0), scale)
    if scale == "log":
        positive = values[np.searchsorted(values, 0.0, side="right") :]
        if positive.size == 0:
            return ordered((0.0, 1.0), scale)
        top, bottom = at_percentile(positive, percentile), at_percentile(positive, 100 - percentile)
        return ordered((max(bottom, top / _LOG_RANGE), top), scale)
    top = at_percentile(values, percentile)
    if top <= 0 < float(values[-1]):
        top = float(values[-1])
    lowest = at_percentile(values, 100.0 - percentile)
    return ordered((min(lowest, 0.0) if lowest < 0 < top else lowest, top), scale)


def symmetric_levels(
    array: NDArray[Any], neutral: float = 0.0, percentile: float = 99.9, mask: Mask | None = None
) -> Levels:
    """Levels of a difference: as far below the neutral value as above it."""
    return sample_symmetric_levels(_sample([array], [mask]), neutral, percentile)


def sample_symmetric_levels(
    values: NDArray[np.float64], neutral: float = 0.0, percentile: float = 99.9
) -> Levels:
    """As `symmetric_levels`, from sorted finite values."""
    # Stable is quick here: below and above neutral they are in order already.
    distances = np.sort(np.abs(values - neutral), kind="stable")
    reach = 0.0
    if distances.size:
        reach = at_percentile(distances, percentile) or float(distances[-1])
    reach = reach or 1.0
    return (neutral - reach, neutral + reach)


def at_percentile(values: NDArray[np.float64], percentile: float) -> float:
    """A percentile of sorted values, linear between them as NumPy has it."""
    place = (values.size - 1) * min(max(percentile, 0.0), 100.0) / 100.0
    below = int(place)
    above = min(below + 1, values.size - 1)
    low, high = float(values[below]), float(values[above])
    return low + (high - low) * (place - below)


def _sample(arrays: Sequence[NDArray[Any]], masks: Sequence[Mask | None]) -> NDArray[np.float64]:
    """Sorted finite, unmasked values of all arrays; of large ones every n-th each way."""
    parts = []
    for number, array in enumerate(arrays):
        mask = masks[number] if number < len(masks) else None
        step = max(1, round((array.size / _SAMPLE_PIXELS) ** 0.5))
        values = array[::step, ::step].astype(np.float64)
        keep = np.isfinite(values)
        if mask is not None:
            keep &= ~mask[::step, ::step]
        parts.append(values[keep])
    return np.sort(np.concatenate(parts)) if parts else np.empty(0)


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    rows = max(1, _BLOCK_PIXELS // max(1, shape[1]))
    for start in range(0, shape[0], rows):
        yield slice(start, min(start + rows, shape[0]))


def colormap_ids(diverging: bool) -> Iterable[str]:
    """Ids of the colour maps of one kind."""
    return [name for name, colormap in COLORMAPS.items() if colormap.diverging == diverging]
