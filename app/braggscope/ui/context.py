"""What a view plugin sees of the window: the two runs, their images, the cursor, the traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from braggscope.api import (
    DetectorImage,
    ImageRegion,
    MetricResult,
    OverlayItem,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
    TraceComparison,
)
from braggscope.ui.log import LogBook
from braggscope.ui.view_state import Directions

Side = Literal["A", "B"]


@dataclass(frozen=True, eq=False)
class AnalysisResult:
    """What the analysis worker found about A and B.

    Attributes:
        metrics: metric id -> result, in the order of the registry; metrics that failed are missing.
        agrees: the verdict; None when no metric decides.
        reasons: one line per decisive metric.
        difference: [slow, fast] the chosen difference map.
        difference_map: its id.
    """

    metrics: Mapping[str, MetricResult]
    agrees: bool | None
    reasons: tuple[str, ...]
    difference: NDArray[np.generic] | None
    difference_map: str


@dataclass(frozen=True, eq=False)
class TraceState:
    """What is known of the traced pixel.

    Attributes:
        pixel: the traced pixel; None before the first request.
        comparison: both traces; None while they run or when one failed.
        running: whether a trace is under way.
        problem: why there is no comparison; "" if there is none to report.
        sources: of A and B: what a trace is of that is not the side's run, such as the name of a
            log; "" for the run's.
        notes: what traces from elsewhere lack.
    """

    pixel: Pixel | None = None
    comparison: TraceComparison | None = None
    running: bool = False
    problem: str = ""
    sources: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Pin:
    """A pixel that stays traced.

    Attributes:
        name: what it is pinned as, such as "peak"; "" for a pixel of the user's choice.
        pixel: which one.
        comparison: both traces; None while there are none.
    """

    name: str
    pixel: Pixel
    comparison: TraceComparison | None = None


@dataclass(frozen=True, eq=False)
class PinsState:
    """The pinned pixels, in order.

    Attributes:
        pins: each pixel once; without comparisons when the images changed after they were traced.
        running: whether traces are under way.
        problem: why there are no comparisons; "" if there is nothing to report.
    """

    pins: tuple[Pin, ...] = ()
    running: bool = False
    problem: str = ""


class TraceJob(Protocol):
    """Traces under way; its methods may be called in any thread."""

    def result(self) -> list[PixelTrace]:
        """Wait for the traces, in the order of the pixels.

        Raises:
            BraggscopeError: there are none, or they were cancelled (`Cancelled`).
        """
        ...

    def cancel(self) -> None:
        """Ask to stop; returns at once."""
        ...


class ViewContext(QObject):
    """The window as a view plugin sees it. Signals come in the window's thread.

    Signals:
        cursor_moved: the crosshair is at another Pixel (or None: outside).
        images_changed: the image of A or B is another one, or gone.
        analysis_changed: metrics and difference of the current A and B are there, or gone.
        trace_changed: the traced pixel or its traces changed.
        pins_changed: pinned pixels or their traces changed.
        tolerances_changed: traces are judged by other tolerances.
        regions_changed, line_changed, selection_changed: something else is drawn or picked.
        directions_changed: the images are turned round.
        theme_changed: colours changed between light and dark.
    """

    cursor_moved = Signal(object)
    images_changed = Signal()
    analysis_changed = Signal()
    trace_changed = Signal()
    pins_changed = Signal()
    tolerances_changed = Signal()
    regions_changed = Signal()
    line_changed = Signal()
    selection_changed = Signal()
    directions_changed = Signal()
    theme_changed = Signal()

    @property
    def cursor(self) -> Pixel | None:
        """The pixel under the crosshair."""
        raise NotImplementedError

    def set_cursor(self, pixel: Pixel) -> None:
        """Move the crosshair, and the view if the pixel is not visible."""
        raise NotImplementedError

    @property
    def directions(self) -> Directions:
        """Where the axes of the images point."""
        return Directions()

    def image(self, side: Side) -> DetectorImage | None:
        """The image of A or B, if there is one."""
        raise NotImplementedError

    def label(self, side: Side) -> str:
        """How the run of A or B is called in the window, such as "torch-cpu float64"."""
        raise NotImplementedError

    @property
    def analysis(self) -> AnalysisResult | None:
        """Metrics and difference of A and B, when they are there."""
        raise NotImplementedError

    @property
    def regions(self) -> tuple[ImageRegion, ...]:
        """What the user has drawn on the images, in order; names are unique."""
        raise NotImplementedError

    def set_regions(self, regions: tuple[ImageRegion, ...]) -> None:
        """Have other regions."""
        raise NotImplementedError

    @property
    def line(self) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """From and to of the drawn line, (slow, fast) in pixel coordinates."""
        raise NotImplementedError

    def set_line(self, line: tuple[tuple[float, float], tuple[float, float]] | None) -> None:
        """Draw another line, or none."""
        raise NotImplementedError

    @property
    def selection(self) -> NDArray[np.int64] | None:
        """Indices of picked pixels in raster order; None: nothing is picked."""
        raise NotImplementedError

    def set_selection(self, selection: NDArray[np.int64] | None) -> None:
        """Pick pixels, which the images mark, or none."""
        raise NotImplementedError

    @property
    def trace(self) -> TraceState:
        """The traced pixel."""
        raise NotImplementedError

    def request_trace(self, pixel: Pixel) -> None:
        """Trace a pixel through A and B; `trace_changed` follows."""
        raise NotImplementedError

    @property
    def pins(self) -> PinsState:
        """The pinned pixels."""
        raise NotImplementedError

    def set_pins(self, pins: tuple[tuple[str, Pixel], ...]) -> None:
        """Pin these pixels by name and trace those that are not; `pins_changed` follows."""
        raise NotImplementedError

    @property
    def tolerances(self) -> Tolerances:
        """Tolerances of traces in place of the profiles' own."""
        raise NotImplementedError

    def set_tolerances(self, tolerances: Tolerances) -> None:
        """Judge traces by other tolerances and remember what is other; `trace_changed` and
        `tolerances_changed` follow.

        Raises:
            InvalidInput: they cannot be saved; they hold until the window is closed.
        """
        raise NotImplementedError

    def run(self, side: Side) -> Run | None:
        """What a trace of A or B traces: the run of its image, or without one that of its row.

        None while there is no image and the set-up is wrong.
        """
        raise NotImplementedError

    def start_traces(self, run: Run, pixels: Sequence[Pixel]) -> TraceJob:
        """Trace many pixels in one request, for this view alone; may be called in any thread.

        Requests of all views to an engine take turns: ask for no more than a second's work.
        """
        raise NotImplementedError

    def draw_over(self, name: str, items: Sequence[OverlayItem]) -> None:
        """Draw items over the images, in place of those drawn under this name; none: nothing."""
        raise NotImplementedError

    def show_view(self, view_id: str) -> None:
        """Bring the dock of a view to the front, if it is there."""
        raise NotImplementedError

    @property
    def log(self) -> LogBook:
        """What the application, its workers and its engines said; views may write into it too."""
        raise NotImplementedError


class View(Protocol):
    """A dock of the window, made by a `ViewContribution`'s factory from a `ViewContext`.

    The host calls every method guarded: a view that raises is closed and named, the rest goes on.
    """

    def widget(self) -> QWidget:
        """The widget to show; called once."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """What a view may have too, for sessions to keep what was chosen in it."""

    def save_state(self) -> Mapping[str, Any]:
        """What is chosen, as JSON holds it; asked for every second or two."""
        ...

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Choose that again; it may come from another version, or be damaged."""
        ...
