"""Whole images with the native kernel; what it cannot do exactly goes to the eager one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import RunContext
from braggscope_torch.blocks import number_in_region, region_size
from braggscope_torch.leftovers import Progress, check_memory, render_leftovers
from braggscope_torch.native.job import Job, Lookup
from braggscope_torch.native.library import Library
from braggscope_torch.native.rendering import render_region
from braggscope_torch.tables import Tables

_NEIGHBOURS = 4


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
    check_memory(image, tables)
    total = region_size(tables)
    progress = Progress(context, total)
    not_finite = done = 0
    for start, stop, lookup in _stretches(tables, total):
        job = Job(tables, image, lookup)
        bad, _ = render_region(library, job, start, stop, threads, progress.after(done, not_finite))
        not_finite += bad
        done += stop - start
    render_leftovers(image, tables, tables.serial.switch_pixel, not_finite, progress)


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
