"""Cuts what is on screen out of an image's pyramid, and turns it into colour indices. No Qt.

One screen pixel shows the most telling of all the pixels that fall on it: `step` says how many do
along each axis. The grid of screen pixels stands still on the image, so that nothing shimmers when
the view moves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.io.colormaps import LEVELS
from braggscope.io.halving import farther
from braggscope.io.pyramid import ROUNDING, Pyramid
from braggscope.io.reducing import MINUS_INFINITY, Mask
from braggscope.io.rendering import (
    BELOW,
    CLIPPED_HIGH,
    CLIPPED_LOW,
    FIRST,
    MASKED,
    MINUS_INF,
    NAN,
    PLUS_INF,
    Levels,
    Scale,
    forward,
    ordered,
)

#: From so many screen pixels a pixel on, pixels are shown as they are.
_WHOLE: Final = 1.0


@dataclass(frozen=True, eq=False)
class Cut:
    """Numbers for a grid of screen pixels.

    Attributes:
        values: [slow, fast] as the pyramid stores them: (value − offset) / unit.
        masked: [slow, fast] bool, or None where nothing is masked.
        slow, fast: image coordinates of the first corner.
        step: image pixels across one value.
    """

    values: NDArray[Any]
    masked: Mask | None
    slow: float
    fast: float
    step: float
    pyramid: Pyramid
    is_mean: bool = False

    @property
    def extent(self) -> tuple[float, float]:
        """(slow, fast) image pixels that it covers."""
        return self.values.shape[0] * self.step, self.values.shape[1] * self.step


def cut(
    pyramid: Pyramid,
    slow: tuple[float, float],
    fast: tuple[float, float],
    step: float,
    mean: bool = False,
) -> Cut | None:
    """The numbers between two corners, one for every `step` pixels; None outside the image.

    Args:
        slow, fast: from and to, in pixels.
        step: image pixels per screen pixel; below 1 the pixels themselves are given.
        mean: whether a screen pixel shows the mean and not the most telling pixel.
    """
    if step <= _WHOLE:
        return _whole(pyramid, slow, fast)
    level = pyramid.level_for(step, mean)
    rows = _grid(slow, step, 2**level, pyramid.shape[0])
    columns = _grid(fast, step, 2**level, pyramid.shape[1])
    if rows is None or columns is None:
        return None
    pick = _mean if mean else (farther if pyramid.reduction == "farthest" else np.maximum)
    source, mask = (pyramid.data, pyramid.mask) if level == 0 else pyramid.copy(level, mean)
    masked = None if mask is None else _gathered(mask, rows, columns, np.logical_and)
    if level == 0:
        part = _stored(pyramid, source[rows.span, columns.span])
        if pyramid.has_minus_infinity and pyramid.reduction == "max" and not mean:
            part = np.where(part == -np.inf, part.dtype.type(MINUS_INFINITY), part)
        hidden = None if mask is None else mask[rows.span, columns.span]
        if hidden is not None:
            least = -np.inf if pyramid.reduction == "max" and not mean else 0.0
            part = np.where(hidden, part.dtype.type(least), part)
        if mean and hidden is not None:
            counted = _reduced((~hidden).astype(np.float32), rows, columns, np.add)
            values = _reduced(part, rows, columns, np.add) / np.maximum(counted, 1.0)
        else:
            values = _reduced(part, rows, columns, pick)
    else:
        values = _gathered(source, rows, columns, pick)
    return Cut(values, masked, rows.start, columns.start, step, pyramid, mean)


@dataclass(frozen=True, eq=False)
class _Axis:
    """Which entries of a copy fall on each screen pixel along one axis, relative to `span`."""

    span: slice
    starts: NDArray[np.intp]
    lasts: NDArray[np.intp]
    start: float


def _grid(between: tuple[float, float], step: float, factor: int, pixels: int) -> _Axis | None:
    length = -(-pixels // factor)
    # One more: the first pixels in view may belong to an entry that begins before it.
    first = max(int(np.floor(between[0] / step)) - 1, 0)
    last = min(int(np.ceil(between[1] / step)), int(np.ceil(pixels / step)))
    if last <= first or between[0] >= pixels:
        return None
    places = np.arange(first, last + 1) * (step / factor)
    # Of a copy that is too coarse each screen pixel shows the entry that it lies in.
    is_fine = step >= factor * (1.0 - ROUNDING)
    edges = (np.ceil(places - ROUNDING) if is_fine else np.floor(places)).astype(np.intp)
    starts, lasts = edges[:-1], np.minimum(edges[1:], length) - 1
    kept = int(np.count_nonzero(starts < length))
    if not kept:
        return None
    starts, lasts = starts[:kept], np.maximum(lasts[:kept], starts[:kept])
    origin = int(starts[0])
    span = slice(origin, int(lasts[-1]) + 1)
    return _Axis(span, starts - origin, lasts - origin, first * step)


def _gathered(
    source: NDArray[Any], rows: _Axis, columns: _Axis, pick: Callable[..., Any]
) -> NDArray[Any]:
    return _reduced(source[rows.span, columns.span], rows, columns, pick)


def _reduced(
    part: NDArray[Any], rows: _Axis, columns: _Axis, pick: Callable[..., Any]
) -> NDArray[Any]:
    part = _along(part, rows, pick, 0)
    return _along(part, columns, pick, 1)


def _along(part: NDArray[Any], axis: _Axis, pick: Callable[..., Any], number: int) -> NDArray[Any]:
    take: Callable[[NDArray[np.intp]], NDArray[Any]]
    if number == 0:
        # Indexing copies only these rows; np.take would copy the part first.
        take = lambda index: part[index]  # noqa: E731
    else:
        take = lambda index: np.take(part, index, axis=1)  # noqa: E731
    result = pick(take(axis.starts), take(axis.lasts))
    # Where no copy is deep enough, more than two entries fall on a screen pixel.
    inner = axis.starts + 1
    while np.any(inner < axis.lasts):
        result = pick(result, take(np.minimum(inner, axis.lasts)))
        inner += 1
    return np.asarray(result)


def _mean(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    return (one + other) * one.dtype.type(0.5)


def _stored(pyramid: Pyramid, part: NDArray[Any]) -> NDArray[Any]:
    """Pixels of the image in the pyramid's own measure, without loss where they are float64."""
    if pyramid.offset == 0.0 and pyramid.unit == 1.0:
        return part if part.dtype.kind == "f" else part.astype(np.float64)
    return (part.astype(np.float64) - pyramid.offset) / pyramid.unit


