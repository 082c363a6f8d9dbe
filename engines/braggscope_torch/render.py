"""Whole images in memory-bounded blocks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from braggscope.api import RunContext, Semantics
from braggscope_torch.kernel import render_pixels
from braggscope_torch.tables import Tables

#: Pixels of a block: large enough to hide torch's overhead, small enough to stay in the cache.
_LARGEST_BLOCK = 65536
_SMALLEST_BLOCK = 2048
#: A block ends after about this many pixel steps, so that cancelling is answered soon.
_STEPS_PER_BLOCK = 4_000_000


def block_size(steps: int) -> int:
    """Pixels to render at once when each takes a number of steps."""
    return max(_SMALLEST_BLOCK, min(_LARGEST_BLOCK, _STEPS_PER_BLOCK // steps))


def blocks(tables: Tables) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) index tensors of the region of interest, block by block in raster order."""
    roi = tables.setup.detector.roi
    if roi.is_empty:
        return
    width = roi.fast_max - roi.fast_min + 1
    count = width * (roi.slow_max - roi.slow_min + 1)
    size = block_size(tables.setup.steps)
    for start in range(0, count, size):
        index = torch.arange(start, min(start + size, count), device=tables.device)
        yield roi.slow_min + index // width, roi.fast_min + index % width


@torch.no_grad()
def render_into(
    image: Tensor, tables: Tables, semantics: Semantics, context: RunContext | None = None
) -> None:
    """Fill the region of interest of an image.

    Args:
        image: [slow, fast] on any device; pixels outside the region are left alone.
        tables: the set-up on the device that computes.
        semantics: which sub-pixel's factors count.
        context: told about progress after every block; may cancel there.

    Raises:
        Cancelled: the user asked to stop.
    """
    context = context or RunContext()
    roi = tables.setup.detector.roi
    count = max(1, (roi.fast_max - roi.fast_min + 1) * (roi.slow_max - roi.slow_min + 1))
    done = 0
    context.progress(0.0)
    for slow, fast in blocks(tables):
        values = render_pixels(tables, semantics, slow, fast)
        image[slow.to(image.device), fast.to(image.device)] = values.to(image.device, image.dtype)
        done += len(slow)
        context.progress(done / count)
