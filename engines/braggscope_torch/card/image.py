"""Whole images with the Triton kernel; what it cannot do exactly goes to the eager one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from numpy.typing import NDArray
from torch import Tensor

from braggscope.api import RunContext
from braggscope_torch.blocks import number_in_region, region_size
from braggscope_torch.card.job import evaluations_of, job_of, smooth_lookup
from braggscope_torch.card.kernels import Kernels
from braggscope_torch.card.layout import STATE_NUMBERS
from braggscope_torch.card.plan import Pace, Piece, Range, pieces, whole_pixels
from braggscope_torch.card.rendering import Launcher, pace_of, run
from braggscope_torch.leftovers import Progress, check_memory, render_leftovers
from braggscope_torch.tables import Tables


def render_on_card(
    image: NDArray[Any],
    tables: Tables,
    kernels: Kernels,
    context: RunContext,
    pace: Pace | None = None,
) -> None:
    """Fill the region of interest of an image.

    Args:
        image: (slow, fast) contiguous; float64, or float32 for other precisions.
        tables: of a run that the kernel supports, with the serial order of the run.
        kernels: compiled for the tables' device; on the processor, of the interpreter.
        pace: of the launches; learnt on the way.

    Raises:
        Cancelled: the user asked to stop.
        ValueError: the image has another shape, type or order in memory than the kernel writes.
    """
    check_memory(image, tables)
    if region_size(tables) == 0:
        return
    progress = Progress(context, region_size(tables))
    frame = _Frame(image, tables, progress, pace or pace_of(tables))
    for stretch in _stretches(tables):
        frame.render(stretch, kernels)
    render_leftovers(image, tables, None, int(frame.not_finite), progress)


class _Stretch(NamedTuple):
    """Pixels of the region that look structure factors up in one way, and the one whose sweep is
    the first of the run, if it is among them.
    """

    pixels: Range
    is_smooth: bool
    first: int | None


def _stretches(tables: Tables) -> Iterator[_Stretch]:
    """Whole rows: in the one in which interpolation ends, the kernel asks pixel by pixel."""
    total, roi = region_size(tables), tables.setup.detector.roi
    width = roi.fast_max - roi.fast_min + 1
    serial, smooth = tables.serial, total
    if serial.switch_pixel is not None:
        smooth = (number_in_region(tables, serial.switch_pixel) // width + 1) * width
    first = None
    if serial.first_pixel is not None:
        first = number_in_region(tables, serial.first_pixel)
    for pixels, is_smooth in ((Range(0, smooth), True), (Range(smooth, total), False)):
        if pixels.size:
            own = first is not None and pixels.begin <= first < pixels.end
            yield _Stretch(pixels, is_smooth, first if own else None)


class _Frame:
    """An image on its way from the device.

    Attributes:
        not_finite: () how many pixels are not finite, on the device.
    """

    def __init__(self, image: NDArray[Any], tables: Tables, progress: Progress, pace: Pace) -> None:
        roi = tables.setup.detector.roi
        self._tables, self._pace = tables, pace
        self._evaluations = evaluations_of(tables)
        self._width = roi.fast_max - roi.fast_min + 1
        self._region = torch.from_numpy(image)[
            roi.slow_min : roi.slow_max + 1, roi.fast_min : roi.fast_max + 1
        ]
        self._seen = _seen(tables)
        self._show = progress.after(0, 0)
        self._done = self._bad = 0
        self.not_finite = torch.zeros((), dtype=torch.int64, device=tables.device)
        capacity = min(region_size(tables), max(pace.most_pixels, self._width))
        capacities = (capacity, capacity, 1)
        self._slots = [_Slot(one, self._region.dtype, tables.device) for one in capacities]
        self._state: Tensor | None = None

    def render(self, stretch: _Stretch, kernels: Kernels) -> None:
        """Render a stretch and bring it into the image."""
        lookup = smooth_lookup(self._tables)
        if lookup == "tricubic" and not stretch.is_smooth:
            lookup = "nearest"
        job = job_of(self._tables, lookup)
        launcher = Launcher(
            kernels.render, job, self._tables.serial, self._outputs, region_size(self._tables)
        )

        def launch(piece: Piece) -> None:
            launcher.launch(piece)
            if piece.closes:
                self._slots[piece.slot].fetch(piece.pixels.size, self.not_finite)

        run(
            self._tables.device, self._pieces(stretch), launcher.make_ready, launch, self._land,
            self._pace,
        )  # fmt: skip

    def _pieces(self, stretch: _Stretch) -> Iterator[Piece]:
        yield from pieces(self._evaluations, stretch.pixels, self._width, self._pace)
        if stretch.first is not None:
            # Again, alone: all other pixels see the same cells at the same time.
            alone = Range(stretch.first, stretch.first + 1)
            yield from whole_pixels(self._evaluations, alone, 2, self._pace, is_first_sweep=True)

    def _outputs(self, piece: Piece) -> dict[str, Any]:
        is_whole = piece.opens and piece.closes
        return {
            "out": self._slots[piece.slot].values,
            "state": self._slots[0].values if is_whole else self._state_of(piece.pixels.size),
            "not_finite": self.not_finite,
        }

    def _state_of(self, pixels: int) -> Tensor:
        """Where pixels keep what they have between launches."""
        if self._state is None or self._state.numel() < STATE_NUMBERS * pixels:
            self._state = torch.empty(
                STATE_NUMBERS * pixels, dtype=torch.float64, device=self._tables.device
            )
        return self._state

    def _land(self, piece: Piece) -> None:
        """Copy pixels that are done into the image."""
        if piece.closes:
            slot = self._slots[piece.slot]
            self._keep(piece.pixels, slot.fetched[: piece.pixels.size])
            self._bad = int(slot.not_finite)
        if not piece.is_first_sweep:
            self._done += piece.evaluations
        self._show(self._done / self._evaluations.each, self._bad)

    def _keep(self, pixels: Range, values: Tensor) -> None:
        row, fast = divmod(pixels.begin, self._width)
        if pixels.size % self._width:
            self._region[row, fast : fast + pixels.size] = values
            return
        rows = slice(row, row + pixels.size // self._width)
        own = self._region[rows]
        if self._seen is not None:
            values = torch.where(self._seen[rows], values.view(own.shape), own)
        own.copy_(values.view(own.shape))


def _seen(tables: Tables) -> Tensor | None:
    """(slow, fast) of the region: True where a pixel is simulated; None without a mask."""
    if tables.mask is None:
        return None
    roi = tables.setup.detector.roi
    whole = tables.mask.cpu().view(tables.setup.detector.shape)
    return whole[roi.slow_min : roi.slow_max + 1, roi.fast_min : roi.fast_max + 1]


class _Slot:
    """Buffers of one stretch: on the device, and where its values arrive on the host.

    Attributes:
        values: what the kernel writes to.
        fetched: what is read, once the work put on the device so far is done.
        not_finite: () how many pixels were not finite then.
    """

    def __init__(self, capacity: int, dtype: torch.dtype, device: torch.device) -> None:
        self.values = torch.empty(capacity, dtype=dtype, device=device)
        self.fetched = self.values
        is_card = device.type == "cuda"
        if is_card:
            self.fetched = torch.empty(capacity, dtype=dtype, pin_memory=True)
        self.not_finite = torch.zeros((), dtype=torch.int64, pin_memory=is_card)

    def fetch(self, count: int, not_finite: Tensor) -> None:
        """Have the first values brought to the host, after the work put on the device so far."""
        if self.fetched is not self.values:
            self.fetched[:count].copy_(self.values[:count], non_blocking=True)
        self.not_finite.copy_(not_finite, non_blocking=True)
