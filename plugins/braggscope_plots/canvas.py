"""Draws figures: curves over axes, a legend, a line at the pointer; pan and zoom."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QWidget

from braggscope.ui.theme import Theme, current_theme
from braggscope_plots.axes import PlotAxis
from braggscope_plots.figure import Curve, Figure, Panel
from braggscope_plots.figures import finite_range
from braggscope_plots.pens import legend_text, pen_of
from braggscope_plots.pixels import Floats
from braggscope_plots.title import give_title

#: Panels stand side by side where there is at least this much width for a height.
_WIDE: Final = 2.0
_PAN: Final = 0.1
_ZOOM: Final = 0.8
_PADDING: Final = 0.03
AXIS_HEIGHT: Final = 36
#: The same for all panels: below each other they show the same x at the same place.
_AXIS_WIDTH: Final = 58


class Canvas(pg.GraphicsLayoutWidget):
    """What all plots do: keys, theme, pointer.

    Signals:
        pointed: the coordinates (x, y) under the pointer, or None when it has left.
        copy_wanted: Ctrl+C was pressed.
    """

    pointed = Signal(object)
    copy_wanted = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.ci.layout.setContentsMargins(2, 4, 6, 2)
        self.ci.layout.setSpacing(6)
        self.plots: list[pg.PlotItem] = []
        self.was_zoomed = False
        self.theme = current_theme()
        self.scene().sigMouseMoved.connect(self._moved)

    def fit(self) -> None:
        """Show everything."""
        self.was_zoomed = False
        self.set_ranges()

    def set_ranges(self) -> None:
        """Set the view to all there is."""
        raise NotImplementedError

    def apply_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        self.theme = theme
        self.setBackground(theme.base)
        for plot in self.plots:
            self.paint_axes(plot)

    def paint_axes(self, plot: pg.PlotItem) -> None:
        """Give the axes of a plot the theme's colours."""
        for side in ("left", "bottom", "right"):
            axis = plot.getAxis(side)
            axis.setPen(pg.mkPen(self.theme.muted))
            axis.setTextPen(pg.mkPen(self.theme.text))

    def add_plot(self, row: int, column: int, view: pg.ViewBox | None = None) -> pg.PlotItem:
        """Make a plot with axes of ours and nothing of pyqtgraph's menus."""
        axes = {side: PlotAxis(side) for side in ("left", "bottom")}
        plot = self.addPlot(row=row, col=column, axisItems=axes, viewBox=view, enableMenu=False)
        plot.hideButtons()
        give_title(plot)
        plot.showGrid(x=True, y=True, alpha=0.12)
        plot.vb.disableAutoRange()
        plot.vb.setMouseEnabled(True, True)
        plot.getAxis("bottom").setHeight(AXIS_HEIGHT)
        plot.getAxis("left").setWidth(_AXIS_WIDTH)
        plot.getAxis("bottom").setStyle(tickTextOffset=1, hideOverlappingLabels=True)
        plot.vb.sigRangeChangedManually.connect(self._zoomed)
        self.plots.append(plot)
        return plot

    def set_title(self, plot: pg.PlotItem, full: Sequence[str], short: Sequence[str] = ()) -> None:
        """Write rich texts side by side above a plot; the short ones where there is no room."""
        plot.titleLabel.set_parts(full, short or full, self.theme.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, + and − zoom, Home shows everything, Ctrl+C copies the numbers."""
        steps = {
            Qt.Key.Key_Left: (-_PAN, 0.0),
            Qt.Key.Key_Right: (_PAN, 0.0),
            Qt.Key.Key_Up: (0.0, _PAN),
            Qt.Key.Key_Down: (0.0, -_PAN),
        }
        zooms = {
            Qt.Key.Key_Plus: _ZOOM,
            Qt.Key.Key_Equal: _ZOOM,
            Qt.Key.Key_Minus: 1 / _ZOOM,
        }
        key = Qt.Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif key in steps:
            self._pan(*steps[key])
        elif key in zooms:
            self._zoom(zooms[key])
        elif key == Qt.Key.Key_Home:
            self.fit()
        else:
            event.ignore()
            return
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self.point_at(None)

    def point_at(self, place: tuple[float, float] | None) -> None:
        """Mark what is pointed at, and tell."""
        self.pointed.emit(place)

    def _pan(self, x: float, y: float) -> None:
        self.was_zoomed = True
        for number, plot in enumerate(self.plots):
            (left, right), (low, high) = plot.vb.viewRange()
            # The x axis is shared: it moves once.
            along = x * (right - left) if number == 0 else 0.0
            plot.vb.translateBy(x=along, y=y * (high - low))

    def _zoom(self, factor: float) -> None:
        self.was_zoomed = True
        for number, plot in enumerate(self.plots):
            plot.vb.scaleBy((factor if number == 0 else 1.0, factor))

    @Slot(object)
    def _zoomed(self, *_: Any) -> None:
        self.was_zoomed = True

    @Slot(object)
    def _moved(self, at: QPointF) -> None:
        for plot in self.plots:
            if plot.vb.sceneBoundingRect().contains(at):
                place = plot.vb.mapSceneToView(at)
                self.point_at((place.x(), place.y()))
                return
        self.point_at(None)


class FigureCanvas(Canvas):
    """Draws one `Figure`; its panels share the x axis.

    Attributes:
        figure: what is drawn.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.figure: Figure | None = None
        self._lines: list[pg.InfiniteLine] = []
        self._items: list[list[pg.PlotDataItem]] = []
        self._ranges: list[tuple[float, float] | None] = []
        self._is_wide = True

    def show_figure(self, figure: Figure) -> None:
        """Draw another figure; the view stays where the user put it, if the axes are the same."""
        axes = [(panel.x, panel.y) for panel in figure.panels]
        old = [] if self.figure is None else [(p.x, p.y) for p in self.figure.panels]
        if len(old) != len(axes):
            self._make_plots(len(axes))
        self.figure = figure
        if axes != old:
            # An axis that is told anything draws all of itself anew.
            for panel, plot in zip(figure.panels, self.plots, strict=True):
                self._label(panel, plot)
        self._draw()
        if axes != old or not self.was_zoomed:
            self.fit()

    def set_ranges(self) -> None:
        """Show all of every curve."""
        if self.figure is None:
            return
        for panel, plot, y in zip(self.figure.panels, self.plots, self._ranges, strict=True):
            drawn = [curve for curve in panel.curves if curve.drawn]
            x = finite_range([_x_places(panel, curve) for curve in drawn])
            if x is not None:
                plot.vb.setXRange(*_room(*x), padding=0.0)
            if y is not None:
                plot.vb.setYRange(*_room(*y), padding=_PADDING)

    def apply_theme(self, theme: Theme) -> None:
        """Draw in other colours."""
        super().apply_theme(theme)
        if self.figure is not None:
            self._draw()
        for line in self._lines:
            line.setPen(pg.mkPen(theme.muted, style=Qt.PenStyle.DashLine))

    def point_at(self, place: tuple[float, float] | None) -> None:
        """Move the lines to an x."""
        for line in self._lines:
            line.setVisible(place is not None)
            if place is not None:
                line.setValue(place[0])
        super().point_at(place)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Panels side by side where the dock is wide, else one below the other."""
        super().resizeEvent(event)
        if event is None:
            # From the constructor of pyqtgraph's class.
            return
        wide = self.width() >= _WIDE * self.height()
        if wide != self._is_wide:
            self._is_wide = wide
            self._share_width()
            if len(self.plots) > 1:
                for plot in self.plots:
                    self.ci.removeItem(plot)
                for number, plot in enumerate(self.plots):
                    self.ci.addItem(plot, *self._cell(number))

    def _share_width(self) -> None:
        for column in range(2):
            used = not column or (self._is_wide and len(self.plots) > 1)
            self.ci.layout.setColumnStretchFactor(column, int(used))

    def _cell(self, number: int) -> tuple[int, int]:
        return (0, number) if self._is_wide else (number, 0)

    def _make_plots(self, count: int) -> None:
        self.clear()
        self.figure = None
        self.plots, self._lines, self._items = [], [], []
        for number in range(count):
            plot = self.add_plot(*self._cell(number))
            if number:
                plot.vb.setXLink(self.plots[0].vb)
            line = pg.InfiniteLine(angle=90)
            line.setVisible(False)
            plot.addItem(line, ignoreBounds=True)
            self._lines.append(line)
            self._items.append([])
        self._share_width()
        self.apply_theme(self.theme)

    def _label(self, panel: Panel, plot: pg.PlotItem) -> None:
        for side, text in (("bottom", panel.x), ("left", panel.y)):
            plot.getAxis(side).set_scale(text.scale)
        plot.getAxis("bottom").setLabel(panel.x.label)

    def _draw(self) -> None:
        figure = self.figure
        assert figure is not None
        self._ranges = []
        for number, (panel, plot) in enumerate(zip(figure.panels, self.plots, strict=True)):
            drawn = [curve for curve in panel.curves if curve.drawn]
            placed = [panel.y.placed(curve.y) for curve in drawn]
            y = finite_range(placed)
            if y is not None and panel.y.scale == "log" and drawn[0].is_stepped:
                # A single pixel in a bin is seen above the axis.
                y = (y[0] - 0.3, y[1])
            self._ranges.append(y)
            floor = y[0] - 2 * _PADDING * (y[1] - y[0]) if y is not None else 0.0
            self._draw_curves(number, plot, panel, drawn, placed, floor)

    def _draw_curves(
        self,
        number: int,
        plot: pg.PlotItem,
        panel: Panel,
        drawn: list[Curve],
        placed: list[Floats],
        floor: float,
    ) -> None:
        items = self._items[number]
        while len(items) > len(drawn):
            plot.removeItem(items.pop())
        while len(items) < len(drawn):
            item = pg.PlotCurveItem(connect="finite", skipFiniteCheck=False)
            plot.addItem(item)
            items.append(item)
        names, initials = (
            [legend_text(curve.role, text(curve), self.theme) for curve in drawn]
            for text in (lambda curve: curve.name, lambda curve: curve.short_name)
        )
        # What the axis measures stands above it: along a low plot there is no room for it.
        label = escape(panel.y.label)
        self.set_title(plot, [label, *names], [label, *initials])
        for item, curve, y in zip(items, drawn, placed, strict=True):
            x = _x_places(panel, curve)
            if curve.is_stepped:
                # Bins without a pixel fall below the axis: gaps would hide how narrow they are.
                y = np.where((curve.y == 0.0) & np.isnan(y), floor, y)
                x, y = np.repeat(x, 2)[1:-1], np.repeat(y, 2)
            item.setData(x, y, connect="finite")
            item.setPen(pen_of(curve.role, self.theme))


def _x_places(panel: Panel, curve: Curve) -> Floats:
    return panel.x.placed(curve.x)


def _room(low: float, high: float) -> tuple[float, float]:
    """A range that is not empty."""
    if high > low:
        return low, high
    wide = max(abs(low) * 0.05, 0.05 if low else 0.5)
    return low - wide, high + wide
