"""The entries that pass the filter, as a table that follows the book."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from braggscope.ui.log import Level, LogBook, LogEntry
from braggscope.ui.theme import current_theme
from braggscope_log.filtering import Line, line_of, older, passing
from braggscope_log.wording import SIGNS, clock, first_line, in_full

Index = QModelIndex | QPersistentModelIndex
COLUMNS: Final = ("Time", "Level", "Source", "What was said")
TIME, LEVEL, SOURCE, TEXT = range(len(COLUMNS))
_TIP_LETTERS: Final = 1_000


class LogModel(QAbstractTableModel):
    """Rows of a `LogBook` that pass; rows are appended, and dropped with the oldest entries."""

    def __init__(self, book: LogBook, parent: QObject) -> None:
        super().__init__(parent)
        self._book = book
        self.least: Level = "info"
        self.words = ""
        self._lines: list[Line] = []
        self._rows: list[Line] = []
        self._seen = book.first
        book.changed.connect(self.follow)
        self.follow()

    def choose(self, least: Level, words: str) -> None:
        """Filter in another way."""
        self.beginResetModel()
        self.least, self.words = least, words
        self._rows = passing(self._lines, least, words)
        self.endResetModel()

    def follow(self) -> None:
        """Drop what the book has dropped, and show what has come."""
        first = self._book.first
        del self._lines[: older(self._lines, first)]
        gone = older(self._rows, first)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self._rows[:gone]
            self.endRemoveRows()
        news = [line_of(*one) for one in self._book.since(self._seen)]
        self._seen = self._book.end
        self._lines += news
        fresh = passing(news, self.least, self.words)
        if fresh:
            start = len(self._rows)
            self.beginInsertRows(QModelIndex(), start, start + len(fresh) - 1)
            self._rows += fresh
            self.endInsertRows()

    @property
    def entries(self) -> list[LogEntry]:
        """All that is shown."""
        return [line.entry for line in self._rows]

    def entry(self, row: int) -> LogEntry:
        """What is shown in a row."""
        return self._rows[row].entry

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many entries pass."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As `COLUMNS`."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles of the columns."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        if not index.isValid():
            return None
        entry, column = self._rows[index.row()].entry, index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            sign = f"{SIGNS[entry.level]} {entry.level}"
            return (clock(entry), sign, entry.source, first_line(entry))[column]
        if role == Qt.ItemDataRole.ForegroundRole:
            theme = current_theme()
            if column in (LEVEL, TEXT) and entry.level in ("warning", "error"):
                return QColor(theme.bad if entry.level == "error" else theme.warn)
            return QColor(theme.muted if column == TIME or entry.level == "debug" else theme.text)
        if role == Qt.ItemDataRole.ToolTipRole and column == TEXT:
            return in_full(entry)[:_TIP_LETTERS]
        if role == Qt.ItemDataRole.AccessibleTextRole and column == LEVEL:
            return entry.level
        return None
