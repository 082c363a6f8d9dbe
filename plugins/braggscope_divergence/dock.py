"""The dock: controls, the table of variables, and the map."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QSplitter,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import BraggscopeError, Pixel, Run
from braggscope.explain.start import Sample
from braggscope.explain.survey_files import survey_csv, survey_report, survey_svg
from braggscope.ui import ViewContext
from braggscope.ui.choices import choices_of, choose
from braggscope.ui.saving import ask_where
from braggscope.ui.svg import write_png
from braggscope.ui.view_state import Directions
from braggscope.whole_files import write_text
from braggscope_divergence.controls import Controls
from braggscope_divergence.map_view import DivergenceMap, sample_text
from braggscope_divergence.marks import swatch
from braggscope_divergence.presenter import (
    COLUMNS,
    HELP,
    INTRO,
    NO_PAIR,
    cells,
    is_outdated,
    pair_of,
    status_text,
    table_text,
)
from braggscope_divergence.surveyor import Surveyor, SurveyState
from braggscope_plots.elided import ElidedLabel

TITLE = "Divergence map"
_SKETCH = "divergence-map"
_TRACE_VIEW = "pixel-trace"
_TABLE_WIDTH = 600
_NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Poster(QObject):
    """Calls functions in the window's thread."""

    _called = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._called.connect(self._call, Qt.ConnectionType.QueuedConnection)

    def post(self, function: Callable[[], None]) -> None:
        """Call function soon; without effect once the window is gone."""
        with contextlib.suppress(RuntimeError):
            self._called.emit(function)

    @Slot(object)
    def _call(self, function: Callable[[], None]) -> None:
        function()


class _Traces:
    """What a survey asks of its host."""

    def __init__(self, context: ViewContext) -> None:
        self._context = context

    def trace(self, run: Run, pixels: Any) -> Any:
        """Start traces."""
        return self._context.start_traces(run, pixels)


