"""The same pixels traced on A and B, and compared outside the window's thread. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from braggscope.api import (
    BraggscopeError,
    Cancelled,
    DetectorImage,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
    TraceComparison,
    compare_traces,
)
from braggscope.gui.trace_sources import ReadTraces

if TYPE_CHECKING:
    from braggscope.gui.session import Session

#: What is asked of a side: its letter, its run or traces in its place, its image if there is one.
Asked = tuple[str, Run | ReadTraces, DetectorImage | None]
#: A comparison for each pixel, or what came instead.
Outcome = list[TraceComparison] | Exception


def asked_of(session: Session, pixels: Sequence[Pixel] = ()) -> list[Asked] | str:
    """What A and B are traced with, as their images show them; or why they cannot be traced.

    Args:
        pixels: those that came with an image need no engine.
    """
    found: list[Asked] = []
    for side in session.sides:
        slot = session.slot(side)
        log = session.sources.logs.get(side)
        if log is not None:
            found.append((side, log, None))
            continue
        run: Run | ReadTraces | None = session.sources.recorded(slot.image, pixels)
        run = run or slot.image_run or session.run_of(slot)
        if run is None:
            return f"Run {side} cannot be traced: its set-up is wrong."
        found.append((side, run, slot.image))
    return found


def described(asked: Sequence[Asked], pixel: Pixel) -> tuple[tuple[str, str], tuple[str, ...]]:
    """How sides are called that are no runs, "" for the others; and what their traces lack."""
    names, notes = {}, []
    for side, source, _ in asked:
        if isinstance(source, ReadTraces):
            names[side] = source.name
            said = source.notes.get(pixel, ())
            notes += [f"{side}: {', '.join(said)}"] if said else []
    return (names.get("A", ""), names.get("B", "")), tuple(notes)


class PairTracing:
    """One request.

    Args:
        session: whose host and sources trace.
        asked: both sides.
        pixels: on the detector, each once.
        tolerances: of the comparison.
        done: called once with the outcome, from any thread; not at all when it is cancelled.
    """

    def __init__(
        self,
        session: Session,
        asked: Sequence[Asked],
        pixels: Sequence[Pixel],
        tolerances: Tolerances,
        done: Callable[[Outcome], None],
    ) -> None:
        self._tolerances, self._done = tolerances, done
        self._lock = threading.Lock()
        self._over = False
        self._traces: dict[str, list[PixelTrace]] = {}
        self._jobs: list[Any] = []
        for side, run, image in asked:
            came = partial(self._came, side)
            if isinstance(run, ReadTraces):
                self._jobs.append(session.sources.start(run, list(pixels), came))
                continue
            job = session.host.trace(run, list(pixels), image=image)
            self._jobs.append(job)
            job.add_done_callback(came)

    def cancel(self) -> None:
        """Nothing is wanted any more."""
        self._over = True
        for job in self._jobs:
            job.cancel()

    def _came(self, side: str, job: Any) -> None:
        try:
            traces = job.result()
        except Cancelled:
            return
        except BraggscopeError as error:
            self._end(BraggscopeError(f"{side}: {error}"))
            return
        with self._lock:
            self._traces[side] = traces
            complete = len(self._traces) == 2
        if complete and not self._over:
            self._end(compared(self._traces["A"], self._traces["B"], self._tolerances))

    def _end(self, outcome: Outcome) -> None:
        with self._lock:
            first, self._over = not self._over, True
        if first:
            self._done(outcome)


def compared(a: Sequence[PixelTrace], b: Sequence[PixelTrace], tolerances: Tolerances) -> Outcome:
    """The comparisons, pixel by pixel; a fault of the comparison is an outcome too."""
    try:
        return [
            compare_traces(one, other, tolerances=tolerances)
            for one, other in zip(a, b, strict=True)
        ]
    except Exception as error:  # noqa: BLE001  # raised again in the window's thread
        return error


def value_of(image: DetectorImage | None, pixel: Pixel) -> float | None:
    """A pixel of an image; None where there is none."""
    inside = image is not None and all(0 <= i < n for i, n in zip(pixel, image.shape, strict=True))
    return float(image.data[pixel]) if image is not None and inside else None
