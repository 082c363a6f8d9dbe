"""Launches on a device, two at a time under way, in order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

import torch

from braggscope_torch.card.job import Job
from braggscope_torch.card.layout import STATE_NUMBERS
from braggscope_torch.card.plan import Pace, Piece
from braggscope_torch.tables import Serial, Tables

_IN_FLIGHT: Final = 2
#: A program is one warp: whether any of its pixels is to be done again is asked among 32 threads,
#: which need not wait for others.
WARPS: Final = 1
#: Pixels of one program, 4 or 1 of a thread: more share what is read of a cell, fewer leave nobody
#: without work in a small region.
BLOCK: Final = 128
_SMALL_BLOCK: Final = 32
#: Programs that a processor has at least, before they take more pixels.
_PROGRAMS: Final = 8
#: The interpreter takes as long for many pixels as for few.
_INTERPRETED_BLOCK: Final = 4096

Mark = Any

#: Pixels that buffers hold, at most and at least.
_MOST_PIXELS: Final = 2**21
_FEWEST_PIXELS: Final = 2**12
#: What a pixel takes of them: two values on the device and two on the host, and its state.
_PIXEL_BYTES: Final = (2 + 2 + STATE_NUMBERS) * 8


def pace_of(tables: Tables) -> Pace:
    """To begin with; buffers stay within the run's memory, but for a row that is longer."""
    device = tables.device
    fitting = max(0, tables.memory_bytes - tables.bytes) // _PIXEL_BYTES
    most = min(_MOST_PIXELS, max(_FEWEST_PIXELS, fitting))
    if device.type == "cpu":
        return Pace(fewest_pixels=1, most_pixels=most, learns=False)
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    return Pace(fewest_pixels=processors * 2048, most_pixels=most)


def run(
    device: torch.device,
    pieces: Iterable[Piece],
    make_ready: Callable[[Piece], None],
    launch: Callable[[Piece], None],
    land: Callable[[Piece], None],
    pace: Pace,
) -> None:
    """Launch pieces one after another.

    Args:
        make_ready: compiles what a piece needs, so that its time is that of the work alone.
        launch: puts the work of a piece on the device and returns at once.
        land: called in order for every piece that is done; what it raises ends the work.
    """
    flying: deque[tuple[Piece, Mark, Mark]] = deque()

    def land_next() -> None:
        piece, began, ended = flying.popleft()
        pace.learn(piece.evaluations, _seconds_between(began, ended))
        land(piece)

    try:
        for piece in pieces:
            make_ready(piece)
            began = _mark(device)
            launch(piece)
            flying.append((piece, began, _mark(device)))
            if len(flying) == _IN_FLIGHT:
                land_next()
        while flying:
            land_next()
    finally:
        # Whatever is still under way writes to buffers that are about to go.
        if device.type == "cuda":
            torch.cuda.synchronize(device)


def _mark(device: torch.device) -> Mark:
    """This moment of the work on the device."""
    if device.type == "cpu":
        return time.perf_counter()
    event = torch.cuda.Event(enable_timing=True)
    event.record(torch.cuda.current_stream(device))
    return event


def _seconds_between(began: Mark, ended: Mark) -> float:
    """Waits for the later one."""
    if isinstance(ended, float):
        return ended - float(began)
    ended.synchronize()
    return float(began.elapsed_time(ended)) * 1e-3


class Launcher:
    """One kernel for one job.

    Args:
        kernel: compiled or interpreted.
        job: what it is told of the run.
        serial: of the run.
        outputs: tensors that it writes to, by argument's name and slot, and constants of its own.
        pixels: of the region.
    """

    def __init__(
        self,
        kernel: Any,
        job: Job,
        serial: Serial,
        outputs: Callable[[Piece], dict[str, Any]],
        pixels: int,
    ) -> None:
        self._kernel, self._job, self._serial, self._outputs = kernel, job, serial, outputs
        self._device = job.tensors["numbers"].device
        self._block = _block(self._device, pixels)
        self._ready: set[bool] = set()

    def make_ready(self, piece: Piece) -> None:
        """Compile the variant of a piece, if that is still to be done: a launch without pixels."""
        variant = piece.opens and piece.closes
        if self._device.type == "cuda" and variant not in self._ready:
            nothing = piece.pixels._replace(end=piece.pixels.begin)
            self.launch(piece._replace(pixels=nothing, places=piece.places._replace(end=0)))
            torch.cuda.synchronize(self._device)
            self._ready.add(variant)

    def launch(self, piece: Piece) -> None:
        """Put the work of a piece on the device."""
        grid = (max(1, -(-piece.pixels.size // self._block)),)
        known = {
            **self._job.tensors,
            **self._job.integers,
            **self._job.constants,
            **types_of(self._job),
            **_ranges(piece, self._first(piece)),
            **self._outputs(piece),
            "SPLIT": not (piece.opens and piece.closes),
            "BLOCK": self._block,
        }
        names = self._kernel.arg_names
        said = {name: known[name] for name in names}
        if self._device.type == "cuda":
            said["num_warps"] = WARPS
        self._kernel[grid](**said)

    def _first(self, piece: Piece) -> tuple[int, int]:
        """Place and source of the first sweep, if the piece sees it."""
        first, oversample = self._serial.first_place, self._job.integers["oversample"]
        if not piece.is_first_sweep or first is None:
            return -1, -1
        return (first.layer * oversample + first.v) * oversample + first.u, first.source


def _block(device: torch.device, pixels: int) -> int:
    if device.type == "cpu":
        return min(_INTERPRETED_BLOCK, 1 << max(0, pixels - 1).bit_length())
    processors = torch.cuda.get_device_properties(device).multi_processor_count
    return BLOCK if pixels >= _PROGRAMS * processors * BLOCK else _SMALL_BLOCK


def types_of(job: Job) -> dict[str, Any]:
    """Constants of the kernel that stand for the precision."""
    # Imported with the kernel: whoever renders with another one does without.
    import triton.language as tl

    known = {torch.float64: tl.float64, torch.float32: tl.float32}
    geometry, terms, sums = (known[dtype] for dtype in job.types)
    return {"G": geometry, "F": terms, "TOTAL": sums}


def _ranges(piece: Piece, first: tuple[int, int]) -> dict[str, int]:
    return {
        "start": piece.pixels.begin,
        "count": piece.pixels.size,
        "place_begin": piece.places.begin,
        "place_end": piece.places.end,
        "source_begin": piece.sources.begin,
        "source_end": piece.sources.end,
        "begin": piece.orientations.begin,
        "end": piece.orientations.end,
        "opens": int(piece.opens),
        "closes": int(piece.closes),
        "first_place": first[0],
        "first_source": first[1],
    }
