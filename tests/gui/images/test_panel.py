"""The images in the window: linked views, levels, cursor, files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from braggscope.api import InvalidInput, Pixel
from braggscope.gui.images.tile import Tile
from braggscope.gui.saving import save_picture
from braggscope.gui.window import MainWindow
from braggscope.io.colormaps import color_table
from braggscope.ui.theme import DARK, LIGHT
from braggscope.ui.view_state import Region, ViewState
from tests.gui.fake_host import FakeHost

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


def tiles(window: MainWindow) -> list[Tile]:
    return list(window.images.tiles.values())


def test_resizing_does_not_drift(shown: MainWindow, qtbot: QtBot) -> None:
    shown.images.view_state.zoom(0.5, 10.0, 12.0)
    region = shown.images.view_state.region
    before = [tile.canvas.visible_region() for tile in tiles(shown)]
    for number in range(8):
        shown.resize(1300 + 60 * number, 700 + 40 * (number % 3))
        qtbot.wait(5)
    shown.resize(1300, 800)
    qtbot.waitUntil(lambda: shown.width() == 1300)
    qtbot.wait(20)
    assert shown.images.view_state.region == region
    for tile, old in zip(tiles(shown), before, strict=True):
        for new_range, old_range in zip(tile.canvas.visible_region(), old, strict=True):
            assert new_range == pytest.approx(old_range)


def test_pixels_are_square_slow_goes_down_and_all_tiles_look_alike(shown: MainWindow) -> None:
    for tile in tiles(shown):
        (left, right), (top, bottom) = tile.canvas.visible_region()
        size = tile.canvas.size()
        assert (right - left) / size.width() == pytest.approx((bottom - top) / size.height())
        sight = tile.canvas.sight
        upper, lower = sight.to_screen(5, 5), sight.to_screen(9, 9)
        assert lower[0] > upper[0]
        assert lower[1] > upper[1]
        assert sight.to_image(*lower) == pytest.approx((9, 9))


def test_zooming_keeps_the_point_under_the_pointer() -> None:
    state = ViewState()
    state.set_shape((100, 200))
    before = state.region.shown_in(300, 300)
    state.zoom(0.5, 20.0, 30.0)
    after = state.region.shown_in(300, 300)
    share_before = (20.0 - before.slow) / before.height, (30.0 - before.fast) / before.width
    share_after = (20.0 - after.slow) / after.height, (30.0 - after.fast) / after.width
    assert share_after == pytest.approx(share_before)
    state.zoom(1e-9, 20.0, 30.0)
    assert max(state.region.height, state.region.width) >= 4
    state.zoom(1e9, 20.0, 30.0)
    assert max(state.region.height, state.region.width) <= 600.001
    state.fit()
    assert state.region == Region(0, 0, 100, 200)


def test_the_line_below_says_what_to_do_first(window: MainWindow, qtbot: QtBot) -> None:
    assert window.status.pixel.text() == "Press F5 to run A and B"
    window.session.run()
    qtbot.waitUntil(lambda: "Click a pixel" in window.status.pixel.text())


def test_a_click_moves_the_crosshair_and_traces(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["B"].canvas
    point = QPointF(*canvas.sight.to_screen(7.5, 9.5)).toPoint()
    qtbot.mouseMove(canvas, point)
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=point)
    assert shown.workspace.cursor == Pixel(7, 9)
    assert shown.workspace.trace.pixel == Pixel(7, 9)
    assert "slow 7  fast 9" in shown.status.pixel.text()
    assert "B−A 0" in shown.status.pixel.text()
    assert "2θ" in shown.status.pixel.text()


def test_keys_move_the_crosshair_and_stop_at_the_edge(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["A"].canvas
    canvas.setFocus()
    shown.workspace.set_cursor(Pixel(5, 5))
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert shown.workspace.cursor == Pixel(15, 6)
    for _ in range(5):
        qtbot.keyClick(canvas, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert shown.workspace.cursor == Pixel(0, 6)
    assert shown.session.tracer.state.pixel is None


def test_the_keyboard_alone_finds_a_pixel(window: MainWindow, qtbot: QtBot) -> None:
    window.activateWindow()
    window.actions_["trace"].trigger()
    assert window.message.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    presenter = window.images.presenter
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    assert not window.message.isVisible()
    canvas = window.images.tiles["A"].canvas
    assert window.focusWidget() is canvas
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert window.workspace.cursor == Pixel(7, 9)
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    assert window.workspace.cursor == Pixel(7, 10)


def test_t_begins_at_the_brightest_pixel(shown: MainWindow) -> None:
    shown.actions_["trace"].trigger()
    assert shown.workspace.cursor == Pixel(7, 9)
    assert shown.workspace.trace.pixel == Pixel(7, 9)
    assert not shown.message.isVisible()


def test_levels_by_hand_stay_when_new_images_come(
    shown: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    presenter = shown.images.presenter
    presenter.set_levels("A", (1.0, 50.0))
    qtbot.waitUntil(lambda: presenter.picture("B").levels == (1.0, 50.0))
    host.auto = False
    shown.session.run()
    old = presenter.picture("A")
    assert shown.images.tiles["A"].canvas.has_image
    for number in (2, 3):
        host.finish(number, factor=100.0)
    qtbot.waitUntil(lambda: presenter.picture("A") is not old)
    assert presenter.picture("A").levels == (1.0, 50.0)
    presenter.set_automatic()
    qtbot.waitUntil(lambda: presenter.picture("A").levels[1] > 50.0)


def test_levels_do_not_jump_when_an_image_is_updated_until_asked(
    shown: MainWindow, host: FakeHost, qtbot: QtBot
) -> None:
    presenter = shown.images.presenter
    # The first levels may be from before the other image came.
    presenter.set_automatic()
    levels, old = presenter.picture("A").levels, presenter.picture("A")
    host.auto = False
    shown.session.run(afresh=True)
    host.finish(2, factor=3.0)
    host.finish(3, factor=3.0)
    qtbot.waitUntil(lambda: presenter.picture("B").pyramid.largest == 3e6)
    assert presenter.picture("A").pyramid is not old.pyramid
    assert presenter.picture("A").levels == levels
    presenter.set_automatic()
    assert presenter.picture("A").levels[1] == pytest.approx(3 * levels[1])
    shown.session.run(afresh=True)
    host.finish(4, factor=1e9)
    host.finish(5, factor=1e9)
    qtbot.waitUntil(lambda: presenter.picture("A").levels[0] > 1e6)


def test_difference_levels_stay_symmetric(shown: MainWindow, qtbot: QtBot) -> None:
    presenter = shown.images.presenter
    low, _ = presenter.picture("D").levels
    presenter.set_levels("D", (low, 0.25))
    qtbot.waitUntil(lambda: presenter.picture("D").levels == (-0.25, 0.25))


def test_typed_levels_arrive_and_nonsense_does_not(shown: MainWindow, qtbot: QtBot) -> None:
    bar = shown.images.tiles["A"].color_bar
    presenter = shown.images.presenter
    bar._high.setFocus()
    bar._high.selectAll()
    qtbot.keyClicks(bar._high, "123")
    qtbot.keyClick(bar._high, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: presenter.picture("A").levels[1] == 123.0)
    bar._high.selectAll()
    qtbot.keyClicks(bar._high, "x1")
    qtbot.keyClick(bar._high, Qt.Key.Key_Return)
    assert presenter.display.levels["A"][1] == 123.0


def test_dragging_a_handle_changes_the_levels(shown: MainWindow, qtbot: QtBot) -> None:
    presenter = shown.images.presenter
    before = presenter.picture("A").levels
    bar = shown.images.tiles["A"].color_bar._bar
    grip = QPoint(round(bar.width() * 0.88), 10)
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=grip)
    qtbot.mouseMove(bar, QPoint(bar.width() // 2, 10))
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, 10))
    qtbot.waitUntil(lambda: presenter.picture("B").levels[1] < before[1])
    assert presenter.picture("B").levels[0] == before[0]


def test_log_key_and_map_key(shown: MainWindow, qtbot: QtBot) -> None:
    presenter = shown.images.presenter
    qtbot.keyClick(shown, Qt.Key.Key_L)
    qtbot.waitUntil(lambda: presenter.picture("A").scale == "linear")
    assert shown.toolbar.scale.currentText() == "Linear"
    qtbot.keyClick(shown, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: presenter.tile("D").title == "|B − A|")
    qtbot.waitUntil(lambda: presenter.picture("D").colormap == "ember")
    assert shown.toolbar.maps.currentText() == "|B − A|"


def test_the_centre_of_differences_fits_the_theme_until_a_map_is_chosen(
    shown: MainWindow, qtbot: QtBot
) -> None:
    presenter = shown.images.presenter

    def centre_is(level: str) -> bool:
        table = color_table(presenter.picture("D").colormap)
        middle = int(table[len(table) // 2].max())
        return middle < 40 if level == "dark" else middle > 240

    assert centre_is("light")
    shown.images.apply_theme(DARK)
    qtbot.waitUntil(lambda: centre_is("dark"))
    choices = {action.data(): action for action in shown.actions_.difference_colormaps.actions()}
    assert choices[""].isChecked()
    choices["blue-red"].trigger()
    qtbot.waitUntil(lambda: centre_is("light"))
    shown.images.apply_theme(LIGHT)
    shown.images.apply_theme(DARK)
    assert presenter.display.diverging_colormap == "blue-red"
    choices[""].trigger()
    qtbot.waitUntil(lambda: centre_is("dark"))


def test_a_saved_picture_has_every_pixel(shown: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "difference.png"
    save_picture(shown.images.presenter.picture("D"), path)
    image = QImage(str(path))
    assert (image.width(), image.height()) == (30, 40)
    assert list(tmp_path.glob(".*part")) == []
    with pytest.raises(InvalidInput, match="cannot write"):
        save_picture(shown.images.presenter.picture("D"), tmp_path)


def test_own_controls_have_names(shown: MainWindow) -> None:
    for tile in tiles(shown):
        assert tile.canvas.accessibleName()
        assert tile.canvas.accessibleDescription()
        assert tile.color_bar._low.accessibleName()
    for card in shown.runs.cards.values():
        assert card.engine.accessibleName()
        assert card.bar.accessibleName()
