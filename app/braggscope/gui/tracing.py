"""Traces one pixel through A and B. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from braggscope.api import (
    BraggscopeError,
    Cancelled,
    DetectorImage,
    Pixel,
    PixelTrace,
    Run,
    compare_traces,
)
from braggscope.ui.context import TraceState

if TYPE_CHECKING:
    from braggscope.gui.session import Session


class Tracer:
    """Starts traces, drops stale ones, keeps the last comparison."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.state = TraceState()
        self._jobs: list[Any] = []
        self._traces: dict[str, PixelTrace] = {}
        self._about: list[tuple[str, Run, float | None]] = []
        self._ticket = 0

    @property
    def is_busy(self) -> bool:
        """Whether a trace is under way."""
        return self.state.running

    def request(self, pixel: Pixel) -> None:
        """Trace a pixel through A and B as their images show it; replaces the one under way."""
        self._stop()
        session = self._session
        runs = []
        for side in session.sides:
            slot = session.slot(side)
            run = slot.image_run or session.run_of(slot)
            if run is None:
                problem = f"Run {side} cannot be traced: its set-up is wrong."
                self._settle(TraceState(pixel, problem=problem))
                return
            runs.append((side, run, slot.image))
        self._traces = {}
        self._about = [(side, run, _value(image, pixel)) for side, run, image in runs]
        self._settle(TraceState(pixel, running=True))
        ticket = self._ticket
        for side, run, image in runs:
            job = session.host.trace(run, [pixel], image=image)
            self._jobs.append(job)
            job.add_done_callback(
                lambda done, side=side: session.post(lambda: self._done(ticket, side, done))
            )

    def forget_if_outdated(self) -> None:
        """Drop a comparison that no longer belongs to A and B as their images show them."""
        pixel = self.state.pixel
        if pixel is None:
            return
        slots = [(side, self._session.slot(side)) for side in self._session.sides]
        now = [(side, slot.image_run, _value(slot.image, pixel)) for side, slot in slots]
        if now != self._about:
            self._stop()
            self._settle(TraceState())

    def cancel(self) -> None:
        """Stop the trace that is under way."""
        if self.state.running:
            self._stop()
            self._settle(TraceState(self.state.pixel, problem="The trace was cancelled."))

    def _stop(self) -> None:
        self._ticket += 1
        for job in self._jobs:
            job.cancel()
        self._jobs = []

    def _done(self, ticket: int, side: str, job: Any) -> None:
        if ticket != self._ticket:
            return
        pixel = self.state.pixel
        try:
            self._traces[side] = job.result()[0]
        except Cancelled:
            return
        except BraggscopeError as error:
            self._stop()
            self._settle(TraceState(pixel, problem=f"{side}: {error}"))
            return
        if len(self._traces) == 2:
            self._jobs = []
            comparison = compare_traces(self._traces["A"], self._traces["B"])
            self._settle(TraceState(pixel, comparison))

    def _settle(self, state: TraceState) -> None:
        self.state = state
        self._session.tell("trace")


def _value(image: DetectorImage | None, pixel: Pixel) -> float | None:
    inside = image is not None and all(0 <= i < n for i, n in zip(pixel, image.shape, strict=True))
    return float(image.data[pixel]) if image is not None and inside else None
