"""What depends on the serial order of a whole run: found before it is rendered in blocks.

nanoBragg renders pixel after pixel. Two of its surprises reach from one pixel into the next: the
first sweep over phi sees the unrotated cell (spec Q19), and the first failed interpolation ends it
(Q39).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import torch
from torch import Tensor

from braggscope_torch import crystal
from braggscope_torch.blocks import blocks
from braggscope_torch.kernel import PixelBlock
from braggscope_torch.scratch import Scratch
from braggscope_torch.tables import Place, Serial, Tables

#: Blocks of pixels, in order, among which the first failing interpolation is looked for.
Candidates = Callable[[Tables], Iterable[tuple[Tensor, Tensor]]]


@torch.no_grad()
def with_serial_order(
    tables: Tables,
    checkpoint: Callable[[], None] = lambda: None,
    candidates: Candidates = blocks,
) -> Tables:
    """The tables with what depends on the order of their run; looks only as far as needed.

    Args:
        checkpoint: called now and then on the way; what it raises ends the search.
        candidates: (slow, fast) blocks of pixels to look for a failing interpolation in.
    """
    tables = replace(tables, serial=_first_sweep(tables, checkpoint))
    if not may_switch(tables):
        return tables
    return replace(tables, serial=_switch(tables, candidates(tables), checkpoint))


def _first_sweep(tables: Tables, checkpoint: Callable[[], None]) -> Serial:
    """The first pixel, layer, sub-pixel and source that the resolution cut-off lets pass."""
    if not tables.carries:
        return Serial()
    for slow, fast in blocks(tables):
        found: tuple[int, Place] | None = None
        block = PixelBlock(tables, slow, fast)
        for place, _, accepted in block.sweeps():
            checkpoint()
            passing = (block.raster if accepted is None else block.raster[accepted])[:1]
            if len(passing) and (found is None or int(passing[0]) < found[0]):
                found = (int(passing[0]), place)
                if found[0] == int(block.raster[0]):
                    break  # No pixel comes before it.
        if found is not None:
            return Serial(first_pixel=found[0], first_place=found[1])
    return Serial()


def may_switch(tables: Tables) -> bool:
    """Whether a failed interpolation would end interpolation for the rest of the run."""
    return (
        tables.setup.crystal.interpolates
        and tables.structure_factors.values is not None
        and tables.semantics.interpolation_fallback == "permanent"
    )


def _switch(
    tables: Tables, where: Iterable[tuple[Tensor, Tensor]], checkpoint: Callable[[], None]
) -> Serial:
    """The first evaluation of the run that reaches the lookup and cannot be interpolated."""
    scratch = Scratch()
    for slow, fast in where:
        block = PixelBlock(tables, slow, fast, scratch=scratch)
        never = torch.iinfo(torch.int64).max
        failed_at = torch.full_like(block.raster, never)
        for place, q, accepted in block.sweeps():
            for evaluations in block.evaluations(place, q, accepted):
                checkpoint()
                usable = crystal.can_interpolate(tables.structure_factors, evaluations.indices)
                fails = evaluations.live & ~usable
                first = torch.where(fails, evaluations.serials, never).amin(dim=0)
                failed_at = torch.minimum(failed_at, first)
        failing = (failed_at != never).nonzero()
        if len(failing):
            first_pixel = int(failing[0, 0])
            return replace(
                tables.serial,
                switch_pixel=int(block.raster[first_pixel]),
                switch_evaluation=int(failed_at[first_pixel]),
            )
    return tables.serial
