"""The agreement panel."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import MetricContribution, Pixel
from braggscope.gui.agreement.presenter import Agreement, MetricRow, agreement_of
from braggscope.gui.widgets import set_role
from braggscope.gui.workspace import Workspace
from braggscope.ui.theme import current_theme

_COLUMNS = ("", "Metric and bound", "Value", "Pixel")
_SIGN, _METRIC, _VALUE, _PIXEL = range(len(_COLUMNS))
_COPIED = ("", "Metric", "Value", "Pixel", "Bound")


class MetricTable(QTableWidget):
    """The metrics; Ctrl+C copies the selection, or all, as text with tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, len(_COLUMNS), parent)
        self.setHorizontalHeaderLabels(_COLUMNS)
        self.setAccessibleName("Metrics")
        self.verticalHeader().hide()
        self._rows: tuple[MetricRow, ...] = ()
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # Takes what is left, so that nothing needs to be scrolled sideways.
        header.setSectionResizeMode(_METRIC, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(16)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.as_text())
        else:
            super().keyPressEvent(event)

    def as_text(self) -> str:
        """All rows with tabs between cells."""
        lines = [_COPIED, *((r.sign, r.title, r.value, _place(r), r.bounds) for r in self._rows)]
        return "\n".join("\t".join(line) for line in lines)

    def show_rows(self, rows: tuple[MetricRow, ...]) -> None:
        """Show the metrics; the bound stands below the name, where it needs no width."""
        self._rows = rows
        self.setVisible(bool(rows))
        self.setRowCount(len(rows))
        line = self.fontMetrics().height()
        for number, row in enumerate(rows):
            title = f"{row.title}\n{row.bounds}" if row.bounds else row.title
            cells = [QTableWidgetItem(t) for t in (row.sign, title, row.value, _place(row))]
            for column, cell in enumerate(cells):
                cell.setToolTip(row.hint)
                self.setItem(number, column, cell)
            cells[_METRIC].setToolTip("\n".join(filter(None, (title, row.hint))))
            cells[_VALUE].setTextAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
            if row.pixel is not None:
                font = cells[_PIXEL].font()
                font.setUnderline(True)
                cells[_PIXEL].setFont(font)
                cells[_PIXEL].setToolTip("Slow, fast: go to this pixel")
            self.setRowHeight(number, line * (2 if row.bounds else 1) + 6)


def _place(row: MetricRow) -> str:
    return f"{row.pixel.slow}, {row.pixel.fast}" if row.pixel is not None else ""


class AgreementPanel(QWidget):
    """The verdict and the metrics behind it."""

    def __init__(
        self,
        workspace: Workspace,
        metrics: Mapping[str, MetricContribution],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._metrics = workspace, dict(metrics)
        self._shown: Agreement | None = None
        self.banner = QFrame(self)
        self.sign, self.headline = QLabel(self.banner), QLabel(self.banner)
        set_role(self.sign, "verdict-sign")
        set_role(self.headline, "verdict")
        self.banner.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.headline.setWordWrap(True)
        self.outdated = QLabel("outdated", self.banner)
        set_role(self.outdated, "warn")
        self.reasons = QLabel(self.banner)
        self.reasons.setWordWrap(True)
        self.reasons.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = MetricTable(self)
        self.table.cellActivated.connect(self._go_to)
        self.table.cellClicked.connect(self._clicked)
        self._lay_out()
        workspace.analysis_changed.connect(self.refresh)
        workspace.slots_changed.connect(self.refresh)
        workspace.theme_changed.connect(self._repaint_rows)
        self.refresh()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.sign)
        line.addWidget(self.headline, 1)
        line.addWidget(self.outdated)
        inside = QVBoxLayout(self.banner)
        inside.setContentsMargins(12, 8, 12, 8)
        inside.setSpacing(2)
        inside.addLayout(line)
        inside.addWidget(self.reasons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.banner)
        layout.addWidget(self.table, 1)
        # Takes the room while there is no table.
        layout.addStretch(0)

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        agreement = agreement_of(self._workspace.session, self._metrics)
        if agreement == self._shown:
            return
        rows_changed = self._shown is None or agreement.rows != self._shown.rows
        self._shown = agreement
        set_role(self.banner, f"banner-{agreement.tone}")
        set_role(self.sign, f"verdict-{agreement.tone}")
        self.sign.setText(agreement.sign)
        self.headline.setText(agreement.headline)
        self.banner.setAccessibleName(f"{agreement.headline}. {' '.join(agreement.reasons)}")
        self.outdated.setVisible(agreement.outdated)
        self.reasons.setText("\n".join(agreement.reasons))
        self.reasons.setVisible(bool(agreement.reasons))
        if rows_changed:
            self.table.show_rows(agreement.rows)
            self._repaint_rows()

    @Slot()
    def _repaint_rows(self) -> None:
        theme = current_theme()
        for row in range(self.table.rowCount()):
            sign, link = self.table.item(row, _SIGN), self.table.item(row, _PIXEL)
            if sign is not None and sign.text():
                color = theme.bad if sign.text() == "✗" else theme.good
                sign.setForeground(QBrush(QColor(color)))
            if link is not None:
                link.setForeground(QBrush(QColor(theme.accent)))

    @Slot(int, int)
    def _clicked(self, row: int, column: int) -> None:
        if column == _PIXEL:
            self._go_to(row, column)

    @Slot(int, int)
    def _go_to(self, row: int, column: int) -> None:
        pixel: Pixel | None = self._shown.rows[row].pixel if self._shown else None
        if pixel is not None:
            self._workspace.set_cursor(pixel)
