"""Verification of evidence: progress, and item by item what holds."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QBrush, QCloseEvent, QColor, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from braggscope.errors import sentence
from braggscope.evidence.verifying import Check
from braggscope.gui.evidence.wording import SIGNS, TONES, checks_text
from braggscope.gui.widgets import ElidedLabel, set_role
from braggscope.ui.theme import current_theme


class VerifyDialog(QDialog):
    """Shows a verification; the window can be used meanwhile.

    Signals:
        start_asked, cancel_asked: as they say.
    """

    start_asked = Signal()
    cancel_asked = Signal()

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Verify {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.is_running = False
        intro = QLabel(
            "A and B are run again, afresh, and compared again; images, metrics, verdict and"
            " traces are held against the recorded ones.",
            self,
        )
        intro.setWordWrap(True)
        set_role(intro, "muted")
        self.outcome = QLabel(self)
        self.outcome.setWordWrap(True)
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        font = self.outcome.font()
        font.setBold(True)
        self.outcome.setFont(font)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress")
        self.doing = ElidedLabel(parent=self)
        self.list = QTreeWidget(self)
        self.list.setAccessibleName("Checks")
        self.list.setHeaderLabels(("", "What", "Then and now"))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAlternatingRowColors(True)
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.start_button = buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setToolTip("All checks as text")
        self.copy_button.clicked.connect(self._copy)
        self.start_button.clicked.connect(self._start_or_stop)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(intro)
        layout.addWidget(self.progress)
        layout.addWidget(self.doing)
        layout.addWidget(self.outcome)
        layout.addWidget(self.list, 1)
        layout.addWidget(buttons)
        self.resize(760, 520)

    def begin(self) -> None:
        """It goes on."""
        self.is_running = True
        self.list.clear()
        self.outcome.clear()
        self.report(0.0, "starting")
        self._show_parts()

    def report(self, fraction: float, doing: str) -> None:
        """So much is done."""
        self.progress.setValue(round(1000 * fraction))
        self.doing.setText(f"{sentence(doing)} …")

    def show_checks(self, checks: tuple[Check, ...]) -> None:
        """It is over: what holds."""
        self.is_running = False
        theme = current_theme()
        for check in checks:
            sign = f"{SIGNS[check.outcome]} {check.outcome}"
            item = QTreeWidgetItem(self.list, [sign, check.what, check.detail])
            item.setToolTip(2, check.detail)
            if not check.holds:
                item.setForeground(0, QBrush(QColor(getattr(theme, TONES[check.outcome]))))
        self.outcome.setText(checks_text(checks))
        self._show_parts()

    def show_problem(self, problem: str) -> None:
        """It did not come to its end."""
        self.is_running = False
        self.outcome.setText(problem)
        self._show_parts()

    def _show_parts(self) -> None:
        for widget in (self.progress, self.doing):
            widget.setVisible(self.is_running)
        self.outcome.setVisible(not self.is_running)
        self.start_button.setText("Cancel" if self.is_running else "Verify again")
        self.copy_button.setEnabled(self.list.topLevelItemCount() > 0)

    @Slot()
    def _start_or_stop(self) -> None:
        if self.is_running:
            self.cancel_asked.emit()
        else:
            self.start_asked.emit()

    @Slot()
    def _copy(self) -> None:
        rows = (self.list.topLevelItem(n) for n in range(self.list.topLevelItemCount()))
        lines = ["\t".join(row.text(column) for column in range(3)) for row in rows if row]
        QGuiApplication.clipboard().setText("\n".join([self.outcome.text(), *lines]))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing running."""
        if self.is_running:
            self.cancel_asked.emit()
        super().closeEvent(event)