class DivergenceDock(QWidget):
    """Starts surveys of A and B and shows what they find.

    Attributes:
        ask_path: asks where to save: (parent, "png", "svg", "csv" or "json") -> path or None.
    """

    def __init__(self, context: ViewContext) -> None:
        super().__init__()
        self.setAccessibleName(TITLE)
        self._context = context
        self._poster = _Poster(self)
        self.ask_path: Callable[[QWidget, str], Path | None] = ask_path
        self.surveyor = Surveyor(_Traces(context), self._poster.post, self.show_state)
        self.controls = Controls()
        self.message = QLabel()
        self.table = QTreeWidget()
        self.map = DivergenceMap()
        self.status = ElidedLabel()
        self._shown: Any = None
        self._lay_out()
        self._connect()
        self._list_regions()
        self._turn()
        self.show_state()

    def _lay_out(self) -> None:
        self.message.setWordWrap(True)
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMinimumWidth(1)
        table = self.table
        table.setHeaderLabels(COLUMNS)
        for column, text in enumerate(HELP):
            table.headerItem().setToolTip(column, text)
        table.setAccessibleName("Variables that differ first")
        table.setMinimumHeight(40)
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setAlternatingRowColors(True)
        table.setAllColumnsShowFocus(True)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(40)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(table)
        both.addWidget(self.map)
        both.setStretchFactor(0, 1)
        both.setStretchFactor(1, 1)
        both.setSizes([_TABLE_WIDTH, self.map.sizeHint().width()])
        both.setChildrenCollapsible(False)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(both)
        self.stack.setMinimumHeight(50)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(3)
        layout.addWidget(self.controls)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.status)
        self.setFocusProxy(self.controls.start_button)

    def _connect(self) -> None:
        context, controls = self._context, self.controls
        context.images_changed.connect(self._images_changed)
        context.regions_changed.connect(self._list_regions)
        context.cursor_moved.connect(self.map.show_cursor)
        context.directions_changed.connect(self._turn)
        context.tolerances_changed.connect(self._judge_again)
        context.theme_changed.connect(self._apply_theme)
        controls.start_wanted.connect(self.start)
        controls.copy_wanted.connect(self.copy)
        controls.save_wanted.connect(self.save)
        controls.over_toggled.connect(self._draw_over)
        self.map.picked.connect(self._trace)
        self.map.opened.connect(self._open)
        self.map.pointed.connect(self._point)
        self.table.itemClicked.connect(self._row_clicked)
        self.table.itemActivated.connect(self._row_activated)
        action = QAction("Copy", self.table)
        action.setShortcut(QKeySequence.StandardKey.Copy)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(self.copy)
        self.table.addAction(action)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops, as it does everywhere."""
        if event.key() == Qt.Key.Key_Escape and self.surveyor.state.running:
            self.surveyor.cancel()
        else:
            super().keyPressEvent(event)

    def save_state(self) -> dict[str, Any]:
        """What is chosen: what to sample, and whether the map lies over the images."""
        return dict(choices_of(self.controls.kept))

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Choose that again; nothing is traced."""
        choose(self.controls.kept, state)

    # ── what is asked ─────────────────────────────────────────────────────────────────────────

    @Slot()
    def start(self) -> None:
        """Begin, or stop what goes on."""
        if self.surveyor.state.running:
            self.surveyor.cancel()
            return
        pair = pair_of(self._context)
        if pair is not None:
            self.surveyor.start(pair, self.controls.wish_in(self._context.regions))

    @Slot()
    def copy(self) -> None:
        """Copy the table as text."""
        QGuiApplication.clipboard().setText(table_text(self.surveyor.state.found))
        self.status.show_text("Copied the table.")

    @Slot(str)
    def save(self, kind: str) -> None:
        """Save the map, the samples, or all of it where the user wants it."""
        path = self.ask_path(self, kind)
        if path is None:
            return
        try:
            _write(self.surveyor.state, kind, path, self._context.directions)
        except BraggscopeError as error:
            self.status.show_text("✗ " + " ".join(str(error).split()))
        else:
            self.status.show_text(f"Saved {path}")

    # ── what is shown ─────────────────────────────────────────────────────────────────────────

    def show_state(self) -> None:
        """Show what is known now."""
        state = self.surveyor.state
        can_start = pair_of(self._context) is not None
        self.controls.show_state(state, can_start)
        if state.found.samples:
            self.stack.setCurrentIndex(1)
        else:
            self.message.setText(_message(state, can_start))
            self.stack.setCurrentIndex(0)
        self._show_status()
        self.map.show_state(state)
        if state.found is not self._shown:
            self._shown = state.found
            self._fill_table(state)
            self._draw_over()
        self._judge_again()

    def _show_status(self) -> None:
        state = self.surveyor.state
        self.status.show_text(status_text(state, is_outdated(state.pair, self._context)))

    def _fill_table(self, state: SurveyState) -> None:
        chosen = self.table.currentItem()
        name = chosen.data(0, Qt.ItemDataRole.UserRole).outcome if chosen is not None else ""
        self.table.clear()
        looks = {} if state.chart is None else state.chart.looks
        ground = self.palette().color(QPalette.ColorRole.Base)
        for cause in state.found.causes:
            item = QTreeWidgetItem(self.table, list(cells(cause)))
            look = looks[cause.outcome]
            item.setIcon(0, swatch(look, ground, ground, self.devicePixelRatioF()))
            item.setData(0, Qt.ItemDataRole.UserRole, cause)
            for column in (2, 3):
                item.setTextAlignment(column, _NUMBER)
            for column in range(len(COLUMNS)):
                item.setToolTip(column, cause.sentence)
            if cause.outcome == name:
                self.table.setCurrentItem(item)

    @Slot()
    def _draw_over(self) -> None:
        state = self.surveyor.state
        wanted = self.controls.over_box.isChecked()
        outdated = is_outdated(state.pair, self._context)
        self._context.draw_over(_SKETCH, state.over if wanted and not outdated else ())

    @Slot()
    def _images_changed(self) -> None:
        if is_outdated(self.surveyor.state.pair, self._context):
            self.surveyor.cancel()
        self._draw_over()
        self.show_state()

    @Slot()
    def _turn(self) -> None:
        self.map.turn(self._context.directions)

    @Slot()
    def _judge_again(self) -> None:
        self.surveyor.judge_again(self._context.tolerances)

    @Slot()
    def _list_regions(self) -> None:
        self.controls.list_regions([region.name for region in self._context.regions])

    @Slot()
    def _apply_theme(self) -> None:
        self.map.apply_theme()
        self._fill_table(self.surveyor.state)

    # ── going to a pixel ──────────────────────────────────────────────────────────────────────

    @Slot(object)
    def _trace(self, pixel: Pixel) -> None:
        self._context.set_cursor(pixel)
        self._context.request_trace(pixel)

    @Slot()
    def _open(self) -> None:
        self._context.show_view(_TRACE_VIEW)

    @Slot(object)
    def _point(self, sample: Sample | None) -> None:
        if sample is None:
            self._show_status()
        else:
            self.status.show_text(sample_text(sample))

    @Slot(QTreeWidgetItem)
    def _row_clicked(self, item: QTreeWidgetItem) -> None:
        self._trace(item.data(0, Qt.ItemDataRole.UserRole).example)

    @Slot(QTreeWidgetItem)
    def _row_activated(self, item: QTreeWidgetItem) -> None:
        self._row_clicked(item)
        self._open()


def _message(state: SurveyState, can_start: bool) -> str:
    if state.running:
        return "Choosing pixels …"
    if state.problem and state.problem != "Cancelled.":
        return f"✗ {state.problem}"
    return INTRO if can_start else NO_PAIR


def _write(state: SurveyState, kind: str, path: Path, directions: Directions) -> None:
    """Write a file.

    Raises:
        InvalidInput: it cannot be written.
    """
    if kind == "csv":
        write_text(path, survey_csv(state.found))
        return
    if kind == "json":
        report = json.dumps(survey_report(state.found), indent=1, allow_nan=False)
        write_text(path, f"{report}\n")
        return
    assert state.pair is not None
    names = zip("AB", state.pair.labels, strict=True)
    title = " · ".join(f"{side} {label}" for side, label in names)
    svg = survey_svg(state.found, state.shape, title, state.counts, directions)
    if kind == "svg":
        write_text(path, svg)
    else:
        write_png(svg, path)


_FILTERS = {
    "png": "PNG picture (*.png)",
    "svg": "SVG picture (*.svg)",
    "csv": "CSV table (*.csv)",
    "json": "JSON (*.json)",
}


def ask_path(parent: QWidget, kind: str) -> Path | None:
    """Ask where to save; None when the user does not want to."""
    title = f"Save {TITLE.lower()}"
    return ask_where(parent, title, f"divergence-map.{kind}", _FILTERS[kind])
