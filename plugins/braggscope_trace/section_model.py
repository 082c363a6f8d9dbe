"""A `TextTable` as a Qt item model, and the tree that shows it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QTreeView

from braggscope_trace.sections import TextLine, TextTable

Index = QModelIndex | QPersistentModelIndex
_EMPTY = TextTable((), ())


class SectionModel(QAbstractItemModel):
    """Sections with lines; a line's internal id is its section's place + 1."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.table = _EMPTY

    def show_table(self, table: TextTable) -> None:
        """Show another table."""
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def line(self, index: Index) -> TextLine | None:
        """The line at an index; None for a section."""
        if not index.isValid() or index.internalId() == 0:
            return None
        return self.table.sections[index.internalId() - 1].lines[index.row()]

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a section or of a line."""
        if not (0 <= row < self.rowCount(parent) and 0 <= column < self.columnCount()):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        """The section of a line."""
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Sections, or lines of one."""
        if not parent.isValid():
            return len(self.table.sections)
        if parent.internalId() != 0 or parent.column() > 0:
            return 0
        return len(self.table.sections[parent.row()].lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The same everywhere."""
        return len(self.table.headers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, alignment and font of a cell."""
        if not index.isValid():
            return None
        line, column = self.line(index), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(column)
        if line is None:
            return self._of_section(index.row(), column, role)
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.tip(column) or line.text(column) or None
        if role == Qt.ItemDataRole.FontRole and line.is_strong(column):
            return _bold()
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or section >= len(self.table.headers):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.table.headers[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return self.table.tips.get(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def _of_section(self, row: int, column: int, role: int) -> Any:
        section = self.table.sections[row]
        if role == Qt.ItemDataRole.DisplayRole and column == 0:
            return f"{section.title}  ({len(section.lines)})   {section.note}".rstrip()
        return _bold() if role == Qt.ItemDataRole.FontRole else None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        right = column in self.table.numeric
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class SectionTable(QTreeView):
    """Shows a `SectionModel`; what the user folds stays folded."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._model = SectionModel(self)
        self._chosen: dict[str, bool] = {}
        self._filling = False
        self.setModel(self._model)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.header().setStretchLastSection(False)
        self.collapsed.connect(lambda index: self._choose(index, False))
        self.expanded.connect(lambda index: self._choose(index, True))

    @property
    def table(self) -> TextTable:
        """What is shown."""
        return self._model.table

    def show_table(self, table: TextTable, widths: dict[int, int]) -> None:
        """Show another table.

        Args:
            table: what to show.
            widths: column -> px; the others get a common width.
        """
        place = self.verticalScrollBar().value()
        self._filling = True
        self._model.show_table(table)
        for row, section in enumerate(table.sections):
            is_open = self._chosen.get(section.title, section.is_open)
            self.setExpanded(self._model.index(row, 0), is_open)
            self.setFirstColumnSpanned(row, QModelIndex(), True)
        for column in range(len(table.headers)):
            self.header().resizeSection(column, widths.get(column, 104))
        self._filling = False
        self.verticalScrollBar().setValue(place)

    def current_line(self) -> TextLine | None:
        """The line with the focus."""
        return self._model.line(self.currentIndex())

    def _choose(self, index: QModelIndex, is_open: bool) -> None:
        if not self._filling and not index.parent().isValid():
            self._chosen[self.table.sections[index.row()].title] = is_open


def _bold() -> QFont:
    font = QFont()
    font.setBold(True)
    return font
