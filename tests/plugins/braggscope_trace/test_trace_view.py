"""The pixel-trace dock as a widget."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from pytestqt.qtbot import QtBot

from braggscope.api import (
    DetectorImage,
    InvalidInput,
    Pixel,
    PixelTrace,
    Provenance,
    Tolerances,
    compare_traces,
    judge_again,
    variable,
)
from braggscope.api.catalogue import CATALOGUE
from braggscope.ui import Pin, PinsState, TraceState, ViewContext
from braggscope_trace.columns import COLUMNS, VARIABLE, VERDICT, A, B
from braggscope_trace.rows import CHUNK, MoreLine
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
        self.pinned = PinsState()
        self.changed = Tolerances()
        self.unsaved = ""

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

    @property
    def pins(self) -> PinsState:
        return self.pinned

    def set_pins(self, pins: tuple[tuple[str, Pixel], ...]) -> None:
        self.show_pins(PinsState(tuple(Pin(name, pixel) for name, pixel in pins), running=True))

    @property
    def tolerances(self) -> Tolerances:
        return self.changed

    def set_tolerances(self, tolerances: Tolerances) -> None:
        self.changed = tolerances
        comparison = self.state.comparison
        assert comparison is not None
        self.show_state(TraceState(self.state.pixel, judge_again(comparison, tolerances)))
        if self.unsaved:
            raise InvalidInput(self.unsaved)

    def show_pins(self, pins: PinsState) -> None:
        self.pinned = pins
        self.pins_changed.emit()

    def show_state(self, state: TraceState) -> None:
        self.state = state
        self.trace_changed.emit()


def traced(steps: int = 900) -> TraceState:
    pixel = Pixel(5, 7)
    same: dict[str, Any] = {
        f"{name}": 0.1 for name in ("lambda0_m", "pixel_m", "Xbeam_m", "Ybeam_m")
    }
    others = len(CATALOGUE["term"].dims) - 1
    omegas = np.linspace(1.0, 1.1, 9).reshape(1, 9)
    terms = np.arange(float(steps)).reshape(steps, *[1] * others)
    a = {**same, "distance_in_m": 0.1, "omega_now": omegas, "term": terms}
    b = {
        **same,
        "distance_in_m": 0.2,
        "omega_now": omegas,
        "term": np.where(terms > steps - 10, 0.0, terms),
    }
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
    shown = [group.stage for _, group in dock.model.groups()]
    assert shown == ["detector", "beam", "sub-pixel", "domain"]
    assert len(dock.model.variables()) == 7
    assert dock.bar.slow_box.value() == 5
    assert dock.bar.fast_box.value() == 7
    first = dock.model.index_of("distance_in_m")
    assert dock.table.currentIndex() == first
    assert dock.table.viewport().rect().contains(dock.table.visualRect(first).center())
    assert dock.model.data(first, Qt.ItemDataRole.FontRole).bold()


def test_a_long_reason_stays_whole_in_a_low_dock(
    qtbot: QtBot, dock: PixelTraceWidget, context: FakeContext
) -> None:
    dock.resize(500, 160)
    dock.show()
    qtbot.waitExposed(dock)
    context.show_state(TraceState(Pixel(1, 1), problem="The port prints no trace. " * 12))
    label = dock.message
    qtbot.waitUntil(lambda: label.height() >= label.heightForWidth(label.width()))


def test_running_greys_the_table_and_problem_replaces_it(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    context.show_state(TraceState(Pixel(1, 1), running=True))
    assert not dock.table.isEnabled()
    assert "▶" not in dock.explanation.text()
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
    assert len(dock.model.variables()) == 2
    assert dock.model.rowCount(dock.model.index_of("term")) == 9
    dock.bar.filter_edit.setText("distance")
    assert len(dock.model.variables()) == 1


def test_copy_takes_the_selection_or_everything(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced(4))
    dock.table.expand(dock.model.index_of("term"))
    dock.table.clearSelection()
    dock.copy()
    everything = QGuiApplication.clipboard().text().splitlines()
    assert len(everything) == 1 + 7 + 4
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
    dock.bar.details_button.click()
    dock.bar.details_button.setChecked(True)
    dock.bar.details_button.click()
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
    assert shown >= {VARIABLE, A, B, VERDICT}
    assert (len(shown) == len(COLUMNS)) == (width >= 1000)


def test_a_stage_is_open_where_something_differs_and_as_the_user_leaves_it(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    opened = {g.stage: dock.table.isExpanded(index) for index, g in dock.model.groups()}
    assert opened == {"detector": True, "beam": False, "sub-pixel": False, "domain": True}
    for index, group in dock.model.groups():
        if group.stage in ("domain", "beam"):
            dock.table.setExpanded(index, group.stage == "beam")
    context.show_state(traced(100))
    opened = {g.stage: dock.table.isExpanded(index) for index, g in dock.model.groups()}
    assert opened == {"detector": True, "beam": True, "sub-pixel": False, "domain": False}
    dock.trace.set_all_open(True)
    assert all(dock.table.isExpanded(index) for index, _ in dock.model.groups())


def test_links_jump_to_what_a_variable_comes_from_and_feeds(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    details = dock.trace.details
    assert details.title.text() == "distance, as given (distance_in_m)"
    assert "spec 4.2" in details.about.text()
    assert "solid angle of the sub-pixel</a>" in details.feeds.text()
    details.feeds.linkActivated.emit("omega_now")
    assert dock.model.line(dock.table.currentIndex()).row.name == "omega_now"
    assert details.title.text().endswith("(omega_now)")
    assert "asymmetry" in details.asymmetry.text()
    assert details.plot.figure.kind == "map"
    assert details.plot.figure.a.values.shape == (3, 3)


def test_a_tolerance_is_typed_judged_and_reset(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced())
    dock.trace.edit_tolerance()
    details = dock.trace.details
    assert details.isVisible()
    qtbot.keyClicks(details.tolerance_edit, "60 %")
    qtbot.keyClick(details.tolerance_edit, Qt.Key.Key_Return)
    assert context.changed == Tolerances({"float64": {"distance_in_m": 0.6}})
    assert dock.model.data(dock.model.index_of("distance_in_m").siblingAtColumn(VERDICT)) == (
        "≈ within"
    )
    assert dock.trace.comparison.first_divergence == "term"
    assert dock.model.line(dock.table.currentIndex()).row.name == "distance_in_m"
    details.reset_button.click()
    assert context.changed == Tolerances()


@pytest.mark.parametrize("typed", ["much", "-1", "inf", ""])
def test_what_is_no_tolerance_is_refused(
    typed: str, dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced())
    dock.trace.edit_tolerance()
    edit = dock.trace.details.tolerance_edit
    edit.setText(typed)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert context.changed == Tolerances()
    assert dock.trace.details.problem.text().startswith("✗")


def test_tolerances_that_cannot_be_saved_are_said(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced())
    context.unsaved = "the disk is full"
    dock.trace.details.tolerance_edit.setText("0.6")
    qtbot.keyClick(dock.trace.details.tolerance_edit, Qt.Key.Key_Return)
    assert "the disk is full" in dock.refusal.text()
    assert dock.refusal.isVisible()


def test_four_pixels_are_found_pinned_and_shown_side_by_side(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    data = np.ones((20, 30))
    data[4, 6], data[15:, :8] = 50.0, 0.0
    context.picture = DetectorImage(data, None, Provenance(None))
    context.images_changed.emit()
    dock.bar.pages["pins"].click()
    assert "No pixel is pinned yet" in dock.pins.pins.message.text()
    dock.pins.four_button.click()
    qtbot.waitUntil(lambda: bool(context.pins.pins))
    assert [(pin.name, pin.pixel) for pin in context.pins.pins][:3] == [
        ("peak", (4, 6)),
        ("edge", (10, 29)),
        ("corner", (19, 29)),
    ]
    assert "Tracing 4 pixels" in dock.pins.pins.message.text()
    done = tuple(Pin(pin.name, pin.pixel, traced(4).comparison) for pin in context.pins.pins)
    context.show_pins(PinsState(done))
    assert dock.pins.pins.has_table
    headers = dock.pins.pins.table.table.headers
    assert headers[:3] == ("Variable", "peak A\n4, 6", "peak B\n4, 6")
    assert dock.pins.pins.summary.text() == (
        "distance_in_m differs first in peak, edge, corner and background."
    )
    dock.copy()
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 1 + 7
    assert copied[0].startswith("Stage\tVariable\tpeak A 4, 6")
    dock.pins.clear_button.click()
    assert context.pins.pins == ()


def test_the_traced_pixel_is_pinned_and_outdated_pins_can_be_traced_again(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    dock.pins.pin_action.trigger()
    assert [(pin.name, pin.pixel) for pin in context.pins.pins] == [("", (5, 7))]
    assert dock.page_name == "pins"
    context.show_pins(PinsState(context.pins.pins))
    assert "A or B changed" in dock.pins.pins.message.text()
    dock.pins.again_button.click()
    assert context.pins.running


def test_the_asymmetry_page_holds_an_edge_beside_the_centre(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.picture = DetectorImage(np.ones((20, 30)), None, Provenance(None))
    context.images_changed.emit()
    context.show_state(traced())
    dock.bar.pages["asymmetry"].click()
    page = dock.pins.asymmetry
    first = page.table.table.sections[0]
    assert first.title == "Factors of the pixel"
    assert [line.text(1) for line in first.lines] == ["traced (5, 7)"] * 2
    assert [line.text(2) for line in first.lines] == ["A", "B"]
    assert float(first.lines[0].text(3)) == pytest.approx(0.1 / 1.05, abs=1e-4)
    dock.pins.centre_button.click()
    assert [pin.name for pin in context.pins.pins] == ["centre", "edge", "corner"]
    dock.copy_all("csv")
    assert QGuiApplication.clipboard().text().startswith("Stage,Variable,Pixel,,Asymmetry")


def test_everything_can_be_reached_by_keyboard(
    dock: PixelTraceWidget, context: FakeContext, qtbot: Any
) -> None:
    context.show_state(traced())
    dock.trace.show_details(True)
    dock.trace.jump_to("omega_now")
    dock.activateWindow()
    dock.bar.slow_box.setFocus()
    reached = []
    while len(reached) < 40:
        qtbot.keyClick(dock.focusWidget(), Qt.Key.Key_Tab)
        reached.append(dock.focusWidget())
    bar, details = dock.bar, dock.trace.details
    for control in (
        *(
            bar.pages["trace"],
            bar.filter_edit,
            bar.only_box,
            bar.first_button,
            bar.pin_button,
            bar.copy_button,
        ),
        *(bar.details_button, dock.table, details.inputs, details.tolerance_edit),
        *(details.plot.loop_box, details.all_button),
    ):
        assert control in reached, control
    bar.pages["trace"].setFocus()
    qtbot.keyClick(bar.pages["trace"], Qt.Key.Key_Right)
    assert dock.page_name == "pins"


def test_tolerances_are_saved_opened_and_reset(
    dock: PixelTraceWidget, context: FakeContext, tmp_path: Path
) -> None:
    context.show_state(traced())
    menu, file = dock.tolerances, tmp_path / "mine.toml"
    menu.ask_save = menu.ask_open = lambda parent: file
    dock.trace.details.all_button.menu().aboutToShow.emit()
    assert not menu.save_action.isEnabled()
    context.set_tolerances(Tolerances({"float64": {"omega": 0.5}}))
    dock.trace.details.all_button.menu().aboutToShow.emit()
    menu.save_action.trigger()
    assert "omega = 0.5" in file.read_text()
    menu.reset_action.trigger()
    assert context.changed == Tolerances()
    menu.open_action.trigger()
    assert context.changed == Tolerances({"float64": {"omega": 0.5}})
    file.write_text("[tolerances.float64]\nomeg = 1.0\n")
    menu.open_action.trigger()
    assert "did you mean omega" in dock.refusal.text()
    file.write_text("omega = 1.0\n")
    menu.open_action.trigger()
    assert dock.refusal.text().startswith("✗")
    assert not dock.refusal.isHidden()


def test_a_plot_that_comes_again_is_the_same_one(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    """Qt crashed at the next theme when parts of it had been destroyed before they were seen."""
    context.show_state(traced())
    plot = dock.trace.details.plot
    shown: dict[str, Any] = {}
    for name in ("omega_now", "term", "omega_now", "term"):
        dock.trace.jump_to(name)
        part = plot.canvas.getItem(0, 0)
        assert part is not None
        assert shown.setdefault(name, part) is part


def test_details_that_were_asked_for_stay_when_the_dock_is_made_narrow(
    dock: PixelTraceWidget, context: FakeContext
) -> None:
    context.show_state(traced())
    dock.resize(700, 300)
    assert not dock.trace.details.isVisible()
    dock.trace.jump_to("distance_in_m")
    next(a for a in dock.table.actions() if a.text().startswith("Change tolerance")).trigger()
    assert dock.trace.details.isVisible()
    dock.resize(690, 400)
    assert dock.trace.details.isVisible()
    assert dock.trace.details.tolerance_edit.isVisible()


def test_links_follow_the_theme(dock: PixelTraceWidget, context: FakeContext) -> None:
    context.show_state(traced())
    dock.resize(1000, 400)
    dock.trace.jump_to("omega_now")
    label = dock.trace.details.feeds if dock.trace.details.feeds.text() else None
    label = label or dock.trace.details.inputs
    before = QGuiApplication.palette()
    palette = QPalette(before)
    palette.setColor(QPalette.ColorRole.Link, QColor("#12ff34"))
    QGuiApplication.setPalette(palette)
    context.theme_changed.emit()
    picture = label.grab().toImage()
    QGuiApplication.setPalette(before)
    seen = {
        picture.pixelColor(x, y).name()
        for x in range(picture.width())
        for y in range(picture.height())
    }
    assert "#12ff34" in seen
