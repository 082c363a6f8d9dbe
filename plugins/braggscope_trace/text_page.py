"""A page of the dock with a `TextTable`, and what to do while there is none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from braggscope_trace.elided import ElidedLabel
from braggscope_trace.section_model import SectionTable
from braggscope_trace.sections import TextTable


class TextPage(QWidget):
    """A summary above a table; a message with buttons in their place while there is no table.

    Args:
        name: of the table, for screen readers.
        buttons: what can be done, also beside the summary.
    """

    def __init__(self, name: str, buttons: tuple[QPushButton, ...]) -> None:
        super().__init__()
        self.table = SectionTable(name)
        self.summary = ElidedLabel()
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.message.setMinimumWidth(1)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(160, 8)
        self.progress.setAccessibleName("Traces are under way")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._alone())
        self._stack.addWidget(self.table)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.summary, 1)
        for button in buttons:
            line.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(line)
        layout.addWidget(self._stack, 1)
        self.setFocusProxy(self.table)

    def say(self, message: str, busy: bool = False) -> None:
        """Show a message instead of the table."""
        self.summary.setText("")
        self.message.setText(message)
        self.progress.setVisible(busy)
        self._stack.setCurrentIndex(0)

    def show_table(self, table: TextTable, summary: str, widths: dict[int, int]) -> None:
        """Show a table; see `SectionTable.show_table`."""
        self.summary.setText(summary)
        self.summary.setToolTip(summary)
        self.table.show_table(table, widths)
        self._stack.setCurrentIndex(1)

    @property
    def has_table(self) -> bool:
        """Whether a table is shown."""
        return self._stack.currentIndex() == 1

    def _alone(self) -> QWidget:
        alone = QWidget()
        column = QVBoxLayout(alone)
        column.addStretch(1)
        column.addWidget(self.message)
        column.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return alone
