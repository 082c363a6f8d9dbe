"""Raw pixels without a header, as nanoBragg's -floatfile: float32, or float64 by their size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from braggscope.api import InvalidInput
from braggscope_files.found import Found, Wanted


def fits(size: int, shape: tuple[int, int]) -> bool:
    """Whether a file of that many bytes can hold such an image."""
    return size in (4 * shape[0] * shape[1], 8 * shape[0] * shape[1])


def read_raw(path: Path, content: bytes, wanted: Wanted) -> Found:
    """Little-endian floats, fast index contiguous, in the detector's shape.

    Raises:
        InvalidInput: its size fits neither type.
    """
    slow, fast = wanted.shape
    if not fits(len(content), wanted.shape):
        raise InvalidInput(
            f"{path.name} has {len(content)} bytes, which is no raw image of {slow} × {fast} pixels"
            " (slow × fast)",
            where=str(path),
            why=f"float32 takes {4 * slow * fast} bytes, float64 {8 * slow * fast}; raw pixels do"
            " not say their shape, and images are never resampled in silence",
            remedy="Set detector.pixels_slow and detector.pixels_fast to the image's, or choose"
            " another file",
        )
    wanted.check_frame(path, 1)
    dtype = np.dtype("<f4" if len(content) == 4 * slow * fast else "<f8")
    return Found(np.frombuffer(content, dtype).reshape(slow, fast), f"raw {dtype.name}")
