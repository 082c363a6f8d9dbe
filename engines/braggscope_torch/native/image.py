"""Whole images with the native kernel; what it cannot do exactly goes to the eager one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from braggscope.api import RunContext
from braggscope_torch.blocks import block_size
from braggscope_torch.eager import render_blocks
from braggscope_torch.native.job import Job, Lookup
from braggscope_torch.native.library import Library
from braggscope_torch.native.rendering import render_region
from braggscope_torch.tables import Tables

_NEIGHBOURS = 4
#: What of the progress is the native kernel's: the rest is for pixels that are left to the eager
#: one, which nobody knows before.
_NATIVE_SHARE = 0.99


def render_native(
    image: NDArray[Any], tables: Tables, library: Library, threads: int, context: RunContext
) -> None:
    """Fill the region of interest of an image.

    Args:
        image: (slow, fast) contiguous; float64, or float32 for mixed precision.
        tables: of a run that the kernel supports, with the serial order of the run.

    Raises:
        Cancelled: the user asked to stop.
        ValueError: the image has another shape, type or order in memory than the kernel writes.
    """
    _check_memory(image, tables)
    total = region_size(tables)
    not_finite = done = 0
    for start, stop, lookup in _stretches(tables, total):
        job = Job(tables, image, lookup)
        bad, _ = render_region(
            library, job, start, stop, threads, _checkpoint(context, done, total)
        )
        not_finite += bad
        done += stop - start
    left = _left_to_eager(image, tables, not_finite)
    if len(left):
        render_blocks(
            image,
            tables,
            _in_blocks(tables, left),
            lambda done: context.progress(_NATIVE_SHARE + (1.0 - _NATIVE_SHARE) * done / len(left)),
        )


def _check_memory(image: NDArray[Any], tables: Tables) -> None:
    """The kernel writes to plain memory: nothing else would stop it there."""
    expected = np.float64 if tables.precision == "float64" else np.float32
    shape = tables.setup.detector.shape
    if image.shape != shape or image.dtype != expected or not image.flags.c_contiguous:
        raise ValueError(
            f"the image is {image.shape} {image.dtype}, not {shape} {np.dtype(expected)} row by row"
        )


def _checkpoint(context: RunContext, before: int, total: int) -> Callable[[int], None]:
    return lambda pixels: context.progress(_NATIVE_SHARE * (before + pixels) / total)


def first_failing(
    tables: Tables, library: Library, threads: int, start: int, checkpoint: Callable[[], None]
) -> int | None:
    """The first pixel, from start on, of which an evaluation cannot be interpolated.

    Returns:
        Its number in the region, in raster order.
    """
    # A scan writes no image: only the precision of its numbers is taken from it.
    no_image = np.zeros(1, dtype=np.float64)
    job = Job(tables, no_image, "scan")
    stop = region_size(tables)
    if start >= stop:
        return None
    _, found = render_region(library, job, start, stop, threads, lambda _done: checkpoint())
    return None if found < 0 else found


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


def _stretches(tables: Tables, total: int) -> Iterator[tuple[int, int, Lookup]]:
    """Pixels of the region that look structure factors up in one way: from, to, how."""
    table = tables.structure_factors
    if table.values is None:
        yield 0, total, "constant"
        return
    smooth: Lookup = "nearest"
    if tables.setup.crystal.interpolates and min(table.values.shape) >= _NEIGHBOURS:
        smooth = "tricubic"
    switch = total
    if tables.serial.switch_pixel is not None:
        switch = number_in_region(tables, tables.serial.switch_pixel)
    if switch > 0:
        yield 0, switch, smooth
    if switch < total:
        yield switch, total, "nearest"


def _left_to_eager(image: NDArray[Any], tables: Tables, not_finite: int) -> NDArray[np.int64]:
    """Numbers in the image of pixels that follow rules of their own."""
    switch = tables.serial.switch_pixel
    raster = np.array([] if switch is None else [switch], dtype=np.int64)
    if not_finite:
        raster = np.union1d(raster, np.flatnonzero(~np.isfinite(image)))
    return raster


def _in_blocks(tables: Tables, raster: NDArray[np.int64]) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) of pixels by their numbers, block by block."""
    size = block_size(tables)
    for start in range(0, len(raster), size):
        slow, fast = np.divmod(raster[start : start + size], tables.setup.detector.fast_pixels)
        yield torch.from_numpy(slow), torch.from_numpy(fast)
