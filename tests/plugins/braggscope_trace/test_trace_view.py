"""The pixel-trace dock as a widget: its table, its messages, its width."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.ui import TraceState
from braggscope_trace.columns import COLUMNS, VARIABLE, VERDICT, A, B
from braggscope_trace.rows import CHUNK, MoreLine
from braggscope_trace.view import PixelTraceWidget
from tests.plugins.braggscope_trace.trace_context import FakeContext, traced

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


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
