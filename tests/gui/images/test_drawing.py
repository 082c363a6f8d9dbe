"""Regions and the profile line: drawn, moved, named and taken back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from braggscope.api import Ellipse, ImageRegion, Rectangle, Shell
from braggscope.gui.window import MainWindow
from tests.gui.images.pointer import drag, place

pytestmark = [pytest.mark.gui, pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)]


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
