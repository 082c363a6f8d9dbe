"""The dock "A against B": a map of counts whose bins select pixels of the images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from braggscope.ui import ViewContext
from braggscope_plots.bar import PlotBar, make_compact
from braggscope_plots.pixels import Check
from braggscope_plots.plot_dock import PlotDock
from braggscope_plots.scatter import Cells, pixels_in, scatter
from braggscope_plots.scatter_map import ScatterMap
from braggscope_plots.state import State, counted, no_pair
from braggscope_plots.tables import Column
from braggscope_plots.wording import count

TITLE = "A against B"


class ScatterDock(PlotDock):
    """Watches A and B.

    Signals:
        selected: pixels were picked, or none.
    """

    selected = Signal()

    def __init__(self, context: ViewContext) -> None:
        super().__init__(context, TITLE)
        self._shown: tuple[State, ScatterMap] | None = None
        self._ours: NDArray[np.int64] | None = None
        self._picking = False
        self._words = ""
        context.selection_changed.connect(self._selection_changed)

    def build(self) -> tuple[QWidget, QWidget]:
        """Controls and canvas."""
        from braggscope_plots.scatter_canvas import ScatterCanvas
        from braggscope_plots.work import Channel

        self.connect_bar(PlotBar(TITLE, log_x=True))
        assert self.bar.log_x_box is not None
        self.bar.log_x_box.setText("Log &axes")
        self.bar.log_x_box.setToolTip("Logarithmic axes; what is not above zero has its own band.")
        self.log_box = QCheckBox("Log &counts")
        self.log_box.setChecked(True)
        self.log_box.setToolTip("Colours by the logarithm of the number of pixels.")
        self.log_box.toggled.connect(self._log_counts)
        self.kept["log_counts"] = self.log_box
        self.pick_button = QPushButton("&Pick")
        self.pick_button.setCheckable(True)
        self.pick_button.setToolTip(
            "While pressed, dragging selects the pixels of all bins in a rectangle;"
            " with Shift it always does. A click selects those of one bin."
        )
        self.clear_button = QPushButton("Clear")
        self.clear_button.setToolTip("Select no pixels.")
        self.clear_button.setEnabled(False)
        self.clear_button.clicked.connect(self.clear_selection)
        for widget in (self.log_box, self.pick_button, self.clear_button):
            if isinstance(widget, QPushButton):
                make_compact(widget)
            widget.setAccessibleName(f"{TITLE}: {widget.text().replace('&', '').lower()}")
            self.bar.add(widget)
        self.picker = Channel(self)
        self.picker.done.connect(self._picked)
        self.canvas = ScatterCanvas(TITLE)
        self.pick_button.toggled.connect(self._set_picking)
        self.canvas.cells_picked.connect(self.select)
        self.canvas.pointed.connect(self._point)
        self.canvas.copy_wanted.connect(self.copy)
        return self.bar, self.canvas

    def watched(self) -> frozenset[str]:
        """Regions, while one is chosen."""
        return frozenset({"regions"}) if self.bar.options.region else frozenset()

    def refusal(self, state: State) -> str:
        """Two images of one size are needed."""
        return no_pair(state)

    def work(self, state: State) -> Callable[[Check], tuple[State, Any, ScatterMap]]:
        """Count the pixels."""
        options = self.bar.options

        def made(check: Check) -> tuple[State, Any, ScatterMap]:
            pixels = counted(state, options, ("A", "B"))
            return state, pixels, ScatterMap.of(scatter(pixels, log=options.log_x, check=check))

        return made

    def show_result(self, result: tuple[State, Any, ScatterMap]) -> None:
        """Draw the counts."""
        _, self._pixels, scatter_map = result
        self._words = ""
        self.picker.forget()
        self.canvas.show_map(scatter_map)
        self.canvas.setAccessibleDescription(scatter_map.summary())

    def status_text(self) -> str:
        """What is selected, or what the counts are."""
        if self._words:
            return self._words
        return self.canvas.map.summary() if self.canvas.map is not None else ""

    def columns(self) -> Sequence[Column]:
        """The bins with pixels."""
        return self.canvas.map.columns()

    @property
    def is_picking(self) -> bool:
        """Whether pixels of bins are being looked for."""
        return self._picking

    @Slot(object)
    def select(self, cells: Cells | None) -> None:
        """Select the pixels of bins in the images; none where there are none."""
        scatter_map = self.canvas.map
        if cells is None or scatter_map is None or not scatter_map.count_in(cells):
            self.clear_selection()
            return
        self.canvas.mark(cells)
        pixels, axis = self._pixels, scatter_map.found.axis
        if axis is None:
            return
        self._picking = True
        self._pending = f"{count(scatter_map.count_in(cells))} selected: {scatter_map.words(cells)}"
        self.picker.submit(lambda check: pixels_in(pixels, axis, cells, check))

    @Slot()
    def clear_selection(self) -> None:
        """Select nothing."""
        self.picker.forget()
        self._picking = False
        self._forget_mark()
        if self.context.selection is not None:
            self.context.set_selection(None)
        self.selected.emit()

    @Slot(int, object, object)
    def _picked(self, ticket: int, result: NDArray[np.int64], error: Exception | None) -> None:
        self._picking = False
        if error is not None:
            raise error
        self._words = self._pending
        self._ours = result
        self.context.set_selection(result)
        self.clear_button.setEnabled(True)
        self.say()
        self.selected.emit()

    @Slot()
    def _selection_changed(self) -> None:
        if not self._built:
            return
        self.clear_button.setEnabled(self.context.selection is not None)
        if self.context.selection is not self._ours:
            self._forget_mark()

    def _forget_mark(self) -> None:
        self._ours = None
        self._words = ""
        self.canvas.mark(None)
        self.say()

    @Slot(bool)
    def _log_counts(self, log: bool) -> None:
        self.canvas.log_counts = log
        self.canvas.draw()

    @Slot(bool)
    def _set_picking(self, picks: bool) -> None:
        self.canvas.view.picks = picks

    @Slot(object)
    def _point(self, place: tuple[float, float] | None) -> None:
        scatter_map = self.canvas.map
        if scatter_map is None or not self.is_content_shown:
            return
        cells = self.canvas.cells_at(*place) if place is not None else None
        if cells is None:
            self.say()
        else:
            self.say(f"{scatter_map.words(cells)}   ·   {count(scatter_map.count_in(cells))}")
