"""Tries hypotheses in a thread, with progress and cancel. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from braggscope.api import BraggscopeError, Cancelled, EngineContribution, Run
from braggscope.explain.cancelling import CancellableHost
from braggscope.explain.explaining import Explanation, explain
from braggscope.explain.sampling import Plan
from braggscope.explain.start import Beginnings, survey

Post = Callable[[Callable[[], None]], None]


@dataclass(frozen=True)
class ExplainState:
    """What is known so far.

    Attributes:
        running: whether it goes on.
        fraction, doing: progress, 0 to 1, and what is at hand.
        start: where sampled pixels begin to differ.
        found: the ranked hypotheses.
        problem: why it ended without them; "" if it did not.
    """

    running: bool = False
    fraction: float = 0.0
    doing: str = ""
    start: Beginnings | None = None
    found: Explanation | None = None
    problem: str = ""


class Explainer:
    """One search at a time; a newer one ends the older.

    Args:
        host: runs engines.
        post: calls a function in the window's thread.
        changed: called there when `state` is another one.
    """

    def __init__(self, host: Any, post: Post, changed: Callable[[], None]) -> None:
        self._host = host
        self._post = post
        self._changed = changed
        self._running: CancellableHost | None = None
        self._thread: threading.Thread | None = None
        self.state = ExplainState()

    def start(self, a: Run, b: Run, engine: EngineContribution, samples: int) -> None:
        """Look for what explains B from A.

        Args:
            engine: that of A.
            samples: how many pixels to trace; 0: none.
        """
        self.cancel()
        host = self._running = CancellableHost(self._host)
        self._settle(host, ExplainState(running=True, doing="A and B"))
        self._thread = threading.Thread(
            target=self._work, args=(host, a, b, engine, samples), name="explain", daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Stop; what was found so far stays."""
        if self._running is not None:
            self._running.cancel()
            self._running = None
            if self.state.running:
                self.state = replace(self.state, running=False, problem="Cancelled.")
                self._changed()

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self._changed = lambda: None
        self.cancel()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _settle(self, host: CancellableHost, state: ExplainState) -> None:
        if host is self._running:
            self.state = state
            self._changed()

    def _work(
        self, host: CancellableHost, a: Run, b: Run, engine: EngineContribution, samples: int
    ) -> None:
        state = ExplainState(running=True)

        def tell(fraction: float, doing: str) -> None:
            nonlocal state
            host.check()
            state = replace(state, fraction=fraction, doing=doing)
            shown = state
            self._post(lambda: self._settle(host, shown))

        try:
            if samples:
                images = host.render(a).result(), host.render(b).result()
                if images[0].shape == images[1].shape:
                    start = survey(host, (a, b), images, Plan(samples), tell)
                    state = replace(state, start=start)
            state = replace(state, found=explain(host, a, b, engine, tell=tell))
            problem = ""
        except Cancelled:
            problem = "Cancelled."
        except BraggscopeError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001  # a fault is shown, not lost in a thread
            problem = f"{type(error).__name__}: {error}"
        end = replace(state, running=False, problem=problem)
        self._post(lambda: self._settle(host, end))
