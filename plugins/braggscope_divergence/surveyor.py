"""Runs a survey in a thread, with progress and cancel. No Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    BraggscopeError,
    Cancelled,
    DetectorImage,
    ImageRegion,
    Run,
    pixels_of,
)
from braggscope.explain.cancelling import CancellableHost
from braggscope.explain.looks import nearest_samples
from braggscope.explain.sampling import Flags, Plan, Where, counted_pixels
from braggscope.explain.start import Beginnings, survey
from braggscope.physics.resolution import geometry_of

Post = Callable[[Callable[[], None]], None]
#: Cells along the longer side of the map.
CELLS: Final = 240
#: Before this share, or this time, nobody knows how long the rest takes.
_TOO_EARLY: Final = 0.02
_TOO_EARLY_S: Final = 0.7
_JOIN_S: Final = 10.0


@dataclass(frozen=True)
class Wish:
    """What the user wants to be sampled.

    Attributes:
        many, where, refines: as in `braggscope.explain.sampling.Plan`.
        region: where alone; None: anywhere.
    """

    many: int
    where: tuple[Where, ...]
    refines: bool = False
    region: ImageRegion | None = None


@dataclass(frozen=True, eq=False)
class Pair:
    """What is surveyed: runs, images and names of A and B."""

    runs: tuple[Run, Run]
    images: tuple[DetectorImage, DetectorImage]
    labels: tuple[str, str]


@dataclass(frozen=True, eq=False)
class SurveyState:
    """What is known so far.

    Attributes:
        pair: what is, or was, surveyed; None before the first time.
        running: whether it goes on.
        fraction, doing: progress, 0 to 1, and what is at hand.
        left_s: about how long it still takes, s; None: not known yet.
        found: the samples.
        nearest: [rows, columns] index of the sample nearest to each cell of the map; −1 where no
            pixel counts.
        counts: [slow, fast] True where pixels count.
        problem: why it ended early; "" if it did not.
    """

    pair: Pair | None = None
    running: bool = False
    fraction: float = 0.0
    doing: str = ""
    left_s: float | None = None
    found: Beginnings = field(default_factory=Beginnings)
    nearest: NDArray[np.int64] | None = None
    counts: Flags | None = None
    problem: str = ""

    @property
    def shape(self) -> tuple[int, int]:
        """(slow, fast) of the images."""
        return self.pair.images[0].shape if self.pair is not None else (1, 1)


class Surveyor:
    """One survey at a time; a newer one ends the older.

    Args:
        host: starts traces: `trace(run, pixels)`, in any thread.
        post: calls a function in the window's thread.
        changed: called there when `state` is another one.
    """

    def __init__(self, host: Any, post: Post, changed: Callable[[], None]) -> None:
        self._host = host
        self._post = post
        self._changed = changed
        self._running: CancellableHost | None = None
        self._thread: threading.Thread | None = None
        self.state = SurveyState()

    def start(self, pair: Pair, wish: Wish) -> None:
        """Survey a pair."""
        self.cancel()
        host = self._running = CancellableHost(self._host)
        self._settle(host, SurveyState(pair, running=True, doing="choosing pixels"))
        self._thread = threading.Thread(
            target=self._work, args=(host, pair, wish), name="survey", daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Stop at once; what was found so far stays."""
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
            self._thread.join(timeout=_JOIN_S)

    def _settle(self, host: CancellableHost, state: SurveyState) -> None:
        if host is self._running:
            self.state = state
            self._changed()

    def _work(self, host: CancellableHost, pair: Pair, wish: Wish) -> None:
        state = SurveyState(pair, running=True)
        began = time.monotonic()

        def tell(fraction: float, doing: str) -> None:
            nonlocal state
            host.check()
            left_s = remaining_s(fraction, time.monotonic() - began)
            state = replace(state, fraction=fraction, doing=doing, left_s=left_s)
            shown = state
            self._post(lambda: self._settle(host, shown))

        def learn(found: Beginnings) -> None:
            nonlocal state
            host.check()
            nearest = nearest_samples(found, state.shape, CELLS, state.counts)
            state = replace(state, found=found, nearest=nearest)

        try:
            inside = _inside(wish.region, pair)
            state = replace(state, counts=counted_pixels(*pair.images, inside))
            plan = Plan(wish.many, wish.where, inside, wish.refines)
            survey(host, pair.runs, pair.images, plan, tell, learn)
            problem = ""
        except Cancelled:
            problem = "Cancelled."
        except BraggscopeError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001  # a fault is shown, not lost in a thread
            problem = f"{type(error).__name__}: {error}"
        end = replace(state, running=False, problem=problem)
        self._post(lambda: self._settle(host, end))


def remaining_s(fraction: float, elapsed_s: float) -> float | None:
    """About how long the rest takes, s; None while that is a guess."""
    if fraction < _TOO_EARLY or elapsed_s < _TOO_EARLY_S:
        return None
    return elapsed_s * (1.0 - fraction) / fraction


def _inside(region: ImageRegion | None, pair: Pair) -> Flags | None:
    if region is None:
        return None
    image = pair.images[0]
    geometry = geometry_of(pair.runs[0].setup)
    return pixels_of(region.shape, image.shape, geometry, image.mask)
