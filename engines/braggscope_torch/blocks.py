"""The pixels of a run in memory-bounded blocks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from braggscope_torch.tables import Tables

#: Pixels of a block: large enough to hide torch's overhead, small enough to stay in the cache.
_LARGEST_BLOCK = 65536
_SMALLEST_BLOCK = 2048
#: A block ends after about this many pixel steps, so that cancelling is answered soon.
_STEPS_PER_BLOCK = 4_000_000


def block_size(steps: int) -> int:
    """Pixels to render at once when each takes a number of steps."""
    return max(_SMALLEST_BLOCK, min(_LARGEST_BLOCK, _STEPS_PER_BLOCK // max(1, steps)))


def blocks(tables: Tables) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) index tensors of all simulated pixels, block by block in raster order."""
    roi = tables.setup.detector.roi
    if roi.is_empty:
        return
    width = roi.fast_max - roi.fast_min + 1
    count = width * (roi.slow_max - roi.slow_min + 1)
    size = block_size(tables.setup.steps * tables.layers.count)
    for start in range(0, count, size):
        index = torch.arange(start, min(start + size, count), device=tables.device)
        slow, fast = roi.slow_min + index // width, roi.fast_min + index % width
        if tables.mask is not None:
            seen = tables.mask[slow * tables.setup.detector.fast_pixels + fast]
            slow, fast = slow[seen], fast[seen]
        yield slow, fast
