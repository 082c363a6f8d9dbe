"""The docks of the plots as widgets."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QMouseEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from braggscope.api import DetectorImage, ImageRegion, Pixel, Provenance, Rectangle, Run
from braggscope.experiment import Experiment
from braggscope.ui import ViewContext
from braggscope.ui.theme import DARK, LIGHT, palette_of
from braggscope_plots import docks
from braggscope_plots.dock import Dock
from braggscope_plots.peaks_dock import PeaksDock
from braggscope_plots.peaks_table import TITLES
from braggscope_plots.plot_dock import FigureDock, PlotDock
from braggscope_plots.plots import COLUMN, LINE, ROW
from braggscope_plots.scatter import Cells
from braggscope_plots.scatter_dock import ScatterDock
from braggscope_plots.work import Channel

pytestmark = [
    pytest.mark.gui,
    # Qt says so of every top-level window on the platform "offscreen".
    pytest.mark.qt_log_ignore("propagateSizeHints", extend=True),
]

SHAPE = (60, 50)
FLAGS = (
    "-cell 40 50 60 90 90 90 -misset 10 20 30 -default_F 100 -N 5 -lambda 1 -distance 40"
    " -pixel 0.5 -detpixels_x 50 -detpixels_y 60"
)
CURVES = {
    "histogram": docks.histogram,
    "profile": docks.profile,
    "radial": docks.radial,
    "relative": docks.relative,
}
ALL: dict[str, Callable[[ViewContext], Any]] = {
    **CURVES,
    "scatter": docks.scatter,
    "peaks": docks.peaks,
}


class FakeContext(ViewContext):
    """A window with images to set and requests to read."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: dict[str, DetectorImage] = {}
        self.pixel: Pixel | None = None
        self.drawn: tuple[ImageRegion, ...] = ()
        self.ends: Any = None
        self.picked: NDArray[np.int64] | None = None

    @property
    def cursor(self) -> Pixel | None:
        return self.pixel

    def set_cursor(self, pixel: Pixel) -> None:
        self.pixel = pixel
        self.cursor_moved.emit(pixel)

    def image(self, side: str) -> DetectorImage | None:
        return self.pictures.get(side)

    def label(self, side: str) -> str:
        return f"engine {side}"

    @property
    def regions(self) -> tuple[ImageRegion, ...]:
        return self.drawn

    @property
    def line(self) -> Any:
        return self.ends

    @property
    def selection(self) -> NDArray[np.int64] | None:
        return self.picked

    def set_selection(self, selection: NDArray[np.int64] | None) -> None:
        self.picked = selection
        self.selection_changed.emit()

    def show_images(self, **images: DetectorImage) -> None:
        self.pictures = images
        self.images_changed.emit()


def picture(factor: float = 1.0) -> DetectorImage:
    """Spots over a slope, and a few zeros."""
    data = np.full(SHAPE, 3.0) + np.linspace(0.0, 1.0, SHAPE[1])
    for number, (slow, fast) in enumerate([(12, 14), (12, 36), (45, 10), (44, 40)], start=1):
        data[slow - 1 : slow + 2, fast - 1 : fast + 2] += 50.0 * number
        data[slow, fast] += 1000.0 * number
    data[30, 20:24] = 0.0
    run = Run(experiment=Experiment.from_nanobragg(FLAGS.split()), engine="x")
    return DetectorImage(data * factor, None, Provenance(run))


@pytest.fixture
def context() -> FakeContext:
    made = FakeContext()
    made.pictures = {"A": picture(), "B": picture(1.1)}
    made.pixel = Pixel(12, 14)
    return made


@pytest.fixture
def show(qtbot: QtBot, context: FakeContext) -> Iterator[Callable[[str], Any]]:
    shown: list[Dock] = []

    def make(name: str) -> Any:
        dock = ALL[name](context).widget()
        assert isinstance(dock, Dock)
        qtbot.addWidget(dock)
        dock.resize(720, 220)
        dock.show()
        shown.append(dock)
        settle(qtbot, dock)
        return dock

    yield make
    for dock in shown:
        dock.hide()
        qtbot.waitUntil(lambda d=dock: not d.is_busy)


