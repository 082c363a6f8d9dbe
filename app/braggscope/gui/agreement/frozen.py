"""First columns of a table that stay where they are while the others scroll sideways."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QTableWidget


class FrozenColumns(QTableView):
    """Lies over a table and shows its first columns again, as soon as these are scrolled away.

    Args:
        count: how many columns.
    """

    def __init__(self, table: QTableWidget, count: int) -> None:
        super().__init__(table)
        self._table, self._count = table, count
        self.setModel(table.model())
        self.setSelectionModel(table.selectionModel())
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Metrics, names only")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(16)
        self.horizontalHeader().setDefaultAlignment(table.horizontalHeader().defaultAlignment())
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        bar, own = table.verticalScrollBar(), self.verticalScrollBar()
        bar.valueChanged.connect(own.setValue)
        own.valueChanged.connect(bar.setValue)
        table.horizontalScrollBar().valueChanged.connect(self.follow)
        table.horizontalHeader().sectionResized.connect(self.follow)
        table.verticalHeader().sectionResized.connect(self._follow_row)
        table.viewport().installEventFilter(self)
        self.hide()

    @Slot()
    def follow(self) -> None:
        """Take the table's columns, or hide."""
        table = self._table
        if not table.horizontalScrollBar().value() or not table.rowCount():
            self.hide()
            return
        for column in range(table.columnCount()):
            self.setColumnHidden(column, column >= self._count)
        for column in range(self._count):
            self.setColumnWidth(column, table.columnWidth(column))
        for row in range(table.rowCount()):
            self.setRowHeight(row, table.rowHeight(row))
        frame, header = table.frameWidth(), table.horizontalHeader().height()
        self.horizontalHeader().setFixedHeight(header)
        width = sum(table.columnWidth(column) for column in range(self._count))
        self.setGeometry(frame, frame, width, header + table.viewport().height())
        self.show()
        self.verticalScrollBar().setValue(table.verticalScrollBar().value())

    @Slot(int, int, int)
    def _follow_row(self, row: int, _old: int, new: int) -> None:
        if self.isVisible():
            self.setRowHeight(row, new)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The table has another size."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.follow()
        return False
