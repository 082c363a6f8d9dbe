"""A variable along one of its loops: a picture of the sub-pixels, or a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from braggscope.api import Dim, VariableComparison
from braggscope.ui.theme import current_theme
from braggscope_trace.loops import (
    LoopFigure,
    component_names,
    figure_of,
    first_loop,
    loops_of,
    worst_step,
)
from braggscope_trace.steps import DIM_NAMES
from braggscope_trace.wording import number_text

_HEIGHT: Final = 132
#: So many steps are marked one by one.
_FEW: Final = 40


class LoopPlot(QWidget):
    """Draws the variable of a row; hidden where it has no loop."""

    def __init__(self) -> None:
        super().__init__()
        self._row: VariableComparison | None = None
        self._at: dict[Dim, int] = {}
        self.figure: LoopFigure | None = None
        self.loop_box = QComboBox()
        self.loop_box.setAccessibleName("Loop to plot along")
        self.loop_box.setToolTip("What the plot goes along")
        self.component_box = QComboBox()
        self.component_box.setAccessibleName("Component to plot")
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setMinimumWidth(1)
        self.value = QLabel()
        self.value.setTextFormat(Qt.TextFormat.PlainText)
        self.value.setWordWrap(True)
        self.value.setMinimumWidth(1)
        self.canvas = pg.GraphicsLayoutWidget()
        self.canvas.setAccessibleName("Plot of the variable along a loop")
        self.canvas.setFixedHeight(_HEIGHT)
        self.canvas.setMinimumWidth(60)
        self.canvas.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.canvas.ci.layout.setSpacing(4)
        self.canvas.scene().sigMouseMoved.connect(self._point)
        self._boxes: list[pg.ViewBox] = []
        # Kept: what was drawn in a hidden pane and destroyed makes Qt crash at the next theme.
        self._maps: dict[str, _Map] = {}
        self._lines = pg.PlotItem(enableMenu=False)
        self._lines.hideButtons()
        self._lines.setMouseEnabled(False, False)
        self._lay_out()
        self.loop_box.activated.connect(self._draw)
        self.component_box.activated.connect(self._draw)

    def show_row(self, row: VariableComparison | None, at: Mapping[Dim, int] | None = None) -> None:
        """Draw another variable.

        Args:
            row: the variable; None for none.
            at: where the loops stand that it does not go along; None: where A and B are farthest
                apart.
        """
        loop = first_loop(row) if row is not None else None
        self._row = row if loop is not None else None
        self.setVisible(self._row is not None)
        if row is None or loop is None:
            return
        self._at = dict(worst_step(row) if at is None else at)
        kept = self.loop_box.currentData()
        self.loop_box.clear()
        for dim, size in loops_of(row).items():
            self.loop_box.addItem(f"over {DIM_NAMES[dim]} (×{size})", dim)
        self.loop_box.setCurrentIndex(max(0, self.loop_box.findData(loop)))
        if kept is not None and self.loop_box.findData(kept) >= 0:
            self.loop_box.setCurrentIndex(self.loop_box.findData(kept))
        names = component_names(row)
        component = min(self.component_box.currentIndex(), len(names) - 1)
        self.component_box.clear()
        self.component_box.addItems(names)
        self.component_box.setCurrentIndex(max(0, component))
        self.component_box.setVisible(len(names) > 1)
        self._draw()

    def redraw(self) -> None:
        """Draw again, in other colours."""
        if self._row is not None:
            self._draw()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.loop_box)
        line.addWidget(self.component_box)
        line.addWidget(self.note, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        layout.addWidget(self.canvas)
        layout.addWidget(self.value)

    @Slot()
    def _draw(self) -> None:
        row = self._row
        if row is None:
            return
        component = max(0, self.component_box.currentIndex())
        self.figure = figure_of(row, self.loop_box.currentData(), component, self._at)
        self.note.setText(self.figure.note)
        self.canvas.clear()
        self._boxes = []
        self.canvas.setBackground(current_theme().base)
        if self.figure.kind == "map":
            self._draw_maps(self.figure)
        else:
            self._draw_lines(self.figure)
        self._say_range()

    def _draw_maps(self, figure: LoopFigure) -> None:
        sides = {
            "A": None if figure.a is None else figure.a.values,
            "B": None if figure.b is None else figure.b.values,
        }
        known = [v[np.isfinite(v)] for v in sides.values() if v is not None]
        both = np.concatenate([v.ravel() for v in known]) if known else np.zeros(1)
        levels = (float(both.min()), float(both.max())) if both.size else (0.0, 1.0)
        for name, values in sides.items():
            self._add_map(name, values, levels, "viridis")
        difference = figure.difference
        if difference is not None:
            largest = float(np.nanmax(np.abs(difference), initial=0.0))
            self._add_map("B − A", difference, (-largest, largest), "CET-D1")

    def _add_map(self, name: str, values: Any, levels: tuple[float, float], colors: str) -> None:
        shown = self._maps.setdefault(name, _Map())
        self.canvas.addItem(shown)
        shown.show_values(name, values, levels, colors)
        if values is not None:
            self._boxes.append(shown.box)

    def _draw_lines(self, figure: LoopFigure) -> None:
        theme = current_theme()
        plot = self._lines
        plot.clear()
        self.canvas.addItem(plot)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.muted))
            axis.setTextPen(pg.mkPen(theme.text))
            axis.enableAutoSIPrefix(False)
        plot.showGrid(x=True, y=True, alpha=0.12)
        dashes = pg.mkPen(theme.side_b, width=2, style=Qt.PenStyle.DashLine)
        pens = {"a": pg.mkPen(theme.side_a, width=2), "b": dashes}
        for series, key, symbol in ((figure.a, "a", "o"), (figure.b, "b", "x")):
            if series is None:
                continue
            few = series.values.size <= _FEW
            marks: dict[str, Any] = {"symbol": symbol, "symbolSize": 6, "symbolBrush": None}
            marks["symbolPen"] = theme.side_a if key == "a" else theme.side_b
            plot.plot(
                series.x, series.values, pen=pens[key], connect="finite", **(marks if few else {})
            )

    def _say_range(self) -> None:
        figure = self.figure
        texts = []
        for name, series in (("A ━━", figure and figure.a), ("B ╌╌", figure and figure.b)):
            if not series:
                continue
            known = series.values[np.isfinite(series.values)]
            low, high = (known.min(), known.max()) if known.size else (np.nan, np.nan)
            sign = name[0] if figure is not None and figure.kind == "map" else name
            same = low == high or known.size == 0
            texts.append(f"{sign} {number_text(low)}" + ("" if same else f" … {number_text(high)}"))
        self.value.setText("\n".join(texts))

    @Slot(object)
    def _point(self, place: QPointF) -> None:
        """Say the values of the sub-pixel under the pointer."""
        figure = self.figure
        for box in self._boxes:
            if figure is None or not box.sceneBoundingRect().contains(place):
                continue
            point = box.mapSceneToView(place)
            slow, fast = int(np.floor(point.y())), int(np.floor(point.x()))
            known = figure.a or figure.b
            if known is None or not (
                0 <= slow < known.values.shape[0] and 0 <= fast < known.values.shape[1]
            ):
                continue
            texts = [
                f"{side} {number_text(series.values[slow, fast])}"
                for side, series in (("A", figure.a), ("B", figure.b))
                if series is not None
            ]
            at_v, at_u = int(known.x[slow]), int(known.x[fast])
            self.value.setText(f"(v {at_v}, u {at_u}) {'   '.join(texts)}")
            return
        self._say_range()


class _Map(pg.GraphicsLayout):
    """The sub-pixels of one side under its name."""

    def __init__(self) -> None:
        super().__init__()
        self.layout.setContentsMargins(0, 0, 0, 0)
        self.layout.setSpacing(0)
        self._label = self.addLabel("")
        self.nextRow()
        self.box = self.addViewBox(
            lockAspect=True, invertY=True, enableMouse=False, enableMenu=False
        )
        self._image = pg.ImageItem(axisOrder="row-major")
        self.box.addItem(self._image)

    def show_values(self, name: str, values: Any, levels: tuple[float, float], colors: str) -> None:
        """Show values; None: there are none."""
        theme = current_theme()
        self._label.setText(name, color=theme.text, size="8pt")
        self.box.setBorder(pg.mkPen(theme.border))
        if values is None:
            self._image.clear()
            return
        low, high = levels
        # One value everywhere is in the middle of the colours.
        levels = (low, high) if high > low else (low - 1.0, low + 1.0)
        self._image.setImage(values, levels=levels)
        self._image.setColorMap(pg.colormap.get(colors))
        self.box.setRange(QRectF(0, 0, values.shape[1], values.shape[0]), padding=0.02)
