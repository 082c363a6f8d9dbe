"""Halving an image: of each square of pixels the largest, or the one farthest from zero. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

#: Rows of a piece, an even number: what is made of them stays in the processor's cache.
PIECE: Final = 64


class Buffers:
    """Room for one piece on its way, and for what is left of its band.

    Args:
        width: of the image.
        band: rows of a band.
    """

    def __init__(self, width: int, band: int) -> None:
        self.singles = np.empty((PIECE, width), np.float32)
        self.keys, self.signs = (np.empty((PIECE, width), np.uint32) for _ in range(2))
        self.rows = np.empty((PIECE // 2, width), np.uint32)
        self.halved = np.empty(((band + 1) // 2, (width + 1) // 2), np.uint32)


def farther(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """Of each two numbers the one farther from zero; NaN where either is."""
    if one.dtype == np.float32:
        return values_of_keys(np.maximum(keys_of(one), keys_of(other)))
    high, low = np.maximum(one, other), np.minimum(one, other)
    with np.errstate(invalid="ignore"):
        np.copyto(high, low, where=(high + low) < 0)
    return high


def keys_of(values: NDArray[np.float32], buffers: Buffers | None = None) -> NDArray[np.uint32]:
    """Whole numbers in the order of magnitude: the sign bit behind all others, NaN on top.

    The largest of such numbers is found several times faster than by comparing magnitudes.
    """
    bits = values.view(np.uint32)
    keys, signs = (
        (np.empty_like(bits), np.empty_like(bits))
        if buffers is None
        else (buffers.keys[: len(bits)], buffers.signs[: len(bits)])
    )
    np.left_shift(bits, np.uint32(1), out=keys)
    np.right_shift(bits, np.uint32(31), out=signs)
    keys |= signs
    return keys


def values_of_keys(keys: NDArray[np.uint32]) -> NDArray[np.float32]:
    """The inverse of `keys_of`."""
    bits = keys >> np.uint32(1)
    bits |= keys << np.uint32(31)
    return bits.view(np.float32)


def pooled(block: NDArray[Any], pick: Callable[..., Any]) -> NDArray[Any]:
    """Half the size in both directions; odd last rows and columns stand for themselves."""
    height, width = block.shape
    even = pick(block[0 : height - height % 2 : 2], block[1::2])
    if height % 2:
        even = np.concatenate([even, block[-1:]])
    across = pick(even[:, 0 : width - width % 2 : 2], even[:, 1::2])
    return np.concatenate([across, even[:, -1:]], axis=1) if width % 2 else across


def pool_into(values: NDArray[Any], target: NDArray[Any], buffers: Buffers) -> None:
    """The largest of each 2 x 2 pixels of a piece, float32 or uint32."""
    height, width = values.shape
    if height % 2:
        target[...] = pooled(values, np.maximum)
        return
    rows = buffers.rows[: height // 2].view(values.dtype)
    np.maximum(values[0::2], values[1::2], out=rows)
    even = width - width % 2
    np.maximum(rows[:, 0:even:2], rows[:, 1:even:2], out=target[:, : even // 2])
    target[:, even // 2 :] = rows[:, even:]
