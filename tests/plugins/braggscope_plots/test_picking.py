"""A against B and the Bragg peaks lead back to the images."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from braggscope.api import DetectorImage, Pixel, Provenance
from braggscope_plots.peaks_dock import PeaksDock
from braggscope_plots.peaks_table import TITLES
from braggscope_plots.scatter import Cells
from braggscope_plots.scatter_dock import ScatterDock
from tests.plugins.braggscope_plots.plots_context import SHAPE, FakeContext, picture, settle

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]


def pick(qtbot: QtBot, dock: ScatterDock, cells: Cells | None) -> None:
    dock.select(cells)
    qtbot.waitUntil(lambda: not dock.is_picking)


def test_a_click_on_a_bin_selects_its_pixels(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock: ScatterDock = show("scatter")
    scatter_map = dock.canvas.map
    brightest = int(np.argmax(picture().data))
    top = len(scatter_map.edges) - 2
    x = np.log10(picture().data.max()) - 1e-9
    qtbot.waitUntil(lambda: dock.canvas.view.sceneBoundingRect().width() > 50)
    at = dock.canvas.mapFromScene(
        dock.canvas.view.mapViewToScene(QPointF(x, np.log10(picture(1.1).data.max()) - 1e-9))
    )
    assert scatter_map.count_in(dock.canvas.cells_at(x, np.log10(picture(1.1).data.max())))
    qtbot.mouseClick(dock.canvas.viewport(), Qt.MouseButton.LeftButton, pos=at + QPoint(-1, 0))
    qtbot.waitUntil(lambda: context.picked is not None)
    assert brightest in context.picked.tolist()
    assert "selected" in dock.status.text()
    assert dock.clear_button.isEnabled()
    dock.clear_button.click()
    assert context.picked is None
    assert not dock.clear_button.isEnabled()
    pick(qtbot, dock, Cells(-1, -1, -1, -1))
    assert context.picked.tolist() == [30 * SHAPE[1] + f for f in range(20, 24)]
    pick(qtbot, dock, Cells(-1, top, -1, top))
    assert len(context.picked) == SHAPE[0] * SHAPE[1]
    # A bin without pixels selects nothing.
    pick(qtbot, dock, Cells(0, 0, top, top))
    assert context.picked is None


def drag(
    qtbot: QtBot, dock: ScatterDock, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """From one corner of the map to the other."""
    view, port = dock.canvas.view, dock.canvas.viewport()
    qtbot.waitUntil(lambda: view.sceneBoundingRect().width() > 50)
    low, high = dock.canvas.map.range
    start, end = (
        dock.canvas.mapFromScene(view.mapViewToScene(QPointF(x, x)))
        for x in (low + 0.01, high - 0.01)
    )
    none, left, kinds = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, QEvent.Type
    steps = [(kinds.MouseButtonPress, 0.0, left, left)]
    steps += [(kinds.MouseMove, share, none, left) for share in (0.3, 0.6, 1.0)]
    steps += [(kinds.MouseButtonRelease, 1.0, left, none)]
    for kind, share, button, buttons in steps:
        at = QPointF(start + (end - start) * share)
        place = QPointF(port.mapToGlobal(at.toPoint()))
        # QTest's own moves have no modifiers.
        QApplication.sendEvent(port, QMouseEvent(kind, at, place, button, buttons, modifier))


def test_dragging_with_shift_selects_several_bins(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock: ScatterDock = show("scatter")
    before = dock.canvas.view.viewRange()
    drag(qtbot, dock, Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: context.picked is not None)
    assert len(context.picked) > 2000
    assert dock.canvas.view.viewRange() == before
    # Someone else's selection is not framed here.
    context.set_selection(np.array([1, 2]))
    assert "selected" not in dock.status.text()
    assert dock.clear_button.isEnabled()


def test_dragging_selects_while_pick_is_pressed(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock: ScatterDock = show("scatter")
    dock.pick_button.click()
    drag(qtbot, dock)
    qtbot.waitUntil(lambda: context.picked is not None)
    assert len(context.picked) > 2000


def test_dragging_pans(show: Callable[[str], Any], context: FakeContext, qtbot: QtBot) -> None:
    dock: ScatterDock = show("scatter")
    before = dock.canvas.view.viewRange()
    drag(qtbot, dock)
    assert dock.canvas.view.viewRange() != before
    assert dock.canvas.was_zoomed
    assert context.picked is None


def test_the_scatter_survives_images_without_a_number(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock: ScatterDock = show("scatter")
    for value in (np.nan, 0.0, -2.0, 5.0):
        flat = DetectorImage(np.full(SHAPE, value), None, Provenance(None))
        context.show_images(A=flat, B=flat)
        settle(qtbot, dock)
        assert dock.is_content_shown
        for box in (dock.bar.log_x_box, dock.log_box):
            box.toggle()
            settle(qtbot, dock)
        dock.canvas.grab()


def test_peaks_are_sorted_copied_and_gone_to(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot, qtmodeltester: Any
) -> None:
    dock: PeaksDock = show("peaks")
    model = dock.model
    assert model.rowCount() == 4
    assert model.pixel(0) == Pixel(44, 40)
    dock.table.sortByColumn(TITLES.index("A"), Qt.SortOrder.AscendingOrder)
    assert model.pixel(0) == Pixel(12, 14)
    rect = dock.table.visualRect(model.index(2, 0))
    qtbot.mouseClick(dock.table.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert context.cursor == model.pixel(2) == Pixel(45, 10)
    qtbot.keyClick(dock.table, Qt.Key.Key_Down)
    assert context.cursor == model.pixel(3)
    dock.table.sortByColumn(TITLES.index("slow"), Qt.SortOrder.DescendingOrder)
    # The chosen reflection stays chosen wherever it goes.
    assert model.pixel(dock.table.currentIndex().row()) == Pixel(44, 40)
    dock.copy_all()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:4] == ["h", "k", "l", "d (Å)"]
    assert [line.split("\t")[8] for line in lines[1:]] == ["45", "44", "12", "12"]
    assert float(lines[1].split("\t")[6]) == pytest.approx(1.1)
    dock.copy_rows()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 2
    qtmodeltester.check(model)


def test_the_list_of_peaks_is_saved(show: Callable[[str], Any], tmp_path: Path) -> None:
    dock: PeaksDock = show("peaks")
    dock.ask_path = lambda *_: tmp_path / "peaks.csv"
    dock.save()
    assert len((tmp_path / "peaks.csv").read_text().splitlines()) == 5


@pytest.mark.parametrize("name", ["radial", "peaks"])
def test_images_without_geometry_say_what_is_missing(
    name: str, show: Callable[[str], Any], context: FakeContext
) -> None:
    plain = {
        side: DetectorImage(image.data, None, Provenance(None))
        for side, image in context.pictures.items()
    }
    context.pictures = plain
    dock = show(name)
    assert not dock.is_content_shown
    assert "No geometry is known" in dock.message.text()
