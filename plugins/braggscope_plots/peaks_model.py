"""The list of Bragg peaks as a Qt table model that sorts itself."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from braggscope.api import Pixel
from braggscope_plots.peaks import Peaks
from braggscope_plots.peaks_table import HELP, TITLES, peak_columns, peak_text
from braggscope_plots.tables import Column

Index = QModelIndex | QPersistentModelIndex
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class PeaksModel(QAbstractTableModel):
    """One row a reflection."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._peaks: Peaks | None = None
        self._columns: tuple[Column, ...] = ()
        self._order: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None

    def show_peaks(self, peaks: Peaks) -> None:
        """Show other peaks, in the order that was chosen."""
        self.beginResetModel()
        self._peaks, self._columns = peaks, peak_columns(peaks)
        self._sort()
        self.endResetModel()

    def pixel(self, row: int) -> Pixel | None:
        """The brightest pixel of the reflection in a row."""
        if self._peaks is None or not 0 <= row < len(self._order):
            return None
        place = self._order[row]
        return Pixel(int(self._peaks.slow[place]), int(self._peaks.fast[place]))

    def columns(self, rows: list[int] | None = None) -> tuple[Column, ...]:
        """The numbers in the order shown; of some rows, or of all."""
        order = self._order if rows is None else self._order[rows]
        return tuple(Column(column.name, column.values[order]) for column in self._columns)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Reflections."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """What is known of each."""
        return 0 if parent.isValid() else len(TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text and alignment of a cell."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            value = self._columns[index.column()].values[self._order[index.row()]]
            return peak_text(index.column(), float(value))
        return _RIGHT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles of the columns; numbers of the rows."""
        if orientation != Qt.Orientation.Horizontal:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        if not 0 <= section < len(TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT
        return HELP[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; equal ones stay as they were, NaN comes last."""
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        places = [int(self._order[index.row()]) for index in old]
        self._sorted_by = (column, order) if 0 <= column < len(TITLES) else None
        self._sort()
        now = np.argsort(self._order)
        new = [self.index(int(now[p]), i.column()) for p, i in zip(places, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _sort(self) -> None:
        count = 0 if self._peaks is None else len(self._peaks.slow)
        self._order = np.arange(count)
        if self._sorted_by is None or not count:
            return
        column, order = self._sorted_by
        values = self._columns[column].values.astype(np.float64)
        if order == Qt.SortOrder.DescendingOrder:
            values = -values
        self._order = np.argsort(values, kind="stable")
