"""The table widget: a tree whose columns fit into the room there is."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from braggscope_trace.columns import COLUMNS, VARIABLE, column_widths
from braggscope_trace.model import TraceTableModel


class TraceTable(QTreeView):
    """Shows a `TraceTableModel`."""

    def __init__(self, model: TraceTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._sizing = False
        self._sized_by_hand = False
        self.setModel(model)
        self.setAccessibleName("Variables of the trace")
        self.setTreePosition(VARIABLE)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        # A number keeps its exponent, a variable its name.
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        # A stretched section would not follow the scroll bar that comes and goes beside it.
        header.setStretchLastSection(False)
        header.sectionResized.connect(self._section_resized)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns into the room, until the user sizes one."""
        super().resizeEvent(event)
        if self._sized_by_hand:
            return
        widths = column_widths(self.viewport().width())
        self._sizing = True
        for column in range(len(COLUMNS)):
            self.setColumnHidden(column, column not in widths)
            if column in widths:
                self.header().resizeSection(column, widths[column])
        self._sizing = False

    def drawBranches(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The mark of the first divergence goes on below the branches."""
        line = self._model.line(index)
        if line is not None and line.is_first:
            painter.fillRect(rect, self._model.first_brush)
        super().drawBranches(painter, rect, index)

    @Slot(int, int, int)
    def _section_resized(self, _column: int, _before: int, _after: int) -> None:
        if not self._sizing:
            self._sized_by_hand = True
