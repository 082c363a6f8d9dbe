"""Arrangements of the images: side by side, split, blinking, overlaid, in a grid, turned."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from braggscope.api import Pixel
from braggscope.gui.window import MainWindow
from tests.gui.fake_host import FakeHost, FakeRegistry
from tests.gui.images.pointer import color_at, place

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def test_tab_goes_through_all_arrangements_and_back(shown: MainWindow, qtbot: QtBot) -> None:
    shown.activateWindow()
    shown.images.tiles["A"].canvas.setFocus()
    seen = []
    for _ in range(6):
        seen.append(shown.images.arrangement)
        canvas = shown.images.main_canvas()
        assert canvas.isVisible()
        assert canvas.has_image
        assert shown.toolbar.arrangement.currentData() == shown.images.arrangement
        qtbot.keyClick(canvas, Qt.Key.Key_Tab)
    assert seen == ["side", "split", "blink", "overlay", "difference", "grid"]
    assert shown.images.arrangement == "side"


def test_tab_in_a_field_still_goes_on_to_the_next_one(shown: MainWindow, qtbot: QtBot) -> None:
    shown.activateWindow()
    field = shown.experiment.findChildren(type(shown.images.tiles["A"].color_bar._low))[0]
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert shown.images.arrangement == "side"
    assert shown.focusWidget() is not field


def test_the_seam_is_dragged_and_a_lies_before_it(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    host.auto = False
    window.session.run()
    for number, factor in ((0, 1.0), (1, 1e-3)):
        host.finish(number, factor)
    presenter = window.images.presenter
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    window.image_commands.arrange("split")
    canvas = window.images.both.canvas
    qtbot.waitUntil(canvas.isVisible)
    bright, dark = color_at(canvas, 35.5, 4.5), color_at(canvas, 35.5, 25.5)
    assert sum(bright) > sum(dark)
    upright = canvas.height() // 2
    seam = QPoint(round(canvas.content.seam_at(canvas.sight)), upright)
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=seam)
    qtbot.mouseMove(canvas, QPoint(canvas.width() - 5, upright))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(canvas.width() - 5, upright))
    assert canvas.content.seam > 0.9
    assert sum(color_at(canvas, 35.5, 25.5)) > sum(dark)
    window.actions_["seam"].trigger()
    assert canvas.content.seam_direction == "level"


def test_blinking_shows_a_and_b_in_turn_at_the_chosen_rate(shown: MainWindow, qtbot: QtBot) -> None:
    shown.images.set_blink_rate(10)
    shown.image_commands.arrange("blink")
    content = shown.images.both.canvas.content
    assert shown.images.blink_rate == pytest.approx(10)
    qtbot.waitUntil(lambda: content.second)
    qtbot.waitUntil(lambda: not content.second)
    shown.image_commands.arrange("side")
    assert not shown.images._blink.isActive()
    shown.images.set_blink_rate(99)
    assert shown.images.blink_rate == pytest.approx(10)


def test_overlaid_equal_images_are_grey_and_different_ones_are_not(
    window: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    host.auto = False
    window.session.run()
    host.finish(0)
    host.finish(1)
    presenter = window.images.presenter
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    window.image_commands.arrange("overlay")
    canvas = window.images.both.canvas
    qtbot.waitUntil(canvas.isVisible)
    red, _, blue = color_at(canvas, 30.5, 20.5)
    assert red > 60
    assert abs(red - blue) <= 2
    # As a picture of the widget takes it: on a ground that is not opaque itself.
    picture = QImage(canvas.size(), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    canvas.render(picture)
    assert picture.pixelColor(place(canvas, 30.5, 20.5)).alpha() == 255
    window.session.run(afresh=True)
    host.finish(2)
    host.finish(3, factor=0.01)
    qtbot.waitUntil(lambda: presenter.picture("B").pyramid.largest < 2e4)
    red, _, blue = color_at(canvas, 30.5, 20.5)
    assert red > blue + 20


def test_every_run_has_a_tile_in_the_grid(shown: MainWindow, qtbot: QtBot) -> None:
    extra = shown.session.add_slot()
    shown.image_commands.arrange("grid")
    grid = shown.images.grid
    assert list(grid.tiles) == ["run 1", "run 2", "run 3"]
    shown.session.run_slot(extra.id)
    qtbot.waitUntil(lambda: shown.images.presenter.picture("run 3") is not None)
    assert grid.tiles["run 3"].canvas.has_image
    assert grid.tiles["run 3"]._letter.text() == "3"
    levels = {name: shown.images.presenter.picture(name).levels for name in grid.tiles}
    assert len(set(levels.values())) == 1
    shown.session.remove_slot(extra.id)
    qtbot.waitUntil(lambda: list(grid.tiles) == ["run 1", "run 2"])


def test_all_arrangements_look_at_the_same_place(shown: MainWindow) -> None:
    shown.images.view_state.zoom(0.3, 20.0, 10.0)
    middle = shown.images.view_state.region.center
    for arrangement in ("split", "difference", "grid", "side"):
        shown.image_commands.arrange(arrangement)  # type: ignore[arg-type]
        for tile in shown.images.shown_tiles():
            (left, right), (top, bottom) = tile.canvas.visible_region()
            assert ((top + bottom) / 2, (left + right) / 2) == pytest.approx(middle)


def test_the_arrangement_is_remembered(
    shown: MainWindow, qtbot: QtBot, registry: FakeRegistry
) -> None:
    shown.image_commands.arrange("difference")
    shown.actions_["slow_up"].trigger()
    shown.close()
    again = MainWindow(FakeHost(), registry)
    qtbot.addWidget(again)
    assert again.images.arrangement == "difference"
    assert again.images.view_state.slow_up
    again.close_at_once()


def test_turned_images_keep_their_pixels_and_keys_go_where_they_point(
    shown: MainWindow, qtbot: QtBot
) -> None:
    canvas = shown.images.tiles["A"].canvas
    before = {point: color_at(canvas, *point) for point in ((35.5, 25.5), (2.5, 3.5), (20.5, 1.5))}
    for name in ("slow_up", "fast_left"):
        shown.actions_[name].trigger()
    after = {point: color_at(canvas, *point) for point in before}
    assert after == before
    assert canvas.sight.to_screen(5, 5)[1] > canvas.sight.to_screen(9, 9)[1]
    shown.workspace.set_cursor(Pixel(5, 5))
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    qtbot.keyClick(canvas, Qt.Key.Key_Left)
    assert shown.workspace.cursor == Pixel(6, 6)
