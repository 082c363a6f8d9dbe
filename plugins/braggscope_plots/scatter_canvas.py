"""Draws A against B as a map of counts with the identity line, and lets bins be picked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtWidgets import QGraphicsRectItem, QWidget

from braggscope.ui.theme import Theme
from braggscope_plots.axes import PlotAxis
from braggscope_plots.canvas import AXIS_HEIGHT, Canvas
from braggscope_plots.scatter import Cells
from braggscope_plots.scatter_map import ScatterMap, pooled_rows
from braggscope_plots.title import give_title

_PADDING: Final = 0.02


class PickingViewBox(pg.ViewBox):
    """A view in which a click, and a drag with Shift or while `picks`, names a rectangle.

    Signals:
        dragged, picked: (x from, x to, y from, y to) on the way, and at the end.
    """

    dragged = Signal(object)
    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.picks = self._picking = False

    def mouseClickEvent(self, event: Any) -> None:
        """Pick a place."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseClickEvent(event)
            return
        event.accept()
        at = self.mapSceneToView(event.scenePos())
        self.picked.emit((at.x(), at.x(), at.y(), at.y()))

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:
        """Pick a rectangle, or pan."""
        if event.isStart():
            # What a drag does is settled when it begins, whenever Shift is let go.
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._picking = event.button() == Qt.MouseButton.LeftButton and (self.picks or shift)
        if not self._picking:
            super().mouseDragEvent(event, axis)
            return
        event.accept()
        start = self.mapSceneToView(event.buttonDownScenePos())
        end = self.mapSceneToView(event.scenePos())
        signal = self.picked if event.isFinish() else self.dragged
        signal.emit((start.x(), end.x(), start.y(), end.y()))


