"""The table of metrics: one row each, one column for the image and one for every region."""

from __future__ import annotations

from itertools import zip_longest

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from braggscope.api import Pixel
from braggscope.gui.agreement.frozen import FrozenColumns
from braggscope.gui.agreement.presenter import MetricRow
from braggscope.ui.theme import current_theme

_COLUMNS = ("", "Metric and bound", "Value", "Pixel")
SIGN, METRIC, VALUE, PIXEL = range(len(_COLUMNS))
#: Of a region's column; it can be pulled wider.
_REGION_NARROWEST, _REGION_WIDEST = 64, 130
_COPIED = ("", "Metric", "Value", "Pixel", "Bound", "Noise")
#: What stands there while a value is to come, and in its place.
_EMPTY = ("…", "—")


class MetricTable(QTableWidget):
    """The metrics; Ctrl+C copies all of them as text with tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self.setAccessibleName("Metrics")
        self.verticalHeader().hide()
        self._rows: tuple[MetricRow, ...] = ()
        self._regions: tuple[str, ...] = ()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        # Only bounds and noise stand on a second line.
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(16)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideRight)
        self._set_columns(())
        self.names = FrozenColumns(self, VALUE)

    def _set_columns(self, regions: tuple[str, ...]) -> None:
        self._regions = regions
        self.setColumnCount(len(_COLUMNS) + len(regions))
        self.setHorizontalHeaderLabels(_COLUMNS)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        # Beside regions the values themselves lead to their pixels: there is no room to spare.
        self.setColumnHidden(PIXEL, bool(regions))
        for column, name in enumerate(regions, len(_COLUMNS)):
            # As wide as its numbers: a long name ends in … and stands in the tooltip.
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            item = QTableWidgetItem(name)
            item.setToolTip(f"Region “{name}”")
            self.setHorizontalHeaderItem(column, item)
        if not regions:
            # Takes what is left, so that nothing needs to be scrolled sideways.
            header.setSectionResizeMode(METRIC, QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put all rows on the clipboard."""
        QGuiApplication.clipboard().setText(self.as_text())

    def as_text(self) -> str:
        """All rows with tabs between cells."""
        lines = [(*_COPIED, *self._regions)]
        lines += [
            (
                row.sign, row.title, row.value, _place(row.pixel), row.bounds, row.noise,
                *(cell.value for cell in row.regions),
            )
            for row in self._rows
        ]  # fmt: skip
        return "\n".join("\t".join(line) for line in lines)

    def show_rows(self, rows: tuple[MetricRow, ...], regions: tuple[str, ...]) -> None:
        """Show the metrics; the bound stands below the name, where it needs no width."""
        before = self._rows if regions == self._regions else ()
        self._rows = rows
        self.setVisible(bool(rows))
        if regions != self._regions:
            self._set_columns(regions)
        self.setRowCount(len(rows))
        # Metrics come one by one: most rows are as they were.
        for number, (row, old) in enumerate(zip_longest(rows, before[: len(rows)])):
            if row != old:
                self._show_row(number, row)
                self._color_row(number, row)
        for column in range(len(_COLUMNS), self.columnCount()):
            wide = min(max(self.sizeHintForColumn(column), _REGION_NARROWEST), _REGION_WIDEST)
            self.setColumnWidth(column, wide)
        self.names.follow()

    def _show_row(self, number: int, row: MetricRow) -> None:
        title = f"{row.title}\n{row.bounds}" if row.bounds else row.title
        value = f"{row.value}\n{row.noise}" if row.noise else row.value
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self._set(number, SIGN, row.sign, row.hint)
        self._set(number, METRIC, title, "\n".join(filter(None, (title, row.hint))))
        tips = (row.hint, row.noise_hint)
        whole = self._set(number, VALUE, value, "\n\n".join(filter(None, tips)))
        whole.setTextAlignment(right)
        link = self._set(number, PIXEL, _place(row.pixel), row.hint)
        if row.pixel is not None:
            link.setToolTip("Slow, fast: go to this pixel")
        self._underline(link, row.pixel is not None)
        for index, cell in enumerate(row.regions):
            sign = f"{cell.sign} " if cell.sign else ""
            place = f"Slow, fast: {_place(cell.pixel)}; click to go there" if cell.pixel else ""
            hint = "\n".join(filter(None, (row.title, cell.hint, place)))
            item = self._set(number, len(_COLUMNS) + index, sign + cell.value, hint)
            item.setTextAlignment(right)
            self._underline(item, cell.pixel is not None)
        self._underline(whole, self.is_link(number, VALUE))
        lines = 2 if row.bounds or row.noise else 1
        height = self.fontMetrics().height() * lines + 6
        if self.rowHeight(number) != height:
            self.setRowHeight(number, height)

    def _set(self, row: int, column: int, text: str, hint: str) -> QTableWidgetItem:
        item: QTableWidgetItem | None = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            self.setItem(row, column, item)
        if item.text() != text:
            item.setText(text)
        item.setToolTip(hint)
        return item

    @staticmethod
    def _underline(item: QTableWidgetItem, is_link: bool) -> None:
        font = item.font()
        if font.underline() != is_link:
            font.setUnderline(is_link)
            item.setFont(font)

    def is_link(self, row: int, column: int) -> bool:
        """Whether a click on a cell leads to a pixel."""
        leads = column >= PIXEL or (column == VALUE and bool(self._regions))
        return leads and self.pixel_at(row, column) is not None

    def pixel_at(self, row: int, column: int) -> Pixel | None:
        """The pixel that a cell leads to."""
        if not 0 <= row < len(self._rows):
            return None
        index = column - len(_COLUMNS)
        cells = self._rows[row].regions
        return cells[index].pixel if 0 <= index < len(cells) else self._rows[row].pixel

    def repaint_rows(self) -> None:
        """Take the colours of the theme."""
        for number, row in enumerate(self._rows):
            self._color_row(number, row)

    def _color_row(self, number: int, row: MetricRow) -> None:
        theme = current_theme()
        signs = {SIGN: row.sign}
        signs |= {len(_COLUMNS) + i: cell.sign for i, cell in enumerate(row.regions)}
        for column, sign in signs.items():
            color = {"✗": theme.bad, "✓": theme.good, "?": theme.warn}.get(sign, theme.text)
            self._color(number, column, color)
        self._color(number, VALUE, theme.muted if row.value in _EMPTY else theme.text)
        self._color(number, PIXEL, theme.accent)

    def _color(self, row: int, column: int, color: str) -> None:
        item = self.item(row, column)
        if item is not None:
            item.setForeground(QBrush(QColor(color)))


def _place(pixel: Pixel | None) -> str:
    return f"{pixel.slow}, {pixel.fast}" if pixel is not None else ""
