"""Pictures of A, B and their difference as PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from braggscope.api import DetectorImage
from braggscope.io.rendering import auto_levels, render_rgb


def write_pictures(
    folder: Path,
    images: tuple[DetectorImage, DetectorImage],
    difference: NDArray[np.generic] | None,
) -> None:
    """Write a.png, b.png (one logarithmic scale for both) and difference.png."""
    a, b = images
    levels = auto_levels([a.data, b.data], scale="log", masks=[a.mask, b.mask])
    for name, image in (("a", a), ("b", b)):
        rgb = render_rgb(image.data, levels=levels, scale="log", colormap="lagoon", mask=image.mask)
        Image.fromarray(rgb).save(folder / f"{name}.png")
    if difference is not None:
        finite = np.abs(difference[np.isfinite(difference)])
        extent = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
        rgb = render_rgb(
            difference, levels=(-extent, extent), scale="linear", colormap="blue-red", mask=a.mask
        )
        Image.fromarray(rgb).save(folder / "difference.png")
