"""The dock "Divergence map" as a user sees it: what is surveyed, told, and stopped."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from braggscope.api import EngineFailed, ImageRegion, Pixel, Rectangle
from braggscope.explain.background import remaining_s
from braggscope_divergence.dock import DivergenceDock
from braggscope_divergence.presenter import left_text
from tests.plugins.braggscope_divergence.divergence_context import Context, rows, surveyed

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_the_table_says_what_is_first_where_and_by_how_much(
    qtbot: QtBot, dock: DivergenceDock
) -> None:
    surveyed(qtbot, dock)
    table = rows(dock)
    assert [row[0].split(":")[0] for row in table[:2]] == ["omega_now", "polar_now"]
    assert table[2][0] == "A and B agree"
    shares = [float(row[2].removesuffix(" %")) for row in table]
    assert sum(shares) == pytest.approx(100.0, abs=0.2)
    assert [row[1] for row in table] == ["sub-pixel", "source", ""]
    assert [row[3] for row in table] == ["0.5", "0.67", ""]
    assert "omega_now is the first in" in dock.status.text()


def test_a_click_on_a_row_traces_the_worst_pixel_and_two_open_the_trace(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    item = dock.table.topLevelItem(0)
    place = dock.table.visualItemRect(item).center()
    qtbot.mouseClick(dock.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert context.traced[-1] == dock.surveyor.state.found.causes[0].example
    assert context.shown == []
    dock.table.setCurrentItem(item)
    qtbot.keyClick(dock.table, Qt.Key.Key_Return)
    assert context.shown == ["pixel-trace"]


def test_cancel_takes_no_time_and_keeps_what_was_found(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    dock.controls.many_box.setValue(2000)
    dock.controls.start_button.click()
    assert dock.controls.start_button.text() == "Cancel"
    qtbot.waitUntil(lambda: len(dock.surveyor.state.found.samples) > 0, timeout=10_000)
    context.hold = True
    began = time.perf_counter()
    dock.controls.start_button.click()
    thread = dock.surveyor._thread
    assert thread is not None
    thread.join(0.2)
    assert not thread.is_alive()
    assert time.perf_counter() - began < 0.2
    assert dock.controls.start_button.text() == "Start"
    assert "Cancelled." in dock.status.text()
    assert rows(dock)


def test_esc_stops_it_too(qtbot: QtBot, dock: DivergenceDock, context: Context) -> None:
    context.hold = True
    dock.controls.start_button.click()
    assert dock.surveyor.state.running
    qtbot.keyClick(dock.controls.start_button, Qt.Key.Key_Escape)
    assert not dock.surveyor.state.running


def test_other_images_end_the_survey_and_are_said(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    surveyed(qtbot, dock)
    dock.controls.over_box.setChecked(True)
    assert context.over["divergence-map"]
    context.show_images()
    assert "A or B has changed since" in dock.status.text()
    assert not context.over["divergence-map"]
    context.hold = True
    dock.controls.start_button.click()
    assert dock.surveyor.state.running
    context.show_images()
    assert not dock.surveyor.state.running


def test_only_the_region_is_sampled(qtbot: QtBot, dock: DivergenceDock, context: Context) -> None:
    context.drawn = (
        ImageRegion(name="corner", shape=Rectangle(slow=0, fast=0, height=20, width=15)),
    )
    context.regions_changed.emit()
    box = dock.controls.region_box
    box.setCurrentIndex(box.findText("corner"))
    surveyed(qtbot, dock)
    found = dock.surveyor.state.found
    assert len(found.samples) > 50
    assert all(p.slow < 20 and p.fast < 15 for p in found.pixels)
    assert dock.map.sample_at(dock.map.place_of(Pixel(50, 40))) is None


def test_only_the_chosen_ways_are_used(qtbot: QtBot, dock: DivergenceDock) -> None:
    for way in ("difference", "strongest"):
        dock.controls.where_boxes[way].setChecked(False)  # type: ignore[index]
    dock.controls.refine_box.setChecked(False)
    dock.controls.many_box.setValue(4)
    surveyed(qtbot, dock)
    assert {*dock.surveyor.state.found.pixels} == {(s, f) for s in (0, 59) for f in (0, 49)}


def test_what_cannot_be_traced_is_said(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.failure = EngineFailed("the program printed no trace", remedy="Use another one")
    surveyed(qtbot, dock)
    assert "the program printed no trace" in dock.message.text()
    assert dock.stack.currentIndex() == 0
    assert dock.controls.start_button.isEnabled()


def test_without_images_it_says_what_to_do(
    qtbot: QtBot, dock: DivergenceDock, context: Context
) -> None:
    context.pictures = {}
    context.images_changed.emit()
    assert "F5" in dock.message.text()
    assert not dock.controls.start_button.isEnabled()
    context.show_images()
    assert dock.controls.start_button.isEnabled()
    assert "Start traces sampled pixels" in dock.message.text()


def test_the_time_left_is_told_once_it_is_known() -> None:
    assert remaining_s(0.01, 10.0) is None
    assert remaining_s(0.5, 0.1) is None
    assert remaining_s(0.25, 10.0) == pytest.approx(30.0)
    assert left_text(None) == " …"
    assert left_text(30.0) == ", about 30 s left"
    assert left_text(600.0) == ", about 10 min left"
