"""What stands around the images says what they show, and where."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.gui.images.arrangement import Arrangement
from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


@pytest.mark.parametrize("arrangement", ["side", "split", "difference"])
def test_a_click_on_what_is_in_view_moves_nothing(
    shown: MainWindow, qtbot: QtBot, arrangement: Arrangement
) -> None:
    shown.images.set_arrangement(arrangement)
    canvas = shown.images.main_canvas()
    qtbot.waitUntil(canvas.isVisible)
    shown.images.view_state.zoom(0.2, 20.0, 15.0)
    before = shown.images.view_state.region
    for across in (3, canvas.width() - 4):
        for down in (3, canvas.height() - 4):
            pixel = canvas.pixel_at(QPointF(across, down))
            if pixel is not None:
                spot = QPointF(across, down).toPoint()
                qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=spot)
                assert shown.session.cursor == pixel
                assert shown.images.view_state.region == before


def test_a_cursor_out_of_view_is_still_brought_into_it(shown: MainWindow) -> None:
    shown.images.view_state.zoom(0.2, 5.0, 5.0)
    shown.workspace.set_cursor(Pixel(38, 28))
    assert shown.images.view_state.region.contains(38.5, 28.5)


def test_the_title_names_the_run_that_made_the_image(shown: MainWindow) -> None:
    row = shown.session.slot("B")
    made_by = shown.session.label(row)
    assert made_by in shown.images.tiles["B"].texts[0]
    shown.session.edit(row.id, engine=shown.session.slot("A").engine)
    assert shown.session.label(shown.session.slot("B")) != made_by
    assert made_by in shown.images.tiles["B"].texts[0]
    assert shown.images.tiles["B"]._outdated.text() == "outdated"
    assert shown.images.both._outdated.text() == "B outdated"


def test_the_line_below_follows_a_new_image(
    shown: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    shown.workspace.set_cursor(Pixel(9, 9))
    assert "A 100 " in shown.status.pixel.text()
    host.auto = False
    shown.session.run(afresh=True)
    host.finish(2, factor=3.0)
    qtbot.waitUntil(lambda: "A 300 " in shown.status.pixel.text())


def test_the_crosshair_leaves_when_its_pixel_is_gone(
    shown: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    shown.workspace.set_cursor(Pixel(35, 9))
    shown.status.hover(Pixel(36, 9))
    host.shapes = {slot.engine: (30, 30) for slot in shown.session.slots}
    shown.session.run(afresh=True)
    qtbot.waitUntil(lambda: shown.images.presenter.shape == (30, 30))
    qtbot.waitUntil(lambda: shown.session.cursor is None)
    qtbot.waitUntil(lambda: "Click a pixel" in shown.status.pixel.text())


def test_levels_are_not_found_from_an_image_of_another_size(
    shown: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    presenter = shown.images.presenter
    host.auto = False
    host.shapes = {slot.engine: (60, 50) for slot in shown.session.slots}
    shown.session.run(afresh=True)
    host.finish(2, factor=1e-6)
    qtbot.waitUntil(lambda: presenter.shape == (60, 50))
    host.finish(3, factor=1e-6)
    qtbot.waitUntil(lambda: presenter.picture("B").shape == (60, 50))
    levels = presenter.picture("A").levels
    presenter.set_automatic()
    assert presenter.picture("A").levels == levels
