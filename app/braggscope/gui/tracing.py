"""Traces one pixel through A and B. No Qt."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from braggscope.api import BraggscopeError, Pixel, Run, Tolerances, judge_again
from braggscope.gui.pair_tracing import Outcome, PairTracing, asked_of, described, value_of
from braggscope.gui.tolerances import load_tolerances, remember_edit
from braggscope.gui.trace_sources import ReadTraces
from braggscope.ui.context import TraceState

if TYPE_CHECKING:
    from braggscope.gui.session import Session


class Tracer:
    """Starts traces, drops stale ones, keeps the last comparison."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.state = TraceState()
        self._tracing: PairTracing | None = None
        self._about: list[tuple[str, Run | ReadTraces, float | None]] = []
        self._ticket = 0

    @property
    def is_busy(self) -> bool:
        """Whether a trace is under way."""
        return self.state.running

    @cached_property
    def tolerances(self) -> Tolerances:
        """What the user changed of the profiles; read from the settings at the first trace."""
        return load_tolerances()

    def set_tolerances(self, tolerances: Tolerances) -> None:
        """Judge by other tolerances, and remember what is other.

        Raises:
            InvalidInput: they cannot be saved; they hold until the window is closed.
        """
        before = self.tolerances
        self.take_tolerances(tolerances)
        remember_edit(before, tolerances)

    def take_tolerances(self, tolerances: Tolerances | None = None) -> None:
        """Judge by tolerances that came with evidence or a session; None: by the user's again."""
        tolerances = load_tolerances() if tolerances is None else tolerances
        if tolerances == self.tolerances:
            return
        self.__dict__["tolerances"] = tolerances
        comparison = self.state.comparison
        if comparison is not None:
            again = judge_again(comparison, tolerances)
            self._settle(replace(self.state, comparison=again))
        self._session.pins.judge_again()
        self._session.tell("tolerances")

    def request(self, pixel: Pixel) -> None:
        """Trace a pixel through A and B as their images show it; replaces the one under way."""
        self._stop()
        asked = asked_of(self._session, [pixel])
        if isinstance(asked, str):
            self._settle(TraceState(pixel, problem=asked))
            return
        self._about = [(side, run, value_of(image, pixel)) for side, run, image in asked]
        names, notes = described(asked, pixel)
        self._settle(TraceState(pixel, running=True, sources=names, notes=notes))
        ticket, post = self._ticket, self._session.post
        self._tracing = PairTracing(
            self._session,
            asked,
            [pixel],
            self.tolerances,
            lambda outcome: post(lambda: self._done(ticket, outcome)),
        )

    def forget_if_outdated(self) -> None:
        """Drop a comparison that no longer belongs to A and B as their images show them."""
        pixel = self.state.pixel
        if pixel is None:
            return
        asked = asked_of(self._session, [pixel])
        now = () if isinstance(asked, str) else asked
        if [(side, run, value_of(image, pixel)) for side, run, image in now] != self._about:
            self._stop()
            self._settle(TraceState())

    def cancel(self) -> None:
        """Stop the trace that is under way."""
        if self.state.running:
            self._stop()
            self._settle(TraceState(self.state.pixel, problem="The trace was cancelled."))

    def _stop(self) -> None:
        self._ticket += 1
        if self._tracing is not None:
            self._tracing.cancel()
            self._tracing = None

    def _done(self, ticket: int, outcome: Outcome) -> None:
        if ticket != self._ticket:
            return
        self._tracing = None
        pixel = self.state.pixel
        if isinstance(outcome, BraggscopeError):
            self._settle(TraceState(pixel, problem=str(outcome)))
        elif isinstance(outcome, Exception):
            self._settle(TraceState(pixel, problem=f"The traces cannot be compared: {outcome}"))
            raise outcome
        else:
            state = self.state
            self._settle(TraceState(pixel, outcome[0], sources=state.sources, notes=state.notes))

    def _settle(self, state: TraceState) -> None:
        self.state = state
        self._session.tell("trace")
