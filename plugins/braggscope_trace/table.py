"""The table widget: a tree whose two value columns share the room that is left."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt, Slot
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from braggscope_trace.model import TraceTableModel
from braggscope_trace.rows import COLUMNS, VARIABLE, A, B

_WIDTHS = (76, 270, 64, 190, 190, 84, 84, 80, 150)
_WIDEST_VALUE = 420


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
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for column, width in enumerate(_WIDTHS):
            header.resizeSection(column, width)
        header.sectionResized.connect(self._section_resized)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room between the values, until the user sizes a column."""
        super().resizeEvent(event)
        if self._sized_by_hand:
            return
        others = sum(width for column, width in enumerate(_WIDTHS) if column not in (A, B))
        room = (self.viewport().width() - others) // 2
        self._sizing = True
        for column in (A, B):
            self.header().resizeSection(column, min(_WIDEST_VALUE, max(_WIDTHS[column], room)))
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
    def _section_resized(self, column: int, _before: int, _after: int) -> None:
        if not self._sizing and column != len(COLUMNS) - 1:
            self._sized_by_hand = True
