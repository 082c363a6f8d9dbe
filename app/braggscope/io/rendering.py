"""From arrays of numbers to pictures, without Qt: levels, scales, colours, reduced copies.

Pixels become indices into a table of 256 colours: MASKED and BELOW have colours of their own, the
rest is FIRST to LAST. Work goes block by block, so that other Python threads get their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.io.colormaps import COLORMAPS, LEVELS, color_table

Scale = Literal["linear", "sqrt", "log"]
Levels = tuple[float, float]
Mask = NDArray[np.bool_]

MASKED: Final = 0
BELOW: Final = 1
FIRST: Final = 2
LAST: Final = FIRST + LEVELS - 1
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
) -> NDArray[np.uint8]:
    """An array [slow, fast] as a picture, (slow, fast, 3) sRGB bytes.

    Args:
        array: values; NaN counts as masked.
        levels: the values of the lowest and the highest colour.
        scale: how values between them are spread over the colours.
        colormap: id of one of `COLORMAPS`.
        mask: True where a pixel gets the colour of masked ones.
        inverted: turn the colour map round.
    """
    table = full_table(colormap, inverted)
    return table[index_image(array, levels, scale, mask)]


def full_table(colormap: str, inverted: bool = False) -> NDArray[np.uint8]:
    """The 256 colours that indices of `index_image` stand for, (256, 3)."""
    table = np.zeros((256, 3), dtype=np.uint8)
    table[MASKED] = COLORMAPS[colormap].masked
    table[BELOW] = COLORMAPS[colormap].below
    table[FIRST : LAST + 1] = color_table(colormap, inverted)
    table[LAST + 1 :] = table[LAST]
    return table


def index_image(
    array: NDArray[Any], levels: Levels, scale: Scale = "linear", mask: Mask | None = None
) -> NDArray[np.uint8]:
    """Which colour each pixel gets, [slow, fast]."""
    result = np.empty(array.shape, dtype=np.uint8)
    forward = _forward(scale)
    low, high = (float(forward(np.float64(level))) for level in ordered(levels, scale))
    for rows in _blocks(array.shape):
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            values = array[rows].astype(np.float64)
            missing = np.isnan(values)
            below = _not_shown(values, scale)
            position = (forward(values) - low) * (LEVELS / (high - low))
        position[missing | below] = 0.0
        block = np.clip(position, 0.0, LEVELS - 1).astype(np.uint8) + np.uint8(FIRST)
        block[below] = BELOW
        block[missing] = MASKED
        if mask is not None:
            block[mask[rows]] = MASKED
        result[rows] = block
    return result


def _forward(scale: Scale) -> Callable[[Any], Any]:
    if scale == "log":
        return np.log10
    return np.sqrt if scale == "sqrt" else np.asarray


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
    values = _sample(arrays, masks)
    if values.size == 0:
        return ordered((0.0, 1.0), scale)
    if scale == "log":
        positive = values[values > 0]
        if positive.size == 0:
            return ordered((0.0, 1.0), scale)
        top = float(np.percentile(positive, percentile))
        bottom = float(np.percentile(positive, 100.0 - percentile))
        return ordered((max(bottom, top / _LOG_RANGE), top), scale)
    top = float(np.percentile(values, percentile))
    if top <= 0 < float(values.max()):
        top = float(values.max())
    lowest = float(np.percentile(values, 100.0 - percentile))
    return ordered((min(lowest, 0.0) if lowest < 0 < top else lowest, top), scale)


def symmetric_levels(
    array: NDArray[Any], neutral: float = 0.0, percentile: float = 99.9, mask: Mask | None = None
) -> Levels:
    """Levels of a difference: as far below the neutral value as above it."""
    distances = np.abs(_sample([array], [mask]) - neutral)
    reach = 0.0
    if distances.size:
        reach = float(np.percentile(distances, percentile)) or float(distances.max())
    reach = reach or 1.0
    return (neutral - reach, neutral + reach)


def _sample(arrays: Sequence[NDArray[Any]], masks: Sequence[Mask | None]) -> NDArray[np.float64]:
    """Finite, unmasked values of all arrays; of large ones every n-th in both directions."""
    parts = []
    for number, array in enumerate(arrays):
        mask = masks[number] if number < len(masks) else None
        step = max(1, round((array.size / _SAMPLE_PIXELS) ** 0.5))
        values = array[::step, ::step].astype(np.float64)
        keep = np.isfinite(values)
        if mask is not None:
            keep &= ~mask[::step, ::step]
        parts.append(values[keep])
    return np.concatenate(parts) if parts else np.empty(0)


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    rows = max(1, _BLOCK_PIXELS // max(1, shape[1]))
    for start in range(0, shape[0], rows):
        yield slice(start, min(start + rows, shape[0]))


def reduced_copies(
    indices: NDArray[np.uint8], smallest: int = 256, diverging: bool = False
) -> list[NDArray[np.uint8]]:
    """The index image and copies of half the size each, down to about `smallest` pixels.

    A pixel of a copy shows the most telling of the four it stands for: the highest, or in a
    diverging image the one farthest from the middle. A peak of one pixel never vanishes.
    """
    copies = [indices]
    while max(copies[-1].shape) >= 2 * smallest and min(copies[-1].shape) > 1:
        copies.append(_halved(copies[-1], diverging))
    return copies


def _halved(image: NDArray[np.uint8], diverging: bool) -> NDArray[np.uint8]:
    height, width = image.shape
    result = np.empty(((height + 1) // 2, (width + 1) // 2), dtype=np.uint8)
    pick = _farther if diverging else np.maximum
    for rows in _blocks(result.shape):
        upper = image[2 * rows.start : 2 * rows.stop : 2]
        lower = image[2 * rows.start + 1 : 2 * rows.stop : 2]
        if len(lower) < len(upper):
            lower = np.concatenate([lower, upper[-1:]])
        pairs = pick(upper, lower)
        right = pairs[:, 1::2]
        if width % 2:
            right = np.concatenate([right, pairs[:, -1:]], axis=1)
        result[rows] = pick(pairs[:, ::2], right)
    return result


def _farther(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    distance, other_distance = (
        np.where(image >= FIRST, np.abs(image.astype(np.int16) - MIDDLE), -1)
        for image in (one, other)
    )
    return np.where(distance >= other_distance, one, other)


def statistics(array: NDArray[Any], mask: Mask | None = None) -> tuple[float, float, float]:
    """Sum, lowest and highest of the pixels that count; the latter are NaN when none does."""
    total, smallest, largest = 0.0, float("nan"), float("nan")
    for rows in _blocks(array.shape):
        values = array[rows].astype(np.float64)
        keep = np.isfinite(values)
        if mask is not None:
            keep &= ~mask[rows]
        counted = values[keep]
        if counted.size:
            total += float(counted.sum())
            smallest = float(np.fmin(smallest, counted.min()))
            largest = float(np.fmax(largest, counted.max()))
    return total, smallest, largest


def colormap_ids(diverging: bool) -> Iterable[str]:
    """Ids of the colour maps of one kind."""
    return [name for name, colormap in COLORMAPS.items() if colormap.diverging == diverging]
