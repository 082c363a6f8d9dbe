"""Blocks of an image rendered by the eager kernel, on all processors.

Every thread has a block of its own: torch's own threads, which share single operations, wait for
each other longer than these take. Operations run without Python's lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import torch
from numpy.typing import NDArray
from torch import Tensor

from braggscope_torch.blocks import workers
from braggscope_torch.kernel import render_pixels
from braggscope_torch.scratch import Scratch
from braggscope_torch.tables import Tables

_POLL_S: Final = 0.03


class _Stopped(Exception):
    """Leaves a block whose rest nobody wants."""


def render_blocks(
    image: NDArray[Any],
    tables: Tables,
    blocks: Iterable[tuple[Tensor, Tensor]],
    checkpoint: Callable[[float], None],
) -> None:
    """Fill pixels of an image.

    Args:
        image: [slow, fast].
        blocks: (slow, fast) indices on the tables' device; no pixel twice.
        checkpoint: called now and then with how many pixels are done, also in part; what it raises
            ends the work and is raised here.
    """
    share = _Share(iter(blocks))
    count = workers(tables.device)
    target = torch.from_numpy(image)
    if count == 1:
        share.work(target, tables, lambda: checkpoint(share.done))
        if share.failure is not None:
            raise share.failure
        return
    threads = [
        threading.Thread(target=share.work, args=(target, tables), daemon=True)
        for _ in range(count)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(_POLL_S)
                checkpoint(share.done)
    finally:
        share.stopped = True
        for thread in threads:
            thread.join()
    if share.failure is not None:
        raise share.failure


class _Share:
    """Blocks that threads take one by one, and what has come of them."""

    def __init__(self, blocks: Iterator[tuple[Tensor, Tensor]]) -> None:
        self._blocks = blocks
        self._lock = threading.Lock()
        self.done = 0.0
        self.stopped = False
        self.failure: BaseException | None = None

    def work(
        self, target: Tensor, tables: Tables, checkpoint: Callable[[], None] = lambda: None
    ) -> None:
        """Render blocks until there are none."""
        scratch = Scratch()
        try:
            # Gradients are recorded or not for each thread.
            with torch.no_grad():
                while (block := self._next()) is not None:
                    slow, fast = block
                    advance = self._advance(tables, len(slow), checkpoint)
                    values = render_pixels(tables, slow, fast, checkpoint=advance, scratch=scratch)
                    target[slow.cpu(), fast.cpu()] = values.to("cpu", target.dtype)
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  # it is raised again by the caller's thread
            self.failure, self.stopped = error, True

    def _next(self) -> tuple[Tensor, Tensor] | None:
        with self._lock:
            return None if self.stopped else next(self._blocks, None)

    def _advance(
        self, tables: Tables, pixels: int, checkpoint: Callable[[], None]
    ) -> Callable[[int], None]:
        """Counts evaluations of a block as parts of its pixels."""
        steps, domains = tables.shape
        evaluations = (
            tables.layers.count * tables.setup.oversample**2
            * len(tables.weight) * steps * domains
        )  # fmt: skip

        def advance(orientations: int) -> None:
            if self.stopped:
                raise _Stopped
            with self._lock:
                self.done += pixels * orientations / evaluations
            checkpoint()

        return advance
