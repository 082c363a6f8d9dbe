"""How much is done at once: blocks of pixels, and of those a few orientations at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import torch
from torch import Tensor

from braggscope_torch.native.rendering import processors
from braggscope_torch.tables import Tables

#: Evaluations in one operation on the processor: enough to hide what torch takes to begin one, few
#: enough for its cache.
_PROCESSOR_EVALUATIONS: Final = 2**16
#: On a graphics card, which wants all it can get at once.
_CARD_EVALUATIONS: Final = 2**22
#: Of the evaluations at once, so many are orientations, where there are as many.
_ORIENTATIONS: Final = 4
#: Small regions are shared among threads down to so many evaluations at once.
_FEWEST_EVALUATIONS: Final = 2**14
#: What one evaluation takes while it is done: indices, phases, factors; and the neighbourhood of an
#: interpolated structure factor with its weights.
_EVALUATION_BYTES: Final = 30 * 8
_INTERPOLATED_BYTES: Final = 60 * 8
#: What one pixel takes besides.
_PIXEL_BYTES: Final = 60 * 8
#: However little memory there may be, so much is done at once.
_LEAST: Final = 2**10


def evaluations_at_once(tables: Tables) -> int:
    """(orientation, pixel) pairs that fit into the run's share of memory, and into the cache."""
    is_processor = tables.device.type == "cpu"
    each = _EVALUATION_BYTES + _PIXEL_BYTES
    if tables.setup.crystal.interpolates:
        each += _INTERPOLATED_BYTES
    threads = workers(tables.device)
    fitting = max(tables.memory_bytes - tables.bytes, 0) // (each * threads)
    return max(_LEAST, min(fitting, _PROCESSOR_EVALUATIONS if is_processor else _CARD_EVALUATIONS))


def block_size(tables: Tables) -> int:
    """Pixels to render at once: no more than leave work for every thread."""
    steps, domains = tables.shape
    orientations = min(_ORIENTATIONS, max(1, steps * domains))
    shared = math.ceil(simulated_pixels(tables) / workers(tables.device))
    wanted = max(shared, _FEWEST_EVALUATIONS // orientations)
    return max(1, min(evaluations_at_once(tables) // orientations, wanted))


def orientations_at_once(tables: Tables, pixels: int) -> int:
    """Orientations to evaluate at once for a block of pixels."""
    return max(1, evaluations_at_once(tables) // max(1, pixels))


def workers(device: torch.device) -> int:
    """Threads that render blocks: one for each processor, and one for a graphics card."""
    return processors() if device.type == "cpu" else 1


def simulated_pixels(tables: Tables) -> int:
    """How many pixels of the region of interest are simulated."""
    roi = tables.setup.detector.roi
    if roi.is_empty:
        return 0
    rows, columns = (
        slice(roi.slow_min, roi.slow_max + 1),
        slice(roi.fast_min, roi.fast_max + 1),
    )
    if tables.mask is None:
        return (rows.stop - rows.start) * (columns.stop - columns.start)
    return int(tables.mask.reshape(tables.setup.detector.shape)[rows, columns].sum())


def region_size(tables: Tables) -> int:
    """Pixels in the region of interest, masked ones included."""
    roi = tables.setup.detector.roi
    if roi.is_empty:
        return 0
    return (roi.fast_max - roi.fast_min + 1) * (roi.slow_max - roi.slow_min + 1)


def number_in_region(tables: Tables, raster: int) -> int:
    """A pixel's number in the region from its number in the image."""
    roi, width = tables.setup.detector.roi, tables.setup.detector.fast_pixels
    slow, fast = divmod(raster, width)
    return (slow - roi.slow_min) * (roi.fast_max - roi.fast_min + 1) + fast - roi.fast_min


def blocks(tables: Tables, pixels: int | None = None) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) index tensors of all simulated pixels, block by block in raster order.

    Args:
        pixels: of a block, at most; None is as many as suit the eager kernel.
    """
    roi = tables.setup.detector.roi
    if roi.is_empty:
        return
    width = roi.fast_max - roi.fast_min + 1
    count, size = width * (roi.slow_max - roi.slow_min + 1), pixels or block_size(tables)
    for start in range(0, count, size):
        index = torch.arange(start, min(start + size, count), device=tables.device)
        row = index // width
        slow, fast = roi.slow_min + row, roi.fast_min + (index - row * width)
        if tables.mask is not None:
            seen = tables.mask[slow * tables.setup.detector.fast_pixels + fast]
            slow, fast = slow[seen], fast[seen]
        yield slow, fast
