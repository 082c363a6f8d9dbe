"""What an image that is not the expected one could be: turned, or in another unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.engine_files.model import ImageFile

_ALIKE: Final = 0.999
_PLAIN: Final = ImageFile()
#: Closer to 1 is no other unit.
_SAME_SCALE: Final = 1e-4
_KEYS: Final = ("transpose", "flip_slow", "flip_fast")


def largest_difference(expected: NDArray[Any], found: NDArray[Any]) -> float:
    """The largest |found − expected| in units of the largest expected value; inf with NaN."""
    with np.errstate(all="ignore"):
        difference = np.abs(found.astype(np.float64) - expected)
        size = float(np.max(np.abs(expected))) or 1.0
        largest = float(np.max(difference)) / size
    return largest if np.isfinite(largest) else float("inf")


def hint_for(expected: NDArray[Any], found: NDArray[Any], said: ImageFile = _PLAIN) -> str:
    """Which keys of [image] would make an image the expected one; "" where none would.

    Args:
        expected, found: [slow, fast].
        said: the keys by which the file was read.
    """
    stored = _as_stored(found, said)
    keys, turned = max(_turned(stored, expected.shape), key=lambda one: _alike(expected, one[1]))
    if _alike(expected, turned) < _ALIKE:
        return ""
    hints = [
        f"image.{name} = {str(value).lower()}"
        for name, value in keys.items()
        if value != getattr(said, name)
    ]
    scale = said.scale * float(np.vdot(expected, turned) / np.vdot(turned, turned))
    if said.offset == 0.0 and abs(scale / said.scale - 1.0) > _SAME_SCALE:
        hints.append(f"image.scale = {scale:.6g}")
    return f"with {', '.join(hints)} it would agree" if hints else ""


def _as_stored(pixels: NDArray[Any], said: ImageFile) -> NDArray[Any]:
    """Back to the file's order."""
    pixels = pixels[:, ::-1] if said.flip_fast else pixels
    pixels = pixels[::-1] if said.flip_slow else pixels
    return pixels.T if said.transpose else pixels


def _turned(
    stored: NDArray[Any], shape: tuple[int, ...]
) -> Iterator[tuple[dict[str, bool], NDArray[Any]]]:
    """The keys of all eight orientations and the image in each.

    Raw pixels that were taken for transposed, or not, were read in a wrong shape.
    """
    flat = np.ascontiguousarray(stored).ravel()
    for number in range(8):
        keys = {key: bool(number >> bit & 1) for bit, key in enumerate(_KEYS)}
        image = flat.reshape(shape[::-1]).T if keys["transpose"] else flat.reshape(shape)
        image = image[::-1] if keys["flip_slow"] else image
        yield keys, image[:, ::-1] if keys["flip_fast"] else image


def _alike(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Correlation; 0 where there is none."""
    with np.errstate(all="ignore"):
        found = float(np.corrcoef(a.ravel(), b.ravel())[0, 1])
    return found if np.isfinite(found) else 0.0
