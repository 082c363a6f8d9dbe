"""The details of a variable: where it comes from, what it feeds, how it looks."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QColor, QGuiApplication, QPalette

from braggscope_trace.view import PixelTraceWidget
from tests.plugins.braggscope_trace.trace_context import FakeContext, traced

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


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
