"""The table of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from braggscope.gui.benchmark.presenter import Row

_NAMES = 2


class BenchmarkTable(QTableWidget):
    """One row for each workload and engine; Ctrl+C copies all as text with tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 0, parent)
        self.setAccessibleName("Measurements")
        self.verticalHeader().hide()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(40)

    def show_rows(self, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Show measurements; those still to be repeated are in italics."""
        if self.columnCount() != len(names):
            self.setColumnCount(len(names))
        self.setHorizontalHeaderLabels(list(names))
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row.cells):
                item = self.item(number, column)
                if item is None:
                    item = self._new_item(number, column)
                if item.text() != text:
                    item.setText(text)
                font = item.font()
                if font.italic() == row.is_final:
                    font.setItalic(not row.is_final)
                    item.setFont(font)
                item.setToolTip(row.problem or text)
            self.setRowHeight(number, self.fontMetrics().height() + 8)

    def _new_item(self, row: int, column: int) -> QTableWidgetItem:
        item = QTableWidgetItem()
        side = Qt.AlignmentFlag.AlignLeft if column < _NAMES else Qt.AlignmentFlag.AlignRight
        item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.setItem(row, column, item)
        return item

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
        else:
            super().keyPressEvent(event)

    def as_text(self) -> str:
        """All rows with tabs between cells."""
        columns = range(self.columnCount())
        heads = [self.horizontalHeaderItem(column) for column in columns]
        lines = [[head.text() if head is not None else "" for head in heads]]
        for row in range(self.rowCount()):
            items = [self.item(row, column) for column in columns]
            lines.append([item.text() if item is not None else "" for item in items])
        return "\n".join("\t".join(line) for line in lines)
