"""What can be done with a plot: look closer, read, copy, save."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from braggscope.ui.theme import DARK, LIGHT, palette_of
from braggscope_plots.plot_dock import FigureDock, PlotDock
from tests.plugins.braggscope_plots.plots_context import CURVES, FakeContext, settle

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


@pytest.mark.parametrize("name", sorted(CURVES))
def test_the_pointer_reads_out_and_keys_pan_zoom_and_reset(
    name: str, show: Callable[[str], Any], qtbot: QtBot
) -> None:
    dock: FigureDock = show(name)
    canvas, view = dock.canvas, dock.canvas.plots[0].vb
    summary = dock.status.text()
    qtbot.waitUntil(lambda: view.sceneBoundingRect().width() > 50)
    canvas.scene().sigMouseMoved.emit(view.sceneBoundingRect().center())
    assert dock.status.text() != summary
    assert "A " in dock.status.text() or "share" in dock.status.text()
    canvas.point_at(None)
    assert dock.status.text() == summary
    full = view.viewRange()
    for key in (Qt.Key.Key_Plus, Qt.Key.Key_Right, Qt.Key.Key_Up):
        before = view.viewRange()
        qtbot.keyClick(canvas, key)
        assert view.viewRange() != before
    assert canvas.was_zoomed
    zoomed = view.viewRange()
    dock.outdate()
    settle(qtbot, dock)
    assert view.viewRange() == zoomed
    qtbot.keyClick(canvas, Qt.Key.Key_Home)
    assert np.allclose(view.viewRange(), full)
    if dock.bar.log_y_box is not None:
        dock.bar.log_y_box.toggle()
        settle(qtbot, dock)
        assert not np.allclose(view.viewRange()[1], full[1])


def ink_apart(path: Path, canvas: QWidget) -> float:
    """Share of 4 × 4 blocks with ink in a drawing or on screen that have none near in the other."""
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    drawn = QImage(canvas.size(), QImage.Format.Format_Grayscale8)
    painter = QPainter(drawn)
    renderer.render(painter)
    painter.end()
    shown = canvas.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    blocks = []
    for image in (drawn, shown):
        lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        gray = lines[: image.height() // 4 * 4, : image.width() // 4 * 4].astype(int)
        ink = np.abs(gray - gray[0, 0]) > 60
        blocks.append(ink.reshape(len(ink) // 4, 4, -1, 4).any(axis=(1, 3)))
    near = []
    for block in blocks:
        wide = np.pad(block, 1)
        shifts = [wide[i : i + len(block), j : j + block.shape[1]] for i, j in np.ndindex(3, 3)]
        near.append(np.any(shifts, axis=0))
    apart = (blocks[0] & ~near[1]) | (blocks[1] & ~near[0])
    return float(apart.sum() / (blocks[0] | blocks[1]).sum())


@pytest.mark.parametrize("name", [*sorted(CURVES), "scatter"])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_plot_is_saved_as_picture_drawing_and_numbers(
    name: str, theme: Any, show: Callable[[str], Any], tmp_path: Path
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    old = application.palette()
    application.setPalette(palette_of(theme))
    try:
        dock: PlotDock = show(name)
        for kind in ("png", "svg", "csv"):
            path = tmp_path / f"plot.{kind}"
            dock.ask_path = lambda parent, title, wanted, path=path: path
            dock.save(kind)
            assert "Saved" in dock.status.text()
    finally:
        application.setPalette(old)
    png = QImage(str(tmp_path / "plot.png"))
    assert png.width() >= dock.canvas.width()
    assert png.pixelColor(1, 1) == QColor(theme.base)
    assert len({png.pixel(x, y) for x in range(0, png.width(), 3) for y in range(0, 99, 3)}) > 3
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    assert root.tag.endswith("svg")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}path"))) > 3
    assert ink_apart(tmp_path / "plot.svg", dock.canvas) < 0.02
    lines = (tmp_path / "plot.csv").read_text().splitlines()
    assert len(lines) == 1 + len(dock.columns()[0].values) > 2
    assert "photons" in lines[0] or "B-A" in lines[0]


def test_what_cannot_be_saved_is_said(show: Callable[[str], Any], tmp_path: Path) -> None:
    dock: PlotDock = show("histogram")
    dock.ask_path = lambda *_: tmp_path / "missing" / "plot.png"
    dock.save("png")
    assert dock.status.text().startswith("✗ Cannot write")
    dock.ask_path = lambda *_: None
    dock.save("csv")
    assert dock.status.text().startswith("✗")


@pytest.mark.parametrize("name", [*sorted(CURVES), "scatter"])
def test_the_numbers_are_copied_as_a_table(
    name: str, show: Callable[[str], Any], qtbot: QtBot
) -> None:
    dock: PlotDock = show(name)
    dock.bar.copy_button.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len({line.count("\t") for line in lines}) == 1
    assert len(lines) == 1 + len(dock.columns()[0].values)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(dock.canvas, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines() == lines


def test_colours_follow_the_theme(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    old = application.palette()
    dock: FigureDock = show("profile")
    try:
        application.setPalette(palette_of(DARK))
        context.theme_changed.emit()
        items = dock.canvas._items[0]
        assert dock.canvas.backgroundBrush().color() == QColor(DARK.base)
        assert items[0].opts["pen"].color() == QColor(DARK.side_a)
        styles = {item.opts["pen"].style() for item in items}
        assert len(styles) == 2
    finally:
        application.setPalette(old)
        context.theme_changed.emit()


def test_panels_stand_below_each_other_in_a_high_dock(
    show: Callable[[str], Any], qtbot: QtBot
) -> None:
    dock: FigureDock = show("radial")
    first, second = dock.canvas.plots
    qtbot.waitUntil(lambda: second.pos().x() > first.pos().x())
    dock.window().resize(330, 700)
    qtbot.waitUntil(lambda: second.pos().y() > first.pos().y())
    assert second.pos().x() == first.pos().x()
    assert first.vb.viewRange()[0] == second.vb.viewRange()[0]
