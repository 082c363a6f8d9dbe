"""Tries hypotheses in a thread, with progress and cancel. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from braggscope.api import EngineContribution, Run
from braggscope.explain.background import Background, Post, Work, WorkState
from braggscope.explain.explaining import Explanation, explain
from braggscope.explain.sampling import Plan
from braggscope.explain.start import Beginnings, survey


@dataclass(frozen=True, eq=False)
class ExplainState(WorkState):
    """What is known so far.

    Attributes:
        start: where sampled pixels begin to differ.
        found: the ranked hypotheses.
    """

    start: Beginnings | None = None
    found: Explanation | None = None


class Explainer(Background[ExplainState]):
    """One search at a time; a newer one ends the older."""

    def __init__(self, host: Any, post: Post, changed: Callable[[], None]) -> None:
        super().__init__(host, post, changed, ExplainState())

    def start(self, a: Run, b: Run, engine: EngineContribution, samples: int) -> None:
        """Look for what explains B from A.

        Args:
            engine: that of A.
            samples: how many pixels to trace; 0: none.
        """

        def search(work: Work[ExplainState]) -> None:
            if samples:
                images = work.host.render(a).result(), work.host.render(b).result()
                if images[0].shape == images[1].shape:
                    found = survey(work.host, (a, b), images, Plan(samples), work.tell)
                    work.learn(start=found)
            work.learn(found=explain(work.host, a, b, engine, tell=work.tell))

        self.begin(ExplainState(running=True, doing="A and B"), search)
