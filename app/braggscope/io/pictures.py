"""Pictures of A, B and their difference as PNG, all in one scale."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from braggscope.api import DetectorImage
from braggscope.io.rendering import auto_levels, render_rgb


def pictures(
    images: tuple[DetectorImage, DetectorImage], difference: NDArray[np.generic] | None
) -> dict[str, bytes]:
    """PNG files: "a" and "b" in one logarithmic scale, and "difference" where there is one."""
    a, b = images
    levels = auto_levels([a.data, b.data], scale="log", masks=[a.mask, b.mask])
    made = {
        name: _png(
            render_rgb(image.data, levels=levels, scale="log", colormap="lagoon", mask=image.mask)
        )
        for name, image in (("a", a), ("b", b))
    }
    if difference is not None:
        finite = np.abs(difference[np.isfinite(difference)])
        extent = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
        made["difference"] = _png(
            render_rgb(
                difference,
                levels=(-extent, extent),
                scale="linear",
                colormap="blue-red",
                mask=a.mask,
            )
        )
    return made


def _png(rgb: NDArray[np.uint8]) -> bytes:
    content = BytesIO()
    Image.fromarray(rgb).save(content, format="png")
    return content.getvalue()
