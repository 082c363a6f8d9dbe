"""Arrangements of the images, what is drawn over them, and pictures of the view."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from braggscope.api import (
    Ellipse,
    ImageRegion,
    InvalidInput,
    Line,
    Marks,
    OverlayContribution,
    OverlayScene,
    Pixel,
    Rectangle,
    Shell,
)
from braggscope.gui.images.canvas import ImageCanvas
from braggscope.gui.images.picture_file import save
from braggscope.gui.window import MainWindow
from braggscope.ui.theme import LIGHT
from tests.gui.fake_host import FakeHost, FakeRegistry

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


@pytest.fixture
def shown(window: MainWindow, qtbot: QtBot) -> MainWindow:
    window.session.run()
    presenter = window.images.presenter
    qtbot.waitUntil(lambda: all(presenter.picture(tile) for tile in ("A", "B", "D")))
    return window


def place(canvas: ImageCanvas, slow: float, fast: float) -> QPoint:
    return QPointF(*canvas.sight.to_screen(slow, fast)).toPoint()


def drag(qtbot: QtBot, canvas: ImageCanvas, one: tuple[float, float], other: Any) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, *one))
    middle = ((one[0] + other[0]) / 2, (one[1] + other[1]) / 2)
    qtbot.mouseMove(canvas, place(canvas, *middle))
    qtbot.mouseMove(canvas, place(canvas, *other))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, *other))


def color_at(canvas: ImageCanvas, slow: float, fast: float) -> tuple[int, int, int]:
    point = place(canvas, slow, fast)
    color = canvas.grab().toImage().pixelColor(point)
    return color.red(), color.green(), color.blue()


# ── arrangements ──────────────────────────────────────────────────────────────────────────────


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


# ── numbers ───────────────────────────────────────────────────────────────────────────────────


def test_numbers_stand_in_pixels_that_are_large_enough(shown: MainWindow) -> None:
    canvas = shown.images.tiles["A"].canvas
    canvas.prepare()
    assert canvas.content._texts == [[]]
    shown.images.view_state.zoom(4 / 40, 7.5, 9.5)
    texts = canvas.content._texts[0]
    near = {item.text for item in texts}
    assert "1e6" in near
    assert all(item.box.width() >= 40 for item in texts)


def test_the_crosshair_strikes_no_numbers_through(shown: MainWindow) -> None:
    canvas = shown.images.tiles["A"].canvas
    beside = (7.5, 11.1)
    for share, is_struck in ((1.0, True), (4 / 40, False)):
        shown.images.view_state.zoom(share, 7.5, 9.5)
        shown.session.set_cursor(None)
        before = color_at(canvas, *beside)
        shown.session.set_cursor(Pixel(7, 9))
        assert (color_at(canvas, *beside) != before) == is_struck


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


def test_means_replace_the_most_telling_pixels_when_asked(shown: MainWindow, qtbot: QtBot) -> None:
    presenter = shown.images.presenter
    shown.actions_["mean"].trigger()
    qtbot.waitUntil(lambda: presenter.picture("A").mean)
    shown.actions_["mean"].trigger()
    assert not presenter.picture("A").mean


# ── drawing ───────────────────────────────────────────────────────────────────────────────────


def test_a_rectangle_is_drawn_moved_resized_and_taken_back(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["B"].canvas
    shown.actions_["draw_rectangle"].trigger()
    assert "Esc" in shown.status.currentMessage()
    drag(qtbot, canvas, (10.0, 5.0), (20.0, 15.0))
    (region,) = shown.workspace.regions
    assert region.name == "Box 1"
    assert region.shape == Rectangle(slow=10, fast=5, height=10, width=10)
    assert shown.images.editor.tool is None
    drag(qtbot, canvas, (10.0, 12.3), (15.0, 17.3))
    assert shown.workspace.regions[0].shape == Rectangle(slow=15, fast=10, height=10, width=10)
    drag(qtbot, canvas, (25.0, 20.0), (30.0, 26.0))
    assert shown.workspace.regions[0].shape == Rectangle(slow=15, fast=10, height=15, width=16)
    shown.actions_["undo_drawing"].trigger()
    assert shown.workspace.regions[0].shape == Rectangle(slow=15, fast=10, height=10, width=10)
    shown.actions_["remove_region"].trigger()
    assert shown.workspace.regions == ()
    shown.actions_["undo_drawing"].trigger()
    assert len(shown.workspace.regions) == 1
    assert shown.session.tracer.state.pixel is None


def test_the_pointer_says_which_way_a_corner_goes_also_in_turned_images(
    shown: MainWindow, qtbot: QtBot
) -> None:
    canvas = shown.images.tiles["A"].canvas
    shape = Rectangle(slow=10, fast=5, height=10, width=10)
    shown.session.markings.set_regions((ImageRegion(name="box", shape=shape),))
    for is_mirrored in (False, True):
        shown.actions_["fast_left"].setChecked(is_mirrored)
        shown.images.editor.choose("box")
        qtbot.mouseMove(canvas, place(canvas, 30.0, 20.0))
        qtbot.mouseMove(canvas, place(canvas, 20.0, 15.0))
        shapes = (Qt.CursorShape.SizeFDiagCursor, Qt.CursorShape.SizeBDiagCursor)
        assert canvas.cursor().shape() == shapes[is_mirrored]


def test_the_pointer_holds_the_image_while_it_is_moved(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["A"].canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, 20.0, 15.0))
    qtbot.mouseMove(canvas, place(canvas, 10.0, 5.0))
    assert canvas.cursor().shape() == Qt.CursorShape.ClosedHandCursor
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, 10.0, 5.0))
    assert canvas.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_an_ellipse_by_two_clicks(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["A"].canvas
    shown.image_commands.take("ellipse")
    for point in ((10.0, 5.0), (30.0, 25.0)):
        qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, *point))
    (region,) = shown.workspace.regions
    assert region.shape == Ellipse(slow=20, fast=15, half_height=10, half_width=10)


def test_a_shell_goes_between_two_resolutions(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["A"].canvas
    where = shown.images.where
    where.setup()
    qtbot.waitUntil(lambda: where.setup() is not None)
    shown.image_commands.take("shell")
    drag(qtbot, canvas, (2.0, 2.0), (12.0, 12.0))
    (region,) = shown.workspace.regions
    assert isinstance(region.shape, Shell)
    # The corner looks at a smaller d than a point nearer to the beam.
    assert region.shape.d_min_A == pytest.approx(where.resolution((2.0, 2.0)), rel=0.02)
    assert region.shape.d_max_A == pytest.approx(where.resolution((12.0, 12.0)), rel=0.05)
    rings = where.shells(shown.workspace.regions)[region.name]
    assert len(rings) == 2
    assert np.nanmin(np.abs(rings[0].points - [2.0, 2.0]).sum(axis=1)) < 1.5


def test_the_profile_line_is_drawn_and_its_ends_are_pulled(shown: MainWindow, qtbot: QtBot) -> None:
    canvas = shown.images.tiles["D"].canvas
    told = []
    shown.workspace.line_changed.connect(lambda: told.append(shown.workspace.line))
    shown.actions_["draw_line"].trigger()
    drag(qtbot, canvas, (5.0, 5.0), (30.0, 20.0))
    assert np.allclose(shown.workspace.line, ((5, 5), (30, 20)), atol=0.2)
    drag(qtbot, canvas, (30.0, 20.0), (10.0, 25.0))
    assert np.allclose(shown.workspace.line, ((5, 5), (10, 25)), atol=0.2)
    assert len(told) >= 2
    shown.actions_["clear_drawings"].trigger()
    assert shown.workspace.line is None


def test_escape_leaves_step_by_step(shown: MainWindow, qtbot: QtBot) -> None:
    shown.activateWindow()
    canvas = shown.images.tiles["A"].canvas
    shown.image_commands.take("rectangle")
    qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=place(canvas, 5, 5))
    qtbot.mouseMove(canvas, place(canvas, 15, 15))
    assert isinstance(shown.images.editor.draft, Rectangle)
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert shown.images.editor.draft is None
    assert shown.images.editor.tool == "rectangle"
    qtbot.keyClick(canvas, Qt.Key.Key_Escape)
    assert shown.images.editor.tool is None
    assert shown.workspace.regions == ()


def test_regions_are_edited_by_numbers_and_names(shown: MainWindow, qtbot: QtBot) -> None:
    editor = shown.images.editor
    editor.add(Rectangle(slow=1, fast=2, height=3, width=4))
    editor.add(Shell(d_min_A=2.0, d_max_A=3.0))
    shown.actions_["regions"].trigger()
    dialog = shown.image_commands._dialog
    assert [dialog.list.item(i).text().split("  ")[0] for i in (0, 1)] == ["Box 1", "Shell 1"]
    field = dialog.fields["d_max_A"]
    field.setText("2.5")
    field.editingFinished.emit()
    assert shown.workspace.regions[1].shape == Shell(d_min_A=2.0, d_max_A=2.5)
    for wrong, said in (("x", "no number"), ("1", "rise"), ("-3", "greater")):
        field.setText(wrong)
        field.editingFinished.emit()
        assert said in dialog.problem.text()
    assert shown.workspace.regions[1].shape == Shell(d_min_A=2.0, d_max_A=2.5)
    dialog.list.setCurrentRow(0)
    assert set(dialog.fields) == {"slow", "fast", "height", "width"}
    dialog.name.setText("Shell 1")
    dialog.name.editingFinished.emit()
    assert "already" in dialog.problem.text()
    dialog.name.setText("strong spots")
    dialog.name.editingFinished.emit()
    assert shown.workspace.regions[0].name == "strong spots"
    dialog._remove.click()
    assert [region.name for region in shown.workspace.regions] == ["Shell 1"]


def test_picked_pixels_are_marked(shown: MainWindow, qtbot: QtBot) -> None:
    shown.workspace.set_selection(np.array([7 * 30 + 9, 3], np.int64))
    qtbot.waitUntil(lambda: shown.images._annotated.picked is not None)
    picked = shown.images._annotated.picked
    assert picked is not None
    assert np.argwhere(picked.masks[0]).tolist() == [[0, 3], [7, 9]]
    shown.workspace.set_selection(None)
    assert shown.images._annotated.picked is None


# ── overlays ──────────────────────────────────────────────────────────────────────────────────


def rings(scene: OverlayScene) -> list[Line | Marks]:
    points = np.array([[5.0, 5.0], [30.0, 25.0]])
    return [Line(points, "ring", (10.0, 10.0)), Marks(points, labels=("one", "two"))]


def broken(scene: OverlayScene) -> list[Line]:
    raise RuntimeError("no rings today")


@pytest.fixture
def registry() -> FakeRegistry:
    made = FakeRegistry()
    made.drawn = {
        "rings": (OverlayContribution("rings", "Rings", "x:y", ("view",)), rings),
        "broken": (OverlayContribution("broken", "Broken rings", "x:y"), broken),
        "odd": (OverlayContribution("odd", "Odd", "x:y"), lambda scene: [Marks(np.zeros(3))]),
    }
    return made


def test_overlays_are_drawn_where_they_are_switched_on(shown: MainWindow, qtbot: QtBot) -> None:
    menu = {action.text(): action for action in shown.actions_.overlays_menu.actions()}
    menu["Rings"].trigger()
    canvas = shown.images.tiles["D"].canvas
    qtbot.waitUntil(lambda: bool(canvas.content._drawing.strokes))
    assert {label.text for label in canvas.content._drawing.labels} >= {"ring", "two"}
    assert shown.memory.choice("overlay rings") == "on"
    menu["Rings"].trigger()
    assert canvas.content._drawing.strokes == []


@pytest.mark.parametrize(("name", "said"), [("Broken rings", "no rings today"), ("Odd", "shape")])
def test_a_failing_overlay_is_named_and_switched_off_and_others_go_on(
    shown: MainWindow, qtbot: QtBot, registry: FakeRegistry, name: str, said: str
) -> None:
    menu = {action.text(): action for action in shown.actions_.overlays_menu.actions()}
    menu["Rings"].trigger()
    menu[name].trigger()
    qtbot.waitUntil(lambda: bool(registry.reports))
    qtbot.waitUntil(shown.message.isVisible)
    assert not menu[name].isChecked()
    assert menu["Rings"].isChecked()
    assert said in str(registry.reports[0][2])
    canvas = shown.images.tiles["A"].canvas
    qtbot.waitUntil(lambda: bool(canvas.content._drawing.strokes))


# ── pictures ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_the_view_is_saved_as_it_is(shown: MainWindow, tmp_path: Path, suffix: str) -> None:
    shown.images.editor.add(Rectangle(slow=1, fast=2, height=9, width=9))
    path = tmp_path / f"view{suffix}"
    shown.image_commands.write(shown.image_commands.parts(), path)
    assert str(path) in shown.status.currentMessage()
    content = path.read_bytes()
    if suffix == ".png":
        image = QImage(str(path))
        assert image.width() > 2 * sum(tile.canvas.width() for tile in shown.images.shown_tiles())
        colors = {image.pixel(x, image.height() // 2) for x in range(0, image.width(), 3)}
        assert len(colors) > 20
    elif suffix == ".svg":
        assert b"Box 1" in content
        assert content.count(b"<image") == 3
    else:
        assert content.startswith(b"%PDF")


def test_one_image_is_saved_by_itself(
    shown: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "one.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    shown.images.tiles["B"].canvas.focused.emit()
    shown.actions_["save_tile"].trigger()
    content = path.read_text()
    assert content.count("<image") == 1
    assert shown.images.tiles["B"].texts[0].split()[0] == "B"
    # Pixels beside the image are cut off, and not drawn over its title.
    assert "clip-path" in content


def test_pixels_stay_sharp_blocks_in_saved_pictures(shown: MainWindow) -> None:
    part = shown.image_commands.parts()[0]
    (piece,) = part.content._pieces
    assert piece is not None
    assert part.sight.scale > 4
    assert piece.picture.width() >= 2 * part.sight.scale * (piece.wide - 1)


def test_a_picture_that_cannot_be_written_is_said(shown: MainWindow, tmp_path: Path) -> None:
    shown.image_commands.write(shown.image_commands.parts(), tmp_path / "none" / "view.png")
    assert shown.message.isVisible()
    parts = shown.image_commands.parts()
    with pytest.raises(InvalidInput, match="cannot write pictures as"):
        save(parts, LIGHT, shown.font(), tmp_path / "view.bmp")
    assert [path.name for path in tmp_path.iterdir()] == ["configuration"]


def test_the_view_goes_to_the_clipboard(shown: MainWindow) -> None:
    shown.actions_["copy_view"].trigger()
    assert not QGuiApplication.clipboard().image().isNull()
