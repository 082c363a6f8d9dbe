"""Tolerances: typed at a variable, kept in files, refused with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from braggscope.api import Tolerances
from braggscope_trace.columns import VERDICT
from braggscope_trace.view import PixelTraceWidget
from tests.plugins.braggscope_trace.trace_context import FakeContext, traced

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


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
