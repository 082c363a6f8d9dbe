"""Pictures of A, B and their difference as files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage
from braggscope.io.pictures import pictures
from braggscope.whole_files import write_bytes

NAMES: Final = ("a.png", "b.png", "difference.png")


def write_pictures(
    folder: Path,
    images: tuple[DetectorImage, DetectorImage],
    difference: NDArray[np.generic] | None,
) -> None:
    """Write a.png, b.png (one logarithmic scale for both) and difference.png."""
    for name, content in pictures(images, difference).items():
        write_bytes(folder / f"{name}.png", content)
