"""What a fast kernel leaves to the eager one: pixels that it cannot do exactly, once all others are
there, and how far both are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from braggscope.api import RunContext
from braggscope_torch.blocks import block_size
from braggscope_torch.eager import render_blocks
from braggscope_torch.tables import Tables

#: A pixel takes the eager kernel as long as so many take a fast one.
_EAGER_WEIGHT: Final = 20
#: Pixels among which those that are not finite are looked for at once.
_BAND: Final = 2**22


class Progress:
    """The share of a run that is done, which never falls; pixels left to eager count as many.

    Args:
        total: pixels of the region.
    """

    def __init__(self, context: RunContext, total: int) -> None:
        self._context, self._total = context, total
        self._shown = 0.0

    def after(self, before: int, not_finite: int) -> Callable[[float, int], None]:
        """Shows how far a fast kernel is, after some pixels and what was left of them."""
        return lambda done, bad: self._show(before + done, not_finite + bad)

    def of_eager(self, left: int) -> Callable[[float], None]:
        """Shows how many of the pixels that were left are done."""
        return lambda done: self._show(self._total + _EAGER_WEIGHT * done, left)

    def _show(self, done: float, left: int) -> None:
        share = done / max(1.0, self._total + _EAGER_WEIGHT * left)
        self._shown = max(self._shown, min(share, 1.0))
        self._context.progress(self._shown)


def check_memory(image: NDArray[Any], tables: Tables) -> None:
    """Refuse an image that a kernel which writes to plain memory does not fit.

    Raises:
        ValueError: the image has another shape, type or order in memory than the kernel writes.
    """
    expected = np.float64 if tables.precision == "float64" else np.float32
    shape = tables.setup.detector.shape
    if image.shape != shape or image.dtype != expected or not image.flags.c_contiguous:
        raise ValueError(
            f"the image is {image.shape} {image.dtype}, not {shape} {np.dtype(expected)} row by row"
        )


def render_leftovers(
    image: NDArray[Any], tables: Tables, single: int | None, not_finite: int, progress: Progress
) -> None:
    """Render pixels that follow rules of their own with the eager kernel.

    Args:
        image: (slow, fast), all other pixels rendered.
        single: the number of a pixel in the image, or None.
        not_finite: how many pixels of the image are not finite: those as well.

    Raises:
        Cancelled: the user asked to stop.
    """
    left = not_finite + (single is not None)
    if left:
        pixels = _left_to_eager(image, tables, single, not_finite)
        render_blocks(image, tables, pixels, progress.of_eager(left))


def _left_to_eager(
    image: NDArray[Any], tables: Tables, single: int | None, not_finite: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) of the pixels, block by block."""
    if single is not None:
        yield _indices(np.array([single]), tables)
    if not not_finite:
        return
    width, size = tables.setup.detector.fast_pixels, block_size(tables)
    roi, rows = tables.setup.detector.roi, max(1, _BAND // width)
    for start in range(roi.slow_min, roi.slow_max + 1, rows):
        band = image[start : min(start + rows, roi.slow_max + 1)]
        found = start * width + np.flatnonzero(~np.isfinite(band))
        found = found[found != single] if single is not None else found
        for first in range(0, len(found), size):
            yield _indices(found[first : first + size], tables)


def _indices(raster: NDArray[np.int64], tables: Tables) -> tuple[Tensor, Tensor]:
    slow, fast = np.divmod(raster, tables.setup.detector.fast_pixels)
    return torch.from_numpy(slow).to(tables.device), torch.from_numpy(fast).to(tables.device)
