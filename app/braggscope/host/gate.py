"""Who may work when: one request at a time per worker, so many runs at a time on the machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

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


class Gate:
    """Lets requests through in the order they came, past those that could not start anyway.

    So a trace does not wait behind a run that itself waits for another engine's long run.

    Args:
        parallel: runs at a time.
    """

    def __init__(self, parallel: int = 1) -> None:
        self._parallel = parallel
        self._condition = threading.Condition()
        self._waiting: list[Turn] = []
        self._active: list[Turn] = []

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
            self._waiting.append(turn)
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
        """Whether it is the first of those that could start now."""
        return next((w for w in self._waiting if self._could_start(w)), None) is turn

    def _could_start(self, turn: Turn) -> bool:
        if any(active.worker == turn.worker for active in self._active):
            return False
        return not turn.is_run or sum(a.is_run for a in self._active) < self._parallel

    def _note_overlaps(self, turn: Turn) -> None:
        others = [a for a in self._active if a is not turn and a.loads_machine]
        if turn.loads_machine and others:
            for overlapping in (turn, *others):
                overlapping.overlapped = True
