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

if TYPE_CHECKING:
    from braggscope.gui.session import Session

#: What was asked of a side: its letter, its run, and its image if there is one.
Asked = tuple[str, Run, DetectorImage | None]
#: A comparison for each pixel, or what came instead.
Outcome = list[TraceComparison] | Exception


def asked_of(session: Session) -> list[Asked] | str:
    """What A and B are traced with, as their images show them; or why they cannot be traced."""
    found: list[Asked] = []
    for side in session.sides:
        slot = session.slot(side)
        run = slot.image_run or session.run_of(slot)
        if run is None:
            return f"Run {side} cannot be traced: its set-up is wrong."
        found.append((side, run, slot.image))
    return found


class PairTracing:
    """One request.

    Args:
        host: traces.
        asked: both sides.
        pixels: on the detector, each once.
        tolerances: of the comparison.
        done: called once with the outcome, from any thread; not at all when it is cancelled.
    """

    def __init__(
        self,
        host: Any,
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
            job = host.trace(run, list(pixels), image=image)
            self._jobs.append(job)
            job.add_done_callback(partial(self._came, side))

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
