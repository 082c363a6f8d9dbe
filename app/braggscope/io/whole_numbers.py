"""Pixels as whole numbers, for formats that hold nothing else, and what that costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def whole_numbers(
    data: NDArray[np.generic],
    name: str,
    dtype: str,
    mask: NDArray[np.bool_] | None = None,
    masked: int | None = None,
    limits: tuple[int, int] | None = None,
) -> tuple[NDArray[Any], tuple[str, ...]]:
    """Rounded and clipped pixels, and a statement about each thing that was lost.

    Args:
        data: [slow, fast], any real type.
        name: of the format, for the statements.
        dtype: integer type of the format.
        mask: [slow, fast] bool, True where a pixel does not count.
        masked: what is written where a pixel does not count, and where it is NaN; None: the format
            has no such value: the pixel stays, NaN becomes 0.
        limits: smallest and largest number; None: those of the type.
    """
    low, high = limits or (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    values = np.asarray(data, np.float64)
    left_out = np.zeros(values.shape, np.bool_) if mask is None or masked is None else mask
    counted = ~left_out
    undefined = np.isnan(values) & counted
    rounded = np.rint(values)
    clipped = ((rounded < low) | (rounded > high)) & counted
    inexact = (rounded != values) & counted & ~undefined & np.isfinite(values)
    with np.errstate(invalid="ignore"):
        whole = np.clip(np.nan_to_num(rounded, nan=masked or 0), low, high).astype(dtype)
    if masked is not None:
        whole[left_out] = masked
    instead = masked if masked is not None else 0
    said = [
        f"{_pixels(inexact)} rounded: {name} holds whole numbers" if inexact.any() else "",
        f"{_pixels(clipped)} clipped: {name} holds {low} to {high}" if clipped.any() else "",
        f"{_pixels(undefined)} NaN, written as {instead}" if undefined.any() else "",
    ]
    return whole, tuple(text for text in said if text)


def _pixels(where: NDArray[np.bool_]) -> str:
    count = int(where.sum())
    return "1 pixel is" if count == 1 else f"{count} pixels are"
