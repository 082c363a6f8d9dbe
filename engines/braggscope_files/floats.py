"""Pixels as they are compared: floats that hold the file's values, and which do not count."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope_files.found import Found

#: Integers up to here are exact in float32, and in float64.
_EXACT_32: Final = 2**24
_EXACT_64: Final = 2**53


def marked(found: Found) -> NDArray[np.bool_] | None:
    """True where a pixel was not measured, by the file's mask and by its values; None: none is."""
    pixels: NDArray[Any] = found.pixels
    mask = found.mask
    signed, unsigned = pixels.dtype.kind == "i", pixels.dtype.kind == "u"
    if found.marks != "none" and signed:
        mask = _either(mask, pixels < 0)
    if found.marks == "negative or largest" and unsigned and pixels.dtype.itemsize > 1:
        mask = _either(mask, pixels == np.iinfo(pixels.dtype).max)
    return None if mask is None or not mask.any() else mask


def _either(mask: NDArray[np.bool_] | None, other: Any) -> NDArray[np.bool_]:
    return np.asarray(other if mask is None else mask | other, np.bool_)


def as_floats(pixels: NDArray[Any]) -> tuple[NDArray[Any], str]:
    """The same numbers as float32 where it holds them all, else as float64, and what that means.

    Returns:
        Native floats, and the precision in words.
    """
    kind, size = pixels.dtype.kind, pixels.dtype.itemsize
    if kind == "f":
        target = np.float32 if size <= 4 else np.float64
        return np.ascontiguousarray(pixels, target), pixels.dtype.newbyteorder("=").name
    name = pixels.dtype.newbyteorder("=").name
    largest = _largest(pixels)
    if largest <= _EXACT_32:
        return np.ascontiguousarray(pixels, np.float32), f"{name}, as float32"
    exact = "" if largest <= _EXACT_64 else ", rounded"
    return np.ascontiguousarray(pixels, np.float64), f"{name}, as float64{exact}"


def _largest(pixels: NDArray[Any]) -> int:
    if pixels.dtype.itemsize <= 2:
        return 2**16
    return max(int(pixels.max()), -int(pixels.min()))
