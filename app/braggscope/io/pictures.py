"""Pictures of A, B and their difference as PNG, all in one scale."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from braggscope.api import DetectorImage
from braggscope.io.rendering import auto_levels, render_rgb, symmetric_levels


def pictures(
    images: tuple[DetectorImage, DetectorImage], difference: NDArray[np.generic] | None
) -> dict[str, bytes]:
    """PNG files: "a" and "b" in one logarithmic scale, and "difference" where there is one."""
    a, b = images
    levels = auto_levels([a.data, b.data], scale="log", masks=[a.mask, b.mask])
    made = {
        name: png_of(
            render_rgb(image.data, levels=levels, scale="log", colormap="lagoon", mask=image.mask)
        )
        for name, image in (("a", a), ("b", b))
    }
    if difference is not None:
        reach = symmetric_levels(difference, mask=a.mask)
        made["difference"] = png_of(
            render_rgb(difference, levels=reach, scale="linear", colormap="blue-red", mask=a.mask)
        )
    return made


def png_of(rgb: NDArray[np.uint8]) -> bytes:
    """A PNG file of [slow, fast, 3] colours."""
    content = BytesIO()
    # The best of compressions takes many times as long, and saves little.
    Image.fromarray(rgb).save(content, format="png", compress_level=1)
    return content.getvalue()