def _whole(pyramid: Pyramid, slow: tuple[float, float], fast: tuple[float, float]) -> Cut | None:
    height, width = pyramid.shape
    top, bottom = max(int(np.floor(slow[0])), 0), min(int(np.ceil(slow[1])), height)
    left, right = max(int(np.floor(fast[0])), 0), min(int(np.ceil(fast[1])), width)
    if bottom <= top or right <= left:
        return None
    rows, columns = slice(top, bottom), slice(left, right)
    masked = None if pyramid.mask is None else pyramid.mask[rows, columns]
    values = _stored(pyramid, pyramid.data[rows, columns])
    return Cut(values, masked, float(top), float(left), 1.0, pyramid)


def indices_of(part: Cut, levels: Levels, scale: Scale = "linear") -> NDArray[np.uint8]:
    """Which colour each value gets, [slow, fast]; see `braggscope.io.rendering` for the table."""
    pyramid = part.pyramid
    low, high = (
        float(forward(scale, np.float64((level - pyramid.offset) / pyramid.unit)))
        for level in ordered(levels, scale)
    )
    values = part.values
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if scale != "linear":
            values = forward(scale, values.astype(np.float32, copy=False))
        position = np.empty(values.shape, np.float32)
        np.subtract(values, low, out=position, dtype=_wide(values), casting="unsafe")
        # A hair less than the last colour's end, so that the upper level itself is not clipped.
        position *= np.float32(LEVELS / (high - low) * (1.0 - 1e-6))
        position += np.float32(FIRST)
        np.clip(position, CLIPPED_LOW, CLIPPED_HIGH, out=position)
        result = position.astype(np.uint8)
    _special(result, part, scale)
    return result


def _wide(values: NDArray[Any]) -> Any:
    return np.float64 if values.dtype == np.float64 else np.float32


def _special(result: NDArray[np.uint8], part: Cut, scale: Scale) -> None:
    """Pixels that no colour of the map stands for."""
    pyramid, values = part.pyramid, part.values
    smallest = pyramid.smallest
    if scale == "log" and not smallest > 0:
        np.copyto(result, np.uint8(BELOW), where=values <= 0)
    elif scale == "sqrt" and not smallest >= 0:
        np.copyto(result, np.uint8(BELOW), where=values < 0)
    if pyramid.has_minus_infinity:
        minus = (values == -np.inf) | (values == MINUS_INFINITY)
        np.copyto(result, np.uint8(MINUS_INF), where=minus)
    if pyramid.has_plus_infinity:
        np.copyto(result, np.uint8(PLUS_INF), where=values == np.inf)
    if pyramid.has_nan or (part.is_mean and pyramid.has_plus_infinity):
        np.copyto(result, np.uint8(NAN), where=np.isnan(values))
    if part.masked is not None:
        np.copyto(result, np.uint8(MASKED), where=part.masked)
