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
#: A pixel takes the eager kernel as long as so many take the native one.
_EAGER_WEIGHT = 20
#: Pixels among which those that are not finite are looked for at once.
_BAND = 2**22


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
    progress = _Progress(context, total)
    not_finite = done = 0
    for start, stop, lookup in _stretches(tables, total):
        job = Job(tables, image, lookup)
        bad, _ = render_region(library, job, start, stop, threads, progress.after(done, not_finite))
        not_finite += bad
        done += stop - start
    switches = tables.serial.switch_pixel is not None
    if not_finite or switches:
        left = _left_to_eager(image, tables, not_finite)
        render_blocks(image, tables, left, progress.of_eager(not_finite + switches))


class _Progress:
    """The share of a run that is done, which never falls; pixels left to eager count as many."""

    def __init__(self, context: RunContext, total: int) -> None:
        self._context, self._total = context, total
        self._shown = 0.0

    def after(self, before: int, not_finite: int) -> Callable[[int, int], None]:
        """Shows how far the native kernel is, after some pixels and what was left of them."""
        return lambda done, bad: self._show(before + done, not_finite + bad)

    def of_eager(self, left: int) -> Callable[[float], None]:
        """Shows how many of the pixels that were left are done."""
        return lambda done: self._show(self._total + _EAGER_WEIGHT * done, left)

    def _show(self, done: float, left: int) -> None:
        share = done / max(1.0, self._total + _EAGER_WEIGHT * left)
        self._shown = max(self._shown, min(share, 1.0))
        self._context.progress(self._shown)


def _check_memory(image: NDArray[Any], tables: Tables) -> None:
    """The kernel writes to plain memory: nothing else would stop it there."""
    expected = np.float64 if tables.precision == "float64" else np.float32
    shape = tables.setup.detector.shape
    if image.shape != shape or image.dtype != expected or not image.flags.c_contiguous:
        raise ValueError(
            f"the image is {image.shape} {image.dtype}, not {shape} {np.dtype(expected)} row by row"
        )


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
    _, found = render_region(
        library, job, start, stop, threads, lambda _done, _not_finite: checkpoint()
    )
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


def _left_to_eager(
    image: NDArray[Any], tables: Tables, not_finite: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """(slow, fast) of pixels that follow rules of their own, block by block."""
    width, size = tables.setup.detector.fast_pixels, block_size(tables)
    switch = tables.serial.switch_pixel
    if switch is not None:
        yield _indices(np.array([switch]), width)
    if not not_finite:
        return
    roi, rows = tables.setup.detector.roi, max(1, _BAND // width)
    for start in range(roi.slow_min, roi.slow_max + 1, rows):
        band = image[start : min(start + rows, roi.slow_max + 1)]
        found = start * width + np.flatnonzero(~np.isfinite(band))
        found = found[found != switch]
        for first in range(0, len(found), size):
            yield _indices(found[first : first + size], width)


def _indices(raster: NDArray[np.int64], width: int) -> tuple[Tensor, Tensor]:
    slow, fast = np.divmod(raster, width)
    return torch.from_numpy(slow), torch.from_numpy(fast)
