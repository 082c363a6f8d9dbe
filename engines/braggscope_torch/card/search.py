"""Where interpolation ends, found with the Triton kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor

from braggscope_torch.blocks import number_in_region, region_size
from braggscope_torch.card.job import evaluations_of, job_of
from braggscope_torch.card.kernels import Kernels
from braggscope_torch.card.plan import Piece, Range, pieces, whole_pixels
from braggscope_torch.card.rendering import Launcher, pace_of, run
from braggscope_torch.serial import Candidates
from braggscope_torch.tables import Tables


def card_candidates(kernels: Kernels, checkpoint: Callable[[], None]) -> Candidates:
    """Pixels that may be the first of which an interpolation fails, one by one.

    The eager kernel has the last word on each, as at the edge of the table rounding decides.
    """

    def candidates(tables: Tables) -> Iterator[tuple[Tensor, Tensor]]:
        roi = tables.setup.detector.roi
        width = roi.fast_max - roi.fast_min + 1
        start = 0
        while (found := first_failing(tables, kernels, start, checkpoint)) is not None:
            yield (
                torch.tensor([roi.slow_min + found // width], device=tables.device),
                torch.tensor([roi.fast_min + found % width], device=tables.device),
            )
            start = found + 1

    return candidates


class _Found(Exception):
    """Nobody wants the pixels behind it."""


def first_failing(
    tables: Tables, kernels: Kernels, start: int, checkpoint: Callable[[], None]
) -> int | None:
    """The first pixel, from start on, of which an evaluation cannot be interpolated.

    Returns:
        Its number in the region, in raster order.
    """
    total = region_size(tables)
    if start >= total:
        return None
    found = torch.full((), total, dtype=torch.int64, device=tables.device)
    # Which evaluations fail does not depend on the precision of terms and sums.
    job, pace = job_of(tables, "nearest", "float64"), pace_of(tables)
    outputs: dict[str, Any] = {"found": found, "ALL_LIVE": _all_live(tables)}
    launcher = Launcher(kernels.scan, job, tables.serial, lambda _: outputs, total)
    evaluations = evaluations_of(tables)

    def work() -> Iterator[Piece]:
        first = tables.serial.first_pixel
        if first is not None and number_in_region(tables, first) >= start:
            number = number_in_region(tables, first)
            alone = Range(number, number + 1)
            yield from whole_pixels(evaluations, alone, 2, pace, is_first_sweep=True)
        yield from pieces(evaluations, Range(start, total), 1, pace)

    def land(piece: Piece) -> None:
        checkpoint()
        # What was found behind the pixels that are done may not be the first one there.
        if piece.closes and not piece.is_first_sweep and int(found) < piece.pixels.end:
            raise _Found

    with suppress(_Found):
        run(tables.device, work(), launcher.make_ready, launcher.launch, land, pace)
    return int(found) if int(found) < total else None


def _all_live(tables: Tables) -> bool:
    """Whether every evaluation reaches the look-up, but for a few whose lattice factor happens to
    be exactly 0: the eager kernel sorts those out.
    """
    return tables.background != 0.0 or tables.setup.crystal.shape == "square"
