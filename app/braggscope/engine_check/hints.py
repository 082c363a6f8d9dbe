"""What an image that is not the expected one could be: turned, or in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_ALIKE: Final = 0.999
_KEYS: Final = ("transpose", "flip_slow", "flip_fast")


def largest_difference(expected: NDArray[Any], found: NDArray[Any]) -> float:
    """The largest |found − expected| in units of the largest expected value; inf with NaN."""
    with np.errstate(all="ignore"):
        difference = np.abs(found.astype(np.float64) - expected)
        size = float(np.max(np.abs(expected))) or 1.0
        largest = float(np.max(difference)) / size
    return largest if np.isfinite(largest) else float("inf")


def hint_for(expected: NDArray[Any], found: NDArray[Any]) -> str:
    """Which keys of [image] would make an image the expected one; "" where none would.

    Args:
        expected, found: [slow, fast]; found is as the file is read without any of the keys.
    """
    best = max(_turned(found, expected.shape), key=lambda one: _alike(expected, one[1]))
    keys, turned = best
    if _alike(expected, turned) < _ALIKE:
        return ""
    scale = float(np.vdot(expected, turned) / np.vdot(turned, turned))
    said = [f"image.{key} = true" for key in keys]
    if abs(scale - 1.0) > 1e-4:
        said.append(f"image.scale = {scale:.6g}")
    return f"with {', '.join(said)} it would agree" if said else ""


def _turned(
    found: NDArray[Any], shape: tuple[int, ...]
) -> Iterator[tuple[tuple[str, ...], NDArray[Any]]]:
    """The image in all eight orientations; transposed raw pixels were read in a wrong shape."""
    other = np.ascontiguousarray(found).reshape(shape[::-1]).T
    for number in range(8):
        flags = tuple(bool(number >> bit & 1) for bit in range(3))
        image = other if flags[0] else found
        image = image[::-1] if flags[1] else image
        image = image[:, ::-1] if flags[2] else image
        yield tuple(key for key, on in zip(_KEYS, flags, strict=True) if on), image


def _alike(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Correlation; 0 where there is none."""
    with np.errstate(all="ignore"):
        found = float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    return found if np.isfinite(found) else 0.0
