"""The pixels of a run in memory-bounded blocks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from braggscope_torch.tables import Tables

#: Pixels of a block on the processor: large enough to hide torch's overhead, small enough for its
#: cache.
_PROCESSOR_BLOCK = 10_000
#: Pixels of a block on a graphics card, which wants all it can get at once.
_CARD_BLOCK = 2**20


def block_size(device: torch.device) -> int:
    """Pixels to render at once."""
    return _PROCESSOR_BLOCK if device.type == "cpu" else _CARD_BLOCK


def blocks(tables: Tables) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) index tensors of all simulated pixels, block by block in raster order."""
    roi = tables.setup.detector.roi
    if roi.is_empty:
        return
    width = roi.fast_max - roi.fast_min + 1
    count = width * (roi.slow_max - roi.slow_min + 1)
    size = block_size(tables.device)
    for start in range(0, count, size):
        index = torch.arange(start, min(start + size, count), device=tables.device)
        slow, fast = roi.slow_min + index // width, roi.fast_min + index % width
        if tables.mask is not None:
            seen = tables.mask[slow * tables.setup.detector.fast_pixels + fast]
            slow, fast = slow[seen], fast[seen]
        yield slow, fast
