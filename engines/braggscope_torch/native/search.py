"""Where interpolation ends, found with the native kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from braggscope_torch.native.image import first_failing
from braggscope_torch.native.library import Library
from braggscope_torch.serial import Candidates
from braggscope_torch.tables import Tables


def native_candidates(library: Library, threads: int, checkpoint: Callable[[], None]) -> Candidates:
    """Pixels that may be the first of which an interpolation fails, one by one.

    The eager kernel has the last word on each, as at the edge of the table rounding decides.
    """

    def candidates(tables: Tables) -> Iterator[tuple[Tensor, Tensor]]:
        roi = tables.setup.detector.roi
        if roi.is_empty:
            return
        width = roi.fast_max - roi.fast_min + 1
        start = 0
        while True:
            found = first_failing(tables, library, threads, start, checkpoint)
            if found is None:
                return
            yield _pixel(tables, found, width)
            start = found + 1

    return candidates


def _pixel(tables: Tables, number: int, width: int) -> tuple[Tensor, Tensor]:
    roi = tables.setup.detector.roi
    return (
        torch.tensor([roi.slow_min + number // width]),
        torch.tensor([roi.fast_min + number % width]),
    )
