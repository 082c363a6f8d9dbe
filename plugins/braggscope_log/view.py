"""The log dock: a list that follows its end, and the chosen entry in full beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QPlainTextEdit,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import BraggscopeError
from braggscope.ui import ViewContext
from braggscope.ui.choices import choices_of, choose
from braggscope.ui.log import LogEntry
from braggscope.ui.saving import ask_where
from braggscope.whole_files import write_whole
from braggscope_log.bar import LogBar
from braggscope_log.model import LEVEL, SOURCE, TEXT, TIME, LogModel
from braggscope_log.wording import as_text, in_full


class LogTable(QTableView):
    """The list; Ctrl+C copies."""

    def __init__(self, model: LogModel, copy: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._copy = copy
        self.setModel(model)
        self.setAccessibleName("Log entries")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 4)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
        metrics = self.fontMetrics()
        for column, sample in (
            (TIME, "00:00:00.000"),
            (LEVEL, "⚠ warning"),
            (SOURCE, "nanobragg-c"),
        ):
            header.resizeSection(column, metrics.horizontalAdvance(sample) + 20)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        else:
            super().keyPressEvent(event)


class LogView:
    """What was said, the newest at the end."""

    def __init__(self, context: ViewContext) -> None:
        self._context = context
        self._widget = QWidget()
        self.bar = LogBar(self._widget)
        self.model = LogModel(context.log, self._widget)
        self.table = LogTable(self.model, self.copy, self._widget)
        self.full = QPlainTextEdit(self._widget)
        self.full.setReadOnly(True)
        self.full.setTabChangesFocus(True)
        self.full.setAccessibleName("The chosen entry in full")
        self.full.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.full.hide()
        self.ask_path: Callable[[], Path | None] = self._ask_path
        self._lay_out()
        self._connect()

    def widget(self) -> QWidget:
        """The dock's content."""
        return self._widget

    def save_state(self) -> dict[str, Any]:
        """Which entries are shown."""
        return dict(choices_of(self.bar.kept))

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Show them again."""
        choose(self.bar.kept, state)

    def _lay_out(self) -> None:
        both = QSplitter(Qt.Orientation.Horizontal, self._widget)
        both.addWidget(self.table)
        both.addWidget(self.full)
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        layout = QVBoxLayout(self._widget)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(self.bar)
        layout.addWidget(both, 1)

    def _connect(self) -> None:
        self.bar.filter_changed.connect(self._choose)
        self.bar.follow_wanted.connect(self._follow)
        self.bar.copy_wanted.connect(self.copy)
        self.bar.save_wanted.connect(self.save)
        self.bar.clear_wanted.connect(self._context.log.clear)
        self.model.rowsInserted.connect(self._arrived)
        self.model.modelReset.connect(self._arrived)
        self.model.rowsRemoved.connect(self._show_full)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.verticalScrollBar().rangeChanged.connect(self._arrived)
        chosen = self.table.selectionModel()
        chosen.currentRowChanged.connect(self._show_full)
        self._context.theme_changed.connect(self.table.viewport().update)

    @Slot()
    def _choose(self) -> None:
        self.model.choose(self.bar.least, self.bar.words.text())
        self._show_full()

    @Slot()
    def _arrived(self) -> None:
        if self.bar.follow.isChecked():
            self.table.scrollToBottom()

    @Slot(int)
    def _scrolled(self, value: int) -> None:
        """The user's hand decides: up stops following, back at the end it goes on."""
        self.bar.show_following(value >= self.table.verticalScrollBar().maximum())

    @Slot(bool)
    def _follow(self, on: bool) -> None:
        if on:
            self.table.scrollToBottom()

    @Slot()
    def _show_full(self) -> None:
        index = self.table.currentIndex()
        self.full.setVisible(index.isValid())
        if index.isValid():
            self.full.setPlainText(in_full(self.model.entry(index.row())))

    def _chosen(self) -> list[LogEntry]:
        rows = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        return [self.model.entry(row) for row in rows] or self.model.entries

    @Slot()
    def copy(self) -> None:
        """Put the chosen entries on the clipboard, or all that are shown."""
        QGuiApplication.clipboard().setText(as_text(self._chosen()))

    @Slot()
    def save(self) -> None:
        """Ask where, and save what is shown."""
        path = self.ask_path()
        if path is None:
            return
        text = as_text(self.model.entries)
        try:
            write_whole(path, lambda sink: sink.write(text.encode()))
        except BraggscopeError as error:
            self._context.log.add(LogEntry("error", "log", str(error), error.details))
        else:
            self._context.log.add(LogEntry("info", "log", f"Saved {path}"))

    def _ask_path(self) -> Path | None:
        kinds = "Text (*.txt);;All files (*)"
        return ask_where(self._widget, "Save log", "braggscope-log.txt", kinds)


def create(context: ViewContext) -> LogView:
    """Make the dock's content."""
    return LogView(context)
