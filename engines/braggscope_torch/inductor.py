"""Whole images with a kernel that torch's compiler makes for the run at hand.

It takes a C++ compiler (or Triton on a graphics card), and some ten seconds before the first image.
What it cannot do exactly goes to the eager kernel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor

from braggscope.api import RunContext
from braggscope_torch.blocks import blocks, simulated_pixels, workers
from braggscope_torch.fused import Fused, constants, fused_function
from braggscope_torch.kernel import PixelBlock, render_pixels
from braggscope_torch.support import unsupported
from braggscope_torch.tables import Tables

#: Pixels of one call: enough to hide the call; fewer for small regions.
_PIXELS: Final = 2**16
_FEW_PIXELS: Final = 2**12
#: Orientations of one call, where there are as many.
_ORIENTATIONS: Final = 8
_POLL_S: Final = 0.03
#: The compiler shall keep nothing but the sums in memory, however often a value is used.
_OPTIONS: Final = {
    "realize_reads_threshold": 10**6,
    "realize_opcount_threshold": 10**6,
    "realize_acc_reads_threshold": 10**6,
}


class Unavailable(Exception):
    """This kernel does not do a run; says why."""


@torch.no_grad()
def render_compiled(image: NDArray[Any], tables: Tables, context: RunContext) -> None:
    """Fill the region of interest of an image.

    Raises:
        Unavailable: the run is left to the eager kernel.
        Cancelled: the user asked to stop.
    """
    why = unsupported(tables)
    if tables.serial.switch_pixel is not None:
        why = "interpolation ends within the image"
    if why:
        raise Unavailable(why)
    total = simulated_pixels(tables)
    with _threads(workers(tables.device)):
        calls = _Calls(tables, _PIXELS if total >= _PIXELS else _FEW_PIXELS, context)
        target, done = torch.from_numpy(image), 0.0

        def checkpoint(share: float) -> None:
            context.progress(min(1.0, (done + share) / max(1, total)))

        for slow, fast in blocks(tables, calls.pixels):
            values = _FusedBlock(tables, slow, fast, calls).render_calls(checkpoint)
            values = _by_eager_where_needed(tables, slow, fast, values)
            target[slow.cpu(), fast.cpu()] = values.to("cpu", target.dtype)
            done += len(slow)


def _by_eager_where_needed(tables: Tables, slow: Tensor, fast: Tensor, values: Tensor) -> Tensor:
    """Values with those of pixels that follow rules of their own, or are not finite, made anew."""
    special = ~torch.isfinite(values)
    first = tables.serial.first_pixel
    if first is not None:
        special |= slow * tables.setup.detector.fast_pixels + fast == first
    if bool(special.any()):
        values[special] = render_pixels(tables, slow[special], fast[special])
    return values


class _FusedBlock(PixelBlock):
    """A block of pixels whose evaluations are made by compiled calls."""

    def __init__(self, tables: Tables, slow: Tensor, fast: Tensor, calls: _Calls) -> None:
        super().__init__(tables, slow, fast)
        self._calls = calls

    def render_calls(self, checkpoint: Callable[[float], None]) -> Tensor:
        """(pixels,) photons; the checkpoint is told how many pixels that is so far."""
        tables, pixels = self.tables, len(self.slow)
        places = tables.layers.count * tables.setup.oversample**2 * len(tables.weight)
        self.total = self.total + self._background(None)
        for number, (place, q, accepted) in enumerate(self.sweeps()):
            terms = self._calls.sums(q, partial(checkpoint, pixels * number / places))
            terms = terms * tables.weight[place.source]
            per_term, _ = self.products()
            if per_term is not None:
                terms = terms * per_term
            if accepted is not None:
                terms = torch.where(accepted, terms, torch.zeros_like(terms))
            self.total = self.total + terms
        return self._scaled()


class _Calls:
    """The compiled function with what it takes of a run.

    Attributes:
        pixels: of one call.
    """

    def __init__(self, tables: Tables, pixels: int, context: RunContext) -> None:
        self.pixels = pixels
        cells = tables.cells_m
        count = cells.shape[1]
        at_once = _ORIENTATIONS if count >= _ORIENTATIONS else 1
        # The last call is filled up with orientations that do not count.
        missing = -count % at_once
        cells = torch.cat([cells, cells[:, :1].expand(-1, missing, -1)], dim=1)
        weights = torch.ones(count + missing, dtype=tables.sum_dtype, device=tables.device)
        weights[count:] = 0.0
        self._batches = [
            (cells[:, start : start + at_once].contiguous(), weights[start : start + at_once])
            for start in range(0, count + missing, at_once)
        ]
        values = tables.structure_factors.values
        empty = torch.empty(0, dtype=tables.sum_dtype, device=tables.device)
        self._fixed = (tables.arrays.reciprocal_per_A, empty if values is None else values)
        q = torch.zeros(3, pixels, dtype=tables.geometry_dtype, device=tables.device)
        key = (*constants(tables), pixels, at_once)
        self._fused = _compiled(
            key, fused_function(tables), (q, *self._batches[0], *self._fixed), context
        )

    def sums(self, q: Tensor, checkpoint: Callable[[], None]) -> Tensor:
        """(pixels,) sums over all orientations for (3, pixels) scattering vectors."""
        pixels = q.shape[1]
        filled = torch.nn.functional.pad(q, (0, self.pixels - pixels))
        total: Tensor | None = None
        for cells, weights in self._batches:
            more = self._fused(filled, cells, weights, *self._fixed)
            total = more if total is None else total + more
            checkpoint()
        if total is None:
            return torch.zeros(pixels, dtype=self._fixed[1].dtype, device=q.device)
        return total[:pixels]


class _Compilation(threading.Thread):
    """Compiles a function while others look at the clock."""

    def __init__(self, function: Fused, arguments: tuple[Tensor, ...]) -> None:
        super().__init__(daemon=True)
        self._function, self._arguments = function, arguments
        self._count = torch.get_num_threads()
        self.result: Fused | None = None
        self.failure = ""

    def run(self) -> None:
        """Trace, compile, and call once."""
        try:
            # Both take seconds to import.
            import torch._inductor
            from torch.fx.experimental.proxy_tensor import make_fx

            # Threads and gradients are chosen for each thread; the code is made for as many.
            torch.set_num_threads(self._count)
            with torch.no_grad():
                traced = make_fx(self._function)(*self._arguments)
                arguments: list[Any] = list(self._arguments)
                result: Any = torch._inductor.compile(traced, arguments, options=_OPTIONS)
                result(*arguments)
            self.result = result
        except Exception as error:  # noqa: BLE001  # a compiler may fail in any way
            lines = str(error).strip().splitlines()
            self.failure = lines[0] if lines else type(error).__name__


_COMPILED: Final[dict[Hashable, _Compilation]] = {}


def _compiled(
    key: Hashable, function: Fused, arguments: tuple[Tensor, ...], context: RunContext
) -> Fused:
    """The compiled function; one that was compiled in this process is used again."""
    compilation = _COMPILED.get(key)
    if compilation is None:
        compilation = _COMPILED[key] = _Compilation(function, arguments)
        compilation.start()
    while compilation.is_alive():
        context.progress(0.0, "compiling the kernel")
        compilation.join(_POLL_S)
    if compilation.result is None:
        # Another time it may work: with a compiler, or with space on the disk.
        _COMPILED.pop(key, None)
        raise Unavailable(f"it could not be compiled: {compilation.failure}")
    return compilation.result


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Let this thread's operations use several, as the compiled code is made for."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
