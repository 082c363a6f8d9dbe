"""Workspace: the session as widgets and view plugins see it, with Qt's signals."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal, Slot

from braggscope.api import (
    DetectorImage,
    EngineContribution,
    ImageRegion,
    OverlayItem,
    Pixel,
    Run,
    Tolerances,
)
from braggscope.gui.host_like import HostLike
from braggscope.gui.markings import LineEnds
from braggscope.gui.session import News, Session
from braggscope.ui.context import (
    AnalysisResult,
    PinsState,
    Side,
    TraceJob,
    TraceState,
    ViewContext,
)
from braggscope.ui.log import LogBook
from braggscope.ui.view_state import Directions


class Bridge(QObject):
    """Brings calls from any thread to the window's thread, in order."""

    _called = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._open = True
        self._called.connect(self._work, Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], None]) -> None:
        """Call function in the window's thread, soon."""
        if self._open:
            self._waiting.put(function)
            self._called.emit()

    def close(self) -> None:
        """Drop what is waiting and what comes later."""
        self._open = False

    @Slot()
    def _work(self) -> None:
        # One call an event: what else waits, such as painting, comes in between.
        if self._open:
            self._waiting.get_nowait()()


class Workspace(ViewContext):
    """The window's state; see `Session` for what it can be asked to do.

    Signals (beside those of `ViewContext`):
        slots_changed: rows, their state, or which are A and B.
        experiment_changed: another experiment, or a problem in the form.
        sketches_changed: views draw something else over the images.
        view_wanted: the dock of the view with this id shall come to the front.
    """

    slots_changed = Signal()
    experiment_changed = Signal()
    sketches_changed = Signal()
    view_wanted = Signal(str)

    def __init__(
        self,
        host: HostLike,
        engines: Mapping[str, EngineContribution],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._signals: dict[News, Any] = {
            "slots": self.slots_changed,
            "engines": self.slots_changed,
            "experiment": self.experiment_changed,
            "images": self.images_changed,
            "analysis": self.analysis_changed,
            "trace": self.trace_changed,
            "pins": self.pins_changed,
            "tolerances": self.tolerances_changed,
            "regions": self.regions_changed,
            "line": self.line_changed,
            "selection": self.selection_changed,
            "sketches": self.sketches_changed,
        }
        self._directions = Directions()
        self.bridge = Bridge(self)
        self.log_book = LogBook(self)
        self.session = Session(host, engines, self.bridge.post, self._tell)

    def _tell(self, news: News) -> None:
        if news == "cursor":
            self.cursor_moved.emit(self.session.cursor)
        else:
            self._signals[news].emit()

    @property
    def cursor(self) -> Pixel | None:
        """The pixel under the crosshair."""
        return self.session.cursor

    def set_cursor(self, pixel: Pixel) -> None:
        """Move the crosshair."""
        self.session.set_cursor(Pixel(int(pixel[0]), int(pixel[1])))

    @property
    def directions(self) -> Directions:
        """Where the axes of the images point."""
        return self._directions

    def turn(self, directions: Directions) -> None:
        """The images are turned round."""
        if directions != self._directions:
            self._directions = directions
            self.directions_changed.emit()

    def image(self, side: Side) -> DetectorImage | None:
        """The image of A or B."""
        return self.session.slot(side).image

    def label(self, side: Side) -> str:
        """What the window calls the run of A or B."""
        return self.session.label(self.session.slot(side))

    @property
    def analysis(self) -> AnalysisResult | None:
        """Metrics and difference of A and B."""
        findings = self.session.analyser.findings
        if findings is None:
            return None
        return AnalysisResult(
            findings.metrics,
            findings.agrees,
            findings.reasons,
            findings.difference,
            findings.difference_map,
        )

    @property
    def regions(self) -> tuple[ImageRegion, ...]:
        """What is drawn on the images, by name."""
        return self.session.markings.regions

    def set_regions(self, regions: tuple[ImageRegion, ...]) -> None:
        """Have other regions."""
        self.session.markings.set_regions(regions)

    @property
    def line(self) -> LineEnds | None:
        """The line of the line profile."""
        return self.session.markings.line

    def set_line(self, line: LineEnds | None) -> None:
        """Have another line, or none."""
        self.session.markings.set_line(line)

    @property
    def selection(self) -> NDArray[np.int64] | None:
        """Picked pixels."""
        return self.session.markings.selection

    def set_selection(self, selection: NDArray[np.int64] | None) -> None:
        """Pick other pixels, or none."""
        self.session.markings.set_selection(selection)

    @property
    def trace(self) -> TraceState:
        """The traced pixel."""
        return self.session.tracer.state

    def request_trace(self, pixel: Pixel) -> None:
        """Trace a pixel through A and B."""
        self.session.tracer.request(Pixel(int(pixel[0]), int(pixel[1])))

    @property
    def pins(self) -> PinsState:
        """The pinned pixels."""
        return self.session.pins.state

    def set_pins(self, pins: tuple[tuple[str, Pixel], ...]) -> None:
        """Pin these pixels and trace them."""
        self.session.pins.set(tuple((n, Pixel(int(p[0]), int(p[1]))) for n, p in pins))

    @property
    def tolerances(self) -> Tolerances:
        """What the user changed of the tolerances of traces."""
        return self.session.tracer.tolerances

    def set_tolerances(self, tolerances: Tolerances) -> None:
        """Judge traces by other tolerances and remember them."""
        self.session.tracer.set_tolerances(tolerances)

    def run(self, side: Side) -> Run | None:
        """What a trace of A or B traces."""
        slot = self.session.slot(side)
        return slot.image_run or self.session.run_of(slot)

    def start_traces(self, run: Run, pixels: Sequence[Pixel]) -> TraceJob:
        """Trace many pixels, for one view alone."""
        job: TraceJob = self.session.host.trace(run, pixels)
        return job

    def draw_over(self, name: str, items: Sequence[OverlayItem]) -> None:
        """Draw a view's items over the images."""
        self.session.markings.set_sketch(name, items)

    def show_view(self, view_id: str) -> None:
        """Bring the dock of a view to the front."""
        self.view_wanted.emit(view_id)

    @property
    def log(self) -> LogBook:
        """What was said."""
        return self.log_book

    def close(self) -> None:
        """Cancel everything and stop listening."""
        self.session.close()
        self.bridge.close()
