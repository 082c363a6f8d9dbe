"""The docks of plots: controls, canvas, and what can be taken away from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from braggscope.api import BraggscopeError
from braggscope.ui import ViewContext
from braggscope.ui.theme import current_theme
from braggscope.whole_files import write_text
from braggscope_plots.bar import PlotBar
from braggscope_plots.dock import Dock
from braggscope_plots.figure import Figure
from braggscope_plots.pixels import Check
from braggscope_plots.plots import LINE, PlotKind
from braggscope_plots.state import State, problem_text
from braggscope_plots.tables import Column, comma_separated, tsv


class PlotDock(Dock):
    """Copies and saves what a canvas shows.

    Attributes:
        ask_path: asks where to save: (parent, title, "png", "svg" or "csv") -> path or None.
    """

    copied = Signal()

    def __init__(self, context: ViewContext, title: str) -> None:
        super().__init__(context, title)
        self.title = title
        self.ask_path: Callable[[QWidget, str, str], Path | None] | None = None
        self.canvas: Any = None

    def connect_bar(self, bar: PlotBar) -> None:
        """Let the controls do what they say."""
        self.bar = bar
        self.kept.update(bar.kept)
        bar.changed.connect(self.outdate)
        bar.fit_wanted.connect(self._fit)
        bar.copy_wanted.connect(self.copy)
        bar.save_wanted.connect(self.save)

    def columns(self) -> Sequence[Column]:
        """The numbers of what is shown."""
        raise NotImplementedError

    @Slot()
    def copy(self) -> None:
        """Copy the numbers as TSV."""
        if self.is_content_shown:
            columns = self.columns()
            QGuiApplication.clipboard().setText(tsv(columns))
            self.say(f"Copied {len(columns)} columns of {len(columns[0].values)} rows.")
            self.copied.emit()

    @Slot(str)
    def save(self, kind: str) -> None:
        """Save a picture or the numbers where the user wants them."""
        from braggscope_plots import saving

        path = (self.ask_path or saving.ask_path)(self, self.title, kind)
        if path is None:
            return
        try:
            if kind == "csv":
                write_text(path, comma_separated(self.columns()))
            else:
                self.canvas.point_at(None)
                {"png": saving.save_png, "svg": saving.save_svg}[kind](self.canvas, path)
        except BraggscopeError as error:
            self.say("✗ " + " ".join(problem_text(error).split()))
        else:
            self.say(f"Saved {path}")

    def regions_listed(self) -> None:
        """Offer the regions there are."""
        self.bar.list_regions([region.name for region in self.context.regions])

    def apply_theme(self) -> None:
        """Draw in the theme's colours."""
        self.canvas.apply_theme(current_theme())

    def controls_enabled(self, there: bool) -> None:
        """Nothing to copy, nothing to press."""
        self.bar.enable(there)

    @Slot()
    def _fit(self) -> None:
        self.canvas.fit()


class FigureDock(PlotDock):
    """A plot with curves."""

    def __init__(self, context: ViewContext, kind: PlotKind) -> None:
        super().__init__(context, kind.title)
        self.kind = kind
        self._had_line = context.line is not None

    def build(self) -> tuple[QWidget, QWidget]:
        """Controls and canvas."""
        from braggscope_plots.canvas import FigureCanvas

        kind = self.kind
        self.connect_bar(
            PlotBar(
                kind.title, kind.kinds, kind.kinds_name, kind.has_region, kind.log_x, kind.log_y
            )
        )
        if self._had_line:
            self.bar.choose_kind(LINE)
        self.canvas = FigureCanvas(kind.title)
        self.canvas.pointed.connect(self._point)
        self.canvas.copy_wanted.connect(self.copy)
        return self.bar, self.canvas

    def watched(self) -> frozenset[str]:
        """As the plot and its options have it."""
        return frozenset(self.kind.watches(self.bar.options))

    def refusal(self, state: State) -> str:
        """As the plot has it."""
        return self.kind.refusal(state, self.bar.options)

    def work(self, state: State) -> Callable[[Check], Figure]:
        """The plot's figure of this moment."""
        kind, options = self.kind, self.bar.options
        return lambda check: kind.compute(state, options, check)

    def show_result(self, result: Figure) -> None:
        """Draw it."""
        self.canvas.show_figure(result)
        self.canvas.setAccessibleDescription(result.summary)

    def status_text(self) -> str:
        """What the figure says of itself."""
        figure = self.canvas.figure
        return figure.summary if figure is not None else ""

    def columns(self) -> Sequence[Column]:
        """The figure's numbers."""
        return self.canvas.figure.columns

    @Slot()
    def _line_changed(self) -> None:
        # Who draws the first line wants to see it.
        has_line = self.context.line is not None
        if has_line and not self._had_line and self._built:
            self.bar.choose_kind(LINE)
        self._had_line = has_line
        super()._line_changed()

    @Slot(object)
    def _point(self, place: tuple[float, float] | None) -> None:
        figure = self.canvas.figure
        if figure is None or not self.is_content_shown:
            return
        self.say(figure.readout(place[0]) if place is not None else "")
