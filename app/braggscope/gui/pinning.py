"""Pixels that stay traced beside the one at the crosshair. No Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from braggscope.api import BraggscopeError, Pixel, judge_again
from braggscope.gui.pair_tracing import Outcome, PairTracing, asked_of, value_of
from braggscope.ui.context import Pin, PinsState

if TYPE_CHECKING:
    from braggscope.gui.session import Session


class Pins:
    """Traces pinned pixels on A and B, all at once; keeps the pins when the images change."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.state = PinsState()
        self._about: object = None
        self._tracing: PairTracing | None = None
        self._ticket = 0

    @property
    def is_busy(self) -> bool:
        """Whether traces are under way."""
        return self.state.running

    def set(self, wanted: tuple[tuple[str, Pixel], ...]) -> None:
        """Pin these pixels by their names, and trace those that are not traced yet."""
        known = {pin.pixel: pin.comparison for pin in self.state.pins}
        pins = {pixel: Pin(name, pixel, known.get(pixel)) for name, pixel in reversed(wanted)}
        self.state = PinsState(tuple(reversed(pins.values())))
        self.trace()

    def trace(self) -> None:
        """Trace the pins that have no comparison."""
        self._stop()
        missing = [pin.pixel for pin in self.state.pins if pin.comparison is None]
        asked = asked_of(self._session)
        if not missing:
            self._settle(PinsState(self.state.pins))
        elif isinstance(asked, str):
            self._settle(PinsState(self.state.pins, problem=asked))
        else:
            self._about = self._now()
            self._settle(PinsState(self.state.pins, running=True))
            ticket, post = self._ticket, self._session.post
            self._tracing = PairTracing(
                self._session.host,
                asked,
                missing,
                self._session.tracer.tolerances,
                lambda outcome: post(lambda: self._done(ticket, missing, outcome)),
            )

    def judge_again(self) -> None:
        """Compare what is traced by other tolerances."""
        tolerances = self._session.tracer.tolerances
        pins = tuple(
            replace(pin, comparison=judge_again(pin.comparison, tolerances))
            if pin.comparison is not None
            else pin
            for pin in self.state.pins
        )
        self._settle(replace(self.state, pins=pins))

    def forget_if_outdated(self) -> None:
        """Drop comparisons that no longer belong to A and B as their images show them."""
        if not self.state.pins:
            return
        if self._now() != self._about:
            self._stop()
            pins = tuple(replace(pin, comparison=None) for pin in self.state.pins)
            self._settle(PinsState(pins))

    def _now(self) -> object:
        """What the traces belong to: both runs, and their images' values of the pins."""
        asked = asked_of(self._session)
        if isinstance(asked, str):
            return None
        pixels = [pin.pixel for pin in self.state.pins]
        return [(run, [value_of(image, pixel) for pixel in pixels]) for _, run, image in asked]

    def cancel(self) -> None:
        """Stop the traces that are under way."""
        if self.state.running:
            self._stop()
            self._settle(PinsState(self.state.pins, problem="The traces were cancelled."))

    def _stop(self) -> None:
        self._ticket += 1
        if self._tracing is not None:
            self._tracing.cancel()
            self._tracing = None

    def _done(self, ticket: int, pixels: list[Pixel], outcome: Outcome) -> None:
        if ticket != self._ticket:
            return
        self._tracing = None
        if isinstance(outcome, BraggscopeError):
            self._settle(PinsState(self.state.pins, problem=str(outcome)))
            return
        self._settle(PinsState(self._with(pixels, outcome)))

    def _with(self, pixels: list[Pixel], outcome: Outcome) -> tuple[Pin, ...]:
        if isinstance(outcome, Exception):
            raise outcome
        found = dict(zip(pixels, outcome, strict=True))
        return tuple(
            replace(pin, comparison=found.get(pin.pixel, pin.comparison)) for pin in self.state.pins
        )

    def _settle(self, state: PinsState) -> None:
        self.state = state
        self._session.tell("pins")