class ScatterCanvas(Canvas):
    """A map of counts.

    Attributes:
        map: what is drawn.

    Signals:
        cells_picked: bins to select, or None for none.
    """

    cells_picked = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.map: ScatterMap | None = None
        self.log_counts = True
        self.view = PickingViewBox()
        self.plot = self.add_plot(0, 0, self.view)
        self._images = [pg.ImageItem(axisOrder="row-major") for _ in range(4)]
        for image in self._images:
            self.plot.addItem(image)
        self.identity = pg.PlotCurveItem()
        # Below the counts: it must not hide those that lie on it.
        self.identity.setZValue(-1)
        self.plot.addItem(self.identity)
        self._mark = QGraphicsRectItem()
        self._mark.setZValue(20)
        self._mark.hide()
        self.plot.addItem(self._mark, ignoreBounds=True)
        self._pooled = 1
        self._make_bar()
        self.view.sigRangeChanged.connect(self._pool)
        self.view.sigResized.connect(self._pool)
        self.view.dragged.connect(self._show_drag)
        self.view.picked.connect(self._pick)
        self.apply_theme(self.theme)

    def show_map(self, new: ScatterMap) -> None:
        """Draw another map; the view stays where the user put it, if the axis is of one kind."""
        other_axis = self.map is None or self.map.text != new.text
        self.map = new
        self.mark(None)
        self.plot.getAxis("bottom").setLabel(f"A ({new.text.unit})")
        for side in ("bottom", "left"):
            axis = self.plot.getAxis(side)
            axis.set_scale(new.text.scale)
            band = new.band
            axis.extra = () if band is None else ((sum(band) / 2, "≤ 0"),)
            axis.first = float(new.edges[0]) if band is not None else None
        self.draw()
        if other_axis or not self.was_zoomed:
            self.fit()

    def draw(self) -> None:
        """Draw the counts in the colours chosen."""
        if self.map is None:
            return
        counts, edges, band = self.map.found.counts, self.map.edges, self.map.band
        most = max(int(counts.max()), 1)
        self._draw_bar(most)
        low, high = float(edges[0]), float(edges[-1])
        inner = (low, high)
        parts = [(counts[1:, 1:], inner, inner)]
        if band is not None:
            parts += [
                (counts[1:, :1], band, inner),
                (counts[:1, 1:], inner, band),
                (counts[:1, :1], band, band),
            ]
        for image in self._images:
            image.setVisible(False)
        for image, (part, x, y) in zip(self._images, parts, strict=False):
            if not part.size:
                continue
            up = 1 if y is band else self._pooled
            part, y = pooled_rows(part, up), _longer(y, len(part), up)
            image.setImage(self._colored(part, most), autoLevels=False)
            image.setRect(QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0]))
            image.setVisible(True)
        self.identity.setData([low, high], [low, high])

    def set_ranges(self) -> None:
        """Show all bins."""
        if self.map is not None:
            low, high = self.map.range
            self.view.setRange(xRange=(low, high), yRange=(low, high), padding=_PADDING)

    def mark(self, cells: Cells | None) -> None:
        """Frame bins, or none."""
        if cells is None or self.map is None:
            self._mark.hide()
            return
        x_low, x_high, y_low, y_high = self.map.rectangle_of(cells)
        self._mark.setRect(QRectF(x_low, y_low, x_high - x_low, y_high - y_low))
        self._mark.show()

    def apply_theme(self, theme: Theme) -> None:
        """Draw in other colours: the more pixels, the farther from the background."""
        super().apply_theme(theme)
        table = pg.colormap.get("viridis").getLookupTable(nPts=256)
        self._table = table if theme.dark else table[::-1]
        self.identity.setPen(pg.mkPen(theme.text, width=1, style=Qt.PenStyle.DashLine))
        pen = pg.mkPen(theme.bad, width=2)
        self._mark.setPen(pen)
        self.set_title(self.plot, ["B (photons/pixel)", "╌╌╌ A = B"])
        self.paint_axes(self.bar)
        self.draw()

    def _make_bar(self) -> None:
        axis = PlotAxis("right")
        self.bar = self.addPlot(row=0, col=1, axisItems={"right": axis}, enableMenu=False)
        self.bar.hideButtons()
        give_title(self.bar)
        self.bar.showAxis("right")
        self.bar.hideAxis("left")
        self.bar.setMouseEnabled(False, False)
        self.bar.setFixedWidth(88)
        self.bar.vb.disableAutoRange()
        self._bar_image = pg.ImageItem(axisOrder="row-major")
        self.bar.addItem(self._bar_image)
        self.bar.showAxis("bottom")
        self.bar.getAxis("bottom").setHeight(AXIS_HEIGHT)
        self.bar.getAxis("bottom").setStyle(showValues=False, tickLength=0)
        self.bar.getAxis("bottom").setPen(None)
        self.set_title(self.bar, ["Pixels per bin"], ["Pixels"])
        self.ci.layout.setColumnStretchFactor(0, 20)

    def _draw_bar(self, most: int) -> None:
        axis = self.bar.getAxis("right")
        axis.set_scale("log" if self.log_counts else "linear")
        high = max(np.log10(most), 0.3) if self.log_counts else float(most)
        self._bar_image.setImage(self._table[:, None, :].astype(np.uint8), autoLevels=False)
        self._bar_image.setRect(QRectF(0.0, 0.0, 1.0, high))
        self.bar.vb.setRange(xRange=(0.0, 1.0), yRange=(0.0, high), padding=0.0)

    def _colored(self, counts: NDArray[np.int64], most: int) -> NDArray[np.uint8]:
        share = counts / most
        if self.log_counts:
            share = np.log10(np.maximum(counts, 1)) / max(np.log10(most), 0.3)
        index = np.clip(share * 255.0, 0, 255).astype(np.uint8)
        pixels = np.empty((*counts.shape, 4), dtype=np.uint8)
        pixels[..., :3] = self._table[index][..., :3]
        pixels[..., 3] = np.where(counts > 0, 255, 0)
        return pixels

    @Slot()
    def _pool(self, *_: Any) -> None:
        """Where several bins share a row of the screen, the fullest is seen: none may vanish."""
        if self.map is None or self.map.found.axis is None:
            return
        low, high = self.view.viewRange()[1]
        edges = self.map.edges
        rows = (high - low) / max(edges[-1] - edges[0], 1e-300) * (len(edges) - 1)
        pooled = int(np.clip(np.ceil(rows / max(self.view.height(), 1.0)), 1, len(edges)))
        if pooled != self._pooled:
            self._pooled = pooled
            self.draw()

    def _show_drag(self, rectangle: tuple[float, float, float, float]) -> None:
        cells = self._cells(rectangle)
        self.mark(cells)
        at = QPointF(rectangle[1], rectangle[3])
        self.pointed.emit((at.x(), at.y()))

    def _pick(self, rectangle: tuple[float, float, float, float]) -> None:
        x_from, x_to, y_from, y_to = rectangle
        if (x_from, y_from) == (x_to, y_to):
            self.cells_picked.emit(self.cells_at(x_from, y_from))
        else:
            self.cells_picked.emit(self._cells(rectangle))

    def cells_at(self, x: float, y: float) -> Cells | None:
        """The bins that are seen as one at a place; None where there are none."""
        cells = self._cells((x, x, y, y))
        if cells is None or cells.b_first < 0 or self.map is None:
            return cells
        first = cells.b_first // self._pooled * self._pooled
        last = min(first + self._pooled, len(self.map.edges) - 1) - 1
        return replace(cells, b_first=first, b_last=last)

    def _cells(self, rectangle: tuple[float, float, float, float]) -> Cells | None:
        if self.map is None:
            return None
        return self.map.cells_between(rectangle[:2], rectangle[2:])


def _longer(span: tuple[float, float], rows: int, pooled: int) -> tuple[float, float]:
    """The span of rows when the last of the pooled ones reaches beyond them."""
    low, high = span
    return low, low + (high - low) * (-(-rows // pooled) * pooled) / max(rows, 1)
