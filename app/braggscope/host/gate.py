"""Who may work when: one request at a time per worker, so many runs at a time on the machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from braggscope.host.jobs import CancelToken


@dataclass(eq=False)
class Turn:
    """A request's turn on a worker.

    Attributes:
        worker: name of the worker.
        is_run: whether it makes an image; those are limited on the whole machine.
        loads_machine: whether it makes other runs slower.
        overlapped: whether something else loaded the machine at any time of its turn.
    """

    worker: str
    is_run: bool = False
    loads_machine: bool = False
    overlapped: bool = False
    is_ready: bool = field(default=False, init=False)


class Gate:
    """Lets requests through in the order they came, past those that could not start anyway.

    So a trace does not wait behind a run that itself waits for another engine's long run. But runs
    keep their order: one that waits for its engine to come up is not overtaken by another.

    Args:
        parallel: runs at a time.
    """

    def __init__(self, parallel: int = 1) -> None:
        self._parallel = parallel
        self._condition = threading.Condition()
        self._waiting: list[Turn] = []
        self._active: list[Turn] = []

    def announce(self, turn: Turn) -> None:
        """Take a place in the queue before all is ready to use it."""
        with self._condition:
            self._waiting.append(turn)

    def withdraw(self, turn: Turn) -> None:
        """Give up a place that was announced; without effect on a turn that was had."""
        with self._condition:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._condition.notify_all()

    @contextmanager
    def turn(self, turn: Turn, token: CancelToken) -> Iterator[Turn]:
        """Wait for the turn, and have it while inside.

        Raises:
            Cancelled: the token was set while waiting.
        """
        with token.calling(self._wake):
            self._enter(turn, token)
        try:
            yield turn
        finally:
            with self._condition:
                self._active.remove(turn)
                self._condition.notify_all()

    def _wake(self) -> None:
        with self._condition:
            self._condition.notify_all()

    def _enter(self, turn: Turn, token: CancelToken) -> None:
        with self._condition:
            if turn not in self._waiting:
                self._waiting.append(turn)
            turn.is_ready = True
            try:
                self._condition.wait_for(lambda: token.is_set or self._may_start(turn))
                token.check()
            except BaseException:
                self._waiting.remove(turn)
                self._condition.notify_all()
                raise
            self._waiting.remove(turn)
            self._active.append(turn)
            self._note_overlaps(turn)
            self._condition.notify_all()

    def _may_start(self, turn: Turn) -> bool:
        """Whether it could start now, and nothing before it holds it back."""
        earlier = self._waiting[: self._waiting.index(turn)]
        return self._could_start(turn) and not any(self._goes_first(e, turn) for e in earlier)

    def _goes_first(self, earlier: Turn, later: Turn) -> bool:
        if self._could_start(earlier):
            return True
        # A run may take long; whatever else keeps an earlier run from starting ends soon.
        behind_a_run = any(a.worker == earlier.worker and a.is_run for a in self._active)
        return earlier.is_run and later.is_run and not behind_a_run

    def _could_start(self, turn: Turn) -> bool:
        if not turn.is_ready or any(active.worker == turn.worker for active in self._active):
            return False
        return not turn.is_run or sum(a.is_run for a in self._active) < self._parallel

    def _note_overlaps(self, turn: Turn) -> None:
        others = [a for a in self._active if a is not turn and a.loads_machine]
        if turn.loads_machine and others:
            for overlapping in (turn, *others):
                overlapping.overlapped = True
