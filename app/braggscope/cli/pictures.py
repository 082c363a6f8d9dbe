"""Pictures of A, B and their difference as PNG."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from braggscope.api import DetectorImage
from braggscope.io.rendering import auto_levels, render_rgb
from braggscope.whole_files import write_whole

NAMES: Final = ("a.png", "b.png", "difference.png")


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
        _save(rgb, folder / f"{name}.png")
    if difference is not None:
        finite = np.abs(difference[np.isfinite(difference)])
        extent = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
        rgb = render_rgb(
            difference, levels=(-extent, extent), scale="linear", colormap="blue-red", mask=a.mask
        )
        _save(rgb, folder / "difference.png")


def _save(rgb: NDArray[np.uint8], path: Path) -> None:
    content = BytesIO()
    Image.fromarray(rgb).save(content, format="png")
    write_whole(path, lambda sink: sink.write(content.getvalue()))
