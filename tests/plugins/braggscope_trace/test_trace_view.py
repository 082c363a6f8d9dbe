"""The pixel-trace dock as a widget."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from braggscope.api import DetectorImage, Pixel, PixelTrace, Provenance, compare_traces, variable
from braggscope.api.catalogue import CATALOGUE
from braggscope.ui import TraceState, ViewContext
from braggscope_trace.rows import CHUNK, COLUMNS, DIFFERENCE, VARIABLE, VERDICT, A, B, MoreLine
from braggscope_trace.view import PixelTraceWidget, create

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


class FakeContext(ViewContext):
    """A window with a trace to set and requests to read."""

    def __init__(self) -> None:
        super().__init__()
        self.state = TraceState()
        self.requests: list[tuple[str, Pixel]] = []
        self.picture: DetectorImage | None = None

    @property
    def trace(self) -> TraceState:
        return self.state

    def label(self, side: str) -> str:
        return f"engine {side}"

    def image(self, side: str) -> DetectorImage | None:
        return self.picture

    def set_cursor(self, pixel: Pixel) -> None:
        self.requests.append(("cursor", pixel))

    def request_trace(self, pixel: Pixel) -> None:
        self.requests.append(("trace", pixel))

    def show_state(self, state: TraceState) -> None:
        self.state = state
        self.trace_changed.emit()


def traced(steps: int = 900) -> TraceState:
    pixel = Pixel(5, 7)
    same: dict[str, Any] = {
        f"{name}": 0.1 for name in ("lambda0_m", "pixel_m", "Xbeam_m", "Ybeam_m")
    }
    others = len(CATALOGUE["term"].dims) - 1
    terms = np.arange(float(steps)).reshape(steps, *[1] * others)
    a = {**same, "distance_in_m": 0.1, "term": terms}
    b = {**same, "distance_in_m": 0.2, "term": np.where(terms > steps - 10, 0.0, terms)}
    traces = [
        PixelTrace(pixel, "x", tuple(variable(n, v) for n, v in values.items()), 1.0)
        for values in (a, b)
    ]
    return TraceState(pixel, compare_traces(*traces))


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


@pytest.fixture
def dock(qtbot: Any, context: FakeContext) -> PixelTraceWidget:
    widget = create(context).widget()
    assert isinstance(widget, PixelTraceWidget)
    qtbot.addWidget(widget)
    widget.resize(900, 300)
    widget.show()
    return widget


def test_an_empty_dock_says_what_to_do(dock: PixelTraceWidget) -> None:
    assert "press T" in dock.message.text()
    assert dock.message.isVisible()
    assert not dock.bar.copy_button.isEnabled()


def test_a_trace_fills_the_table(dock: PixelTraceWidget, context: FakeContext) -> None:
    context.show_state(traced())
    assert dock.table.isVisible()
    assert dock.model.rowCount() == 6
    assert dock.bar.slow_box.value() == 5
    assert dock.bar.fast_box.value() == 7
    first = dock.model.index_of("distance_in_m")
    assert dock.table.viewport().rect().contains(dock.table.visualRect(first).center())
    assert dock.model.data(first, Qt.ItemDataRole.FontRole).bold()


def test_running_greys_the_table_and_problem_replaces_it(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    context.show_state(TraceState(Pixel(1, 1), running=True))
    assert not dock.table.isEnabled()
    assert "Tracing" in dock.headline.text()
    context.show_state(TraceState(Pixel(1, 1), problem="The engine crashed."))
    assert "The engine crashed." in dock.message.text()
    dock.retry_button.click()
    assert context.requests == [("trace", Pixel(1, 1))]


def test_steps_unfold_lazily_and_in_chunks(
    dock: PixelTraceWidget, context: FakeContext, qtmodeltester: Any
) -> None:
    context.show_state(traced())
    model = dock.model
    index = model.index_of("term")
    assert model.rowCount(index) == 0
    assert model.hasChildren(index)
    dock.table.expand(index)
    assert model.rowCount(index) == CHUNK + 1
    last = model.index(CHUNK, VARIABLE, index)
    line = model.line(last)
    assert isinstance(line, MoreLine)
    assert "700 more, 9 of them differ" in model.data(last)
    dock.table.activated.emit(last)
    assert model.rowCount(index) == 2 * CHUNK + 1
    qtmodeltester.check(model)


def test_only_differences_keeps_what_is_unfolded(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    dock.table.expand(dock.model.index_of("term"))
    dock.bar.only_box.setChecked(True)
    assert dock.model.rowCount() == 2
    assert dock.model.rowCount(dock.model.index_of("term")) == 9
    dock.bar.filter_edit.setText("distance")
    assert dock.model.rowCount() == 1


def test_copy_takes_the_selection_or_everything(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced(4))
    dock.table.expand(dock.model.index_of("term"))
    dock.copy()
    everything = QGuiApplication.clipboard().text().splitlines()
    assert len(everything) == 1 + 6 + 4
    assert everything[0].startswith("Stage\tVariable\tUnit\tA\tB")
    dock.table.setCurrentIndex(dock.model.index_of("distance_in_m"))
    dock.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 2
    assert "distance_in_m" in copied[1]
    dock.copy_all()
    assert QGuiApplication.clipboard().text().splitlines() == everything


def test_go_to_moves_the_cursor_and_traces(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.picture = DetectorImage(np.zeros((10, 20)), None, Provenance(None))
    context.images_changed.emit()
    assert (dock.bar.slow_box.largest, dock.bar.fast_box.largest) == (9, 19)
    dock.bar.slow_box.setValue(3)
    dock.bar.fast_box.setValue(12)
    qtbot.keyClick(dock.bar.fast_box, Qt.Key.Key_Return)
    assert context.requests == [("cursor", Pixel(3, 12)), ("trace", Pixel(3, 12))]


@pytest.mark.parametrize(("typed", "said"), [("99999", "99999"), ("-5", "-5")])
def test_a_pixel_that_is_not_on_the_detector_is_refused(
    typed: str, said: str, dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.picture = DetectorImage(np.zeros((10, 20)), None, Provenance(None))
    context.images_changed.emit()
    box = dock.bar.slow_box
    box.selectAll()
    qtbot.keyClicks(box, typed)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert context.requests == []
    assert f"Slow {said} is not on the detector: 0 to 9." in dock.refusal.text()
    assert not dock.refusal.isHidden()
    box.setValue(3)
    box.stepBy(50)
    assert box.value() == 9
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert dock.refusal.isHidden()
    assert context.requests[0] == ("cursor", Pixel(9, 0))


def test_every_control_has_a_name_and_fits_a_narrow_dock(dock: PixelTraceWidget) -> None:
    bar = dock.bar
    for control in (bar.slow_box, bar.fast_box, bar.filter_edit, dock.table, dock.progress):
        assert control.accessibleName()
    # The narrowest dock of the window on a 1366-pixel screen is 324 wide.
    assert dock.minimumSizeHint().width() <= 324


@pytest.mark.parametrize("width", [620, 680, 720, 800, 1000, 1400, 2200])
def test_nothing_needs_to_be_scrolled_sideways(
    width: int, dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced())
    table = dock.table
    for start in (500, 1600):  # wherever it comes from
        dock.resize(start, 300)
        dock.show()
        qtbot.waitExposed(dock)
        dock.resize(width, 300)
        assert table.viewport().width() > 0.9 * width
        qtbot.waitUntil(lambda: not table.horizontalScrollBar().isVisibleTo(table))
        assert table.header().length() <= table.viewport().width()
    shown = {c for c in range(len(COLUMNS)) if not table.isColumnHidden(c)}
    assert shown >= {VARIABLE, A, B, DIFFERENCE, VERDICT}
    assert (len(shown) == len(COLUMNS)) == (width >= 1000)
