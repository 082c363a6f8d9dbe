"""A dialog that holds every run against every other one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import MetricContribution
from braggscope.gui.agreement.matrix import Matrix
from braggscope.gui.session import Session
from braggscope.gui.widgets import set_role


class MatrixDialog(QDialog):
    """Rows are A, columns are B; the metric is chosen above."""

    def __init__(
        self,
        session: Session,
        metrics: Mapping[str, MetricContribution],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Matrix of all runs")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.matrix = Matrix(session, metrics, self.refresh)
        self.choice = QComboBox(self)
        self.choice.setAccessibleName("Metric")
        for name, metric in self.matrix.metrics.items():
            self.choice.addItem(metric.title, name)
        self.choice.currentIndexChanged.connect(self.refresh)
        self.table = QTableWidget(self)
        self.table.setAccessibleName("Every run against every other one")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.note = QLabel(self)
        set_role(self.note, "muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = buttons.addButton("&Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setAutoDefault(False)
        copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        line = QHBoxLayout()
        line.addWidget(QLabel("Metric", self))
        line.addWidget(self.choice, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(line)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        self.resize(640, 360)
        self.finished.connect(self.matrix.cancel)
        self.matrix.start()

    @property
    def chosen(self) -> str:
        """The id of the metric that is shown."""
        return str(self.choice.currentData())

    @Slot()
    def copy(self) -> None:
        """Put the table on the clipboard."""
        QGuiApplication.clipboard().setText(self.matrix.as_text(self.chosen))

    @Slot()
    def refresh(self) -> None:
        """Show what is known."""
        labels = self.matrix.labels
        count = len(labels)
        self.table.setRowCount(count)
        self.table.setColumnCount(count)
        self.table.setHorizontalHeaderLabels(labels)
        self.table.setVerticalHeaderLabels(labels)
        for row in range(count):
            for column in range(count):
                text, remark = self.matrix.cell(row, column, self.chosen)
                item = QTableWidgetItem(text)
                item.setToolTip(remark)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        few = "Fewer than two runs have an image: press F5, or run more rows."
        busy = "Comparing …" if self.matrix.is_busy else "Each row is the reference of its columns."
        self.note.setText(few if count < 2 else busy)
