"""Work in a thread that ends when a newer one begins, with progress and cancel. No Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from braggscope.api import BraggscopeError, Cancelled
from braggscope.explain.cancelling import CancellableHost

Post = Callable[[Callable[[], None]], None]
#: Before this share, or this time, nobody knows how long the rest takes.
_TOO_EARLY: Final = 0.02
_TOO_EARLY_S: Final = 0.7
_JOIN_S: Final = 10.0


@dataclass(frozen=True, eq=False)
class WorkState:
    """How far the work is; what it finds is added by its kinds.

    Attributes:
        running: whether it goes on.
        fraction, doing: progress, 0 to 1, and what is at hand.
        left_s: about how long it still takes, s; None: not known yet.
        problem: why it ended early; "" if it did not.
    """

    running: bool = False
    fraction: float = 0.0
    doing: str = ""
    left_s: float | None = None
    problem: str = ""


S = TypeVar("S", bound=WorkState)


class Work(Generic[S]):
    """One piece of work, as its thread sees it.

    Attributes:
        host: what it asks; cancelling the work ends its jobs.
        state: what is known so far.
    """

    def __init__(self, host: CancellableHost, state: S, show: Callable[[S], None]) -> None:
        self.host, self.state = host, state
        self._show, self._began = show, time.monotonic()

    def learn(self, **found: Any) -> None:
        """Keep what was found; it is shown with the next progress."""
        self.host.check()
        self.state = replace(self.state, **found)

    def tell(self, fraction: float, doing: str) -> None:
        """Show how far it is."""
        left_s = remaining_s(fraction, time.monotonic() - self._began)
        self.learn(fraction=fraction, doing=doing, left_s=left_s)
        self._show(self.state)

    def run(self, work: Callable[[Work[S]], None]) -> None:
        """Do it, and show how it ended."""
        try:
            work(self)
            problem = ""
        except Cancelled:
            problem = "Cancelled."
        except BraggscopeError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001  # a fault is shown, not lost in a thread
            problem = f"{type(error).__name__}: {error}"
        self._show(replace(self.state, running=False, problem=problem))


class Background(Generic[S]):
    """One piece of work at a time; a newer one ends the older.

    Args:
        host: runs engines.
        post: calls a function in the window's thread.
        changed: called there when `state` is another one.
        state: before the first work.
    """

    def __init__(self, host: Any, post: Post, changed: Callable[[], None], state: S) -> None:
        self._host, self._post, self._changed = host, post, changed
        self._running: CancellableHost | None = None
        self._thread: threading.Thread | None = None
        self.state = state

    def begin(self, state: S, work: Callable[[Work[S]], None]) -> None:
        """Do some work, from a state that says that it runs."""
        self.cancel()
        host = self._running = CancellableHost(self._host)

        def show(now: S) -> None:
            self._post(lambda: self._settle(host, now))

        self._settle(host, state)
        self._thread = threading.Thread(
            target=Work(host, state, show).run, args=(work,), name=state.doing, daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Stop at once; what was found so far stays."""
        if self._running is not None:
            self._running.cancel()
            self._running = None
            if self.state.running:
                self._have(replace(self.state, running=False, problem="Cancelled."))

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._changed = lambda: None
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout=_JOIN_S)

    def _settle(self, host: CancellableHost, state: S) -> None:
        if host is self._running:
            self._have(state)

    def _have(self, state: S) -> None:
        self.state = state
        self._changed()


def remaining_s(fraction: float, elapsed_s: float) -> float | None:
    """About how long the rest takes, s; None while that is a guess."""
    if fraction < _TOO_EARLY or elapsed_s < _TOO_EARLY_S:
        return None
    return elapsed_s * (1.0 - fraction) / fraction
