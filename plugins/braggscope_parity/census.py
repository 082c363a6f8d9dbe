"""Numbers that are not like others: NaN, infinities, −0 and denormals, by image."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, MetricResult, Pixel
from braggscope_parity.blocks import PIXELS_PER_BLOCK, in_threads

#: Codes of `codes`, with what they stand for.
KINDS: Final = {1: "denormal", 2: "−0", 3: "−∞", 4: "+∞", 5: "NaN"}


def census_a(pair: ImagePair) -> MetricResult:
    """How many numbers in A are special, and the first of them."""
    return _census(pair, pair.a)


def census_b(pair: ImagePair) -> MetricResult:
    """How many numbers in B are special, and the first of them."""
    return _census(pair, pair.b)


def codes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """What each number is: 0 an ordinary one, else a key of KINDS; same shape as values.

    Denormals are those of the array's own type.
    """
    found = np.zeros(values.shape, np.uint8)
    if values.dtype.kind != "f":
        return found
    size = np.abs(values)
    found[(size > 0) & (size < np.finfo(values.dtype).tiny)] = 1
    found[(values == 0) & np.signbit(values)] = 2
    found[values == -np.inf] = 3
    found[values == np.inf] = 4
    found[np.isnan(values)] = 5
    return found


def _census(pair: ImagePair, image: NDArray[np.generic]) -> MetricResult:
    height, width = image.shape
    if image.size == 0 or image.dtype.kind != "f":
        return MetricResult(0.0)
    step = max(1, PIXELS_PER_BLOCK // width)

    def look(start: int) -> tuple[NDArray[np.int64], Pixel | None]:
        pair.checkpoint()
        part = image[start : start + step]
        if _all_ordinary(part):
            return np.zeros(len(KINDS) + 1, np.int64), None
        found = codes(part)
        if pair.mask is not None:
            found[pair.mask[start : start + step]] = 0
        counts = np.bincount(found.reshape(-1), minlength=len(KINDS) + 1)
        if not counts[1:].any():
            return counts, None
        slow, fast = np.unravel_index(int((found > 0).argmax()), found.shape)
        return counts, Pixel(start + int(slow), int(fast))

    parts = in_threads(look, range(0, height, step), image.size)
    totals = np.sum([counts for counts, _ in parts], axis=0)
    said = [f"{totals[code]} {name}" for code, name in KINDS.items() if totals[code]]
    first = next((pixel for _, pixel in parts if pixel is not None), None)
    return MetricResult(float(totals[1:].sum()), ", ".join(said), first)


def _all_ordinary(values: NDArray[np.generic]) -> bool:
    """Whether nothing is special, by the bits: +0, or an exponent between the ends."""
    if values.dtype == np.float32:
        bits, infinity, smallest = values.view(np.uint32), 0x7F80_0000, 0x0080_0000
    elif values.dtype == np.float64:
        bits, infinity, smallest = values.view(np.uint64), 0x7FF0 << 48, 0x0010 << 48
    else:
        return False
    shifted = bits << 1
    # Twice the bits drop the sign; from there an ordinary number lies between two ends.
    low = shifted - shifted.dtype.type(smallest << 1)
    ordinary = low < shifted.dtype.type((infinity - smallest) << 1)
    return bool((ordinary | (bits == 0)).all())