def settle(qtbot: QtBot, dock: Dock) -> None:
    qtbot.waitUntil(lambda: dock._built and not dock.is_busy)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_dock_does_nothing_before_it_is_seen(
    name: str, qtbot: QtBot, context: FakeContext
) -> None:
    dock = ALL[name](context).widget()
    qtbot.addWidget(dock)
    context.images_changed.emit()
    context.set_cursor(Pixel(1, 1))
    context.regions_changed.emit()
    context.line_changed.emit()
    context.selection_changed.emit()
    context.theme_changed.emit()
    QApplication.processEvents()
    assert dock.findChildren(QPushButton) == []
    assert (dock.refreshes, dock.is_busy) == (0, False)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_dock_without_images_says_what_to_do(
    name: str, show: Callable[[str], Any], context: FakeContext
) -> None:
    context.pictures = {}
    dock = show(name)
    assert not dock.is_content_shown
    assert "F5" in dock.message.text()
    assert not dock.bar.copy_button.isEnabled() if hasattr(dock, "bar") else True


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_dock_shows_the_pair_and_follows_it_only_while_it_is_seen(
    name: str, show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock = show(name)
    assert dock.is_content_shown
    assert dock.status.text()
    context.show_images(A=picture(), B=picture(2.0))
    settle(qtbot, dock)
    assert dock.refreshes == 2
    dock.hide()
    context.show_images(A=picture(3.0), B=picture(2.0))
    QApplication.processEvents()
    assert (dock.refreshes, dock.is_busy) == (2, False)
    dock.show()
    settle(qtbot, dock)
    assert dock.refreshes == 3
    context.show_images()
    settle(qtbot, dock)
    assert not dock.is_content_shown


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_control_is_named_and_reached_by_keyboard(
    name: str, show: Callable[[str], Any]
) -> None:
    dock = show(name)
    controls = [w for kind in (QPushButton, QComboBox) for w in dock.findChildren(kind)]
    assert controls
    for control in controls:
        assert control.accessibleName() or control.text()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert dock.content.accessibleName()
    assert dock.content.focusPolicy() & Qt.FocusPolicy.TabFocus
    # The narrowest dock of the window on a 1366-pixel screen is 324 wide.
    assert dock.minimumSizeHint().width() <= 324


def test_old_content_stays_until_the_new_is_there_and_the_last_request_wins(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock: FigureDock = show("histogram")
    old = dock.canvas.figure
    gate, asked = threading.Event(), []
    work = dock.work

    def held(state: Any) -> Any:
        asked.append(state.images["B"])
        made = work(state)

        def run(check: Any) -> Any:
            assert gate.wait(10)
            check()
            return made(check)

        return run

    monkeypatch.setattr(dock, "work", held)
    for factor in (2.0, 3.0, 4.0):
        context.show_images(A=picture(), B=picture(factor))
        qtbot.waitUntil(lambda: len(asked) > 0 and asked[-1] is context.pictures["B"])
    assert dock.is_content_shown
    assert dock.canvas.figure is old
    shown: list[Any] = []
    real = dock.show_result
    monkeypatch.setattr(dock, "show_result", lambda result: (shown.append(result), real(result)))
    gate.set()
    settle(qtbot, dock)
    assert len(shown) == 1
    assert float(shown[0].columns[1].values[-1]) == pytest.approx(
        context.pictures["B"].data.max(), rel=1e-3
    )


def test_work_waits_for_its_turn_and_comes_in_order(qtbot: QtBot) -> None:
    channel, gate, got = Channel(), threading.Event(), []
    channel.done.connect(lambda ticket, result, error: got.append((ticket, result, error)))

    def first(check: Any) -> str:
        gate.wait(10)
        return "first"

    assert channel.submit(first) == 1
    channel.submit(lambda check: "second", stop=False)
    channel.submit(lambda check: "third", stop=False)
    gate.set()
    qtbot.waitUntil(lambda: not channel.is_busy)
    assert got == [(1, "first", None), (3, "third", None)]

    def broken(check: Any) -> None:
        raise ValueError("no")

    channel.submit(broken)
    qtbot.waitUntil(lambda: not channel.is_busy)
    assert isinstance(got[-1][2], ValueError)


def test_the_profile_follows_the_cursor_and_takes_the_first_line(
    show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock: FigureDock = show("profile")
    assert dock.bar.options.kind == ROW
    context.set_cursor(Pixel(44, 3))
    settle(qtbot, dock)
    assert np.array_equal(dock.canvas.figure.panels[0].curves[0].y, picture().data[44])
    dock.bar.choose_kind(COLUMN)
    settle(qtbot, dock)
    assert np.array_equal(dock.canvas.figure.panels[0].curves[0].y, picture().data[:, 3])
    context.ends = ((10.5, 10.5), (20.5, 10.5))
    context.line_changed.emit()
    settle(qtbot, dock)
    assert dock.bar.options.kind == LINE
    assert np.array_equal(dock.canvas.figure.panels[0].curves[0].y, picture().data[10:21, 10])
    done = dock.refreshes
    context.set_cursor(Pixel(1, 1))
    settle(qtbot, dock)
    assert dock.refreshes == done
    context.ends = None
    context.line_changed.emit()
    settle(qtbot, dock)
    assert "Draw one" in dock.message.text()


@pytest.mark.parametrize("name", ["histogram", "radial", "relative", "scatter", "peaks"])
def test_a_region_can_be_chosen_and_falls_back_when_it_is_gone(
    name: str, show: Callable[[str], Any], context: FakeContext, qtbot: QtBot
) -> None:
    dock = show(name)
    box = dock.region_box if name == "peaks" else dock.bar.region_box
    assert not box.isEnabled()
    whole = dock.status.text()
    shape = Rectangle(slow=0, fast=0, height=25, width=25)
    context.drawn = (ImageRegion(name="corner", shape=shape),)
    context.regions_changed.emit()
    assert box.isEnabled()
    box.setCurrentIndex(box.findData("corner"))
    settle(qtbot, dock)
    assert dock.status.text() != whole
    context.drawn = ()
    context.regions_changed.emit()
    settle(qtbot, dock)
    assert dock.status.text() == whole


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
    assert QSvgRenderer(str(tmp_path / "plot.svg")).isValid()
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
    dock.resize(330, 700)
    qtbot.waitUntil(lambda: second.pos().y() > first.pos().y())
    assert second.pos().x() == first.pos().x()
    assert first.vb.viewRange()[0] == second.vb.viewRange()[0]


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


def test_a_dock_is_a_widget_that_shows_nothing_costly_at_first(context: FakeContext) -> None:
    for make in ALL.values():
        widget = make(context).widget()
        assert isinstance(widget, QWidget)
        assert widget.layout().count() == 0
