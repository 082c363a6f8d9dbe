"""The export of evidence: what goes in, where, how far it is, and what to do with it then."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from braggscope.errors import sentence
from braggscope.gui.evidence.wording import size_text
from braggscope.gui.widgets import ElidedLabel, set_role

_SAMPLES: Final = 8
_INTRO: Final = (
    "All that is needed to read this comparison, to check it and to make it again: experiment and"
    " input files, command lines, versions, images, pictures, metrics, traces, and a report."
)


class ExportDialog(QDialog):
    """Asks, then shows progress, then offers what was written.

    Signals:
        export_asked: whether as a zip file.
        cancel_asked: the export under way is not wanted any more.
        show_asked, report_asked: as they say.
    """

    export_asked = Signal(bool)
    cancel_asked = Signal()
    show_asked = Signal()
    report_asked = Signal()

    def __init__(self, lines: tuple[tuple[str, str], ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export evidence")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.is_writing = False
        intro = QLabel(_INTRO, self)
        intro.setWordWrap(True)
        set_role(intro, "muted")
        self.kind = QComboBox(self)
        self.kind.addItem("One zip file", True)
        self.kind.addItem("A folder", False)
        self.samples = QSpinBox(self)
        self.samples.setRange(0, 1000)
        self.samples.setValue(_SAMPLES)
        self.samples.setToolTip(
            "Beside the pixels under the crosshair and in the trace view: the largest differences,"
            " the strongest pixels, and a grid with the corners"
        )
        self.form = QFormLayout()
        self.form.setVerticalSpacing(6)
        for title, text in lines:
            label = ElidedLabel(text, self)
            self.form.addRow(f"{title}:", label)
        self.form.addRow("Write it &as", self.kind)
        self.form.addRow("More pixels to &trace", self.samples)
        self.progress = QProgressBar(self)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress")
        self.doing = ElidedLabel(parent=self)
        self.outcome = QLabel(self)
        self.outcome.setWordWrap(True)
        self.outcome.setTextFormat(Qt.TextFormat.PlainText)
        self.outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_button = QPushButton("&Show in folder", self)
        self.show_button.clicked.connect(self.show_asked)
        self.report_button = QPushButton("Open &report", self)
        self.report_button.clicked.connect(self.report_asked)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export_button = self.buttons.addButton(
            "Export…", QDialogButtonBox.ButtonRole.ActionRole
        )
        self.export_button.setDefault(True)
        self.export_button.clicked.connect(
            lambda: self.export_asked.emit(bool(self.kind.currentData()))
        )
        self.buttons.rejected.connect(self._stop)
        layout = self._layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(intro)
        layout.addLayout(self.form)
        layout.addWidget(self.progress)
        layout.addWidget(self.doing)
        layout.addWidget(self.outcome)
        after = QHBoxLayout()
        after.addWidget(self.show_button)
        after.addWidget(self.report_button)
        after.addStretch()
        layout.addLayout(after)
        layout.addStretch()
        layout.addWidget(self.buttons)
        self.setMinimumWidth(520)
        self._show_parts(asking=True)

    def begin(self, path: Path) -> None:
        """The export goes on."""
        self.is_writing = True
        self.outcome.clear()
        self.report(0.0, f"writing {path.name}")
        self._show_parts(asking=False)

    def report(self, fraction: float, doing: str) -> None:
        """So much is done."""
        self.progress.setValue(round(1000 * fraction))
        self.doing.setText(f"{sentence(doing)} …")

    def written(self, path: Path, size: int, missing: tuple[str, ...]) -> None:
        """It is there."""
        self.is_writing = False
        lines = [f"✓ Written: {path} ({size_text(size)})"]
        lines += [f"• without {why}" for why in missing]
        self.outcome.setText("\n".join(lines))
        self._show_parts(asking=False)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setText("Close")
        self.report_button.setFocus()

    def ended(self, problem: str) -> None:
        """It did not come about; it can be tried again."""
        self.is_writing = False
        self.outcome.setText(problem)
        self._show_parts(asking=True)

    def _show_parts(self, asking: bool) -> None:
        done = not asking and not self.is_writing
        for widget in (self.kind, self.samples):
            self.form.setRowVisible(widget, asking)
        self.export_button.setVisible(asking)
        self.progress.setVisible(self.is_writing)
        self.doing.setVisible(self.is_writing)
        self.outcome.setVisible(bool(self.outcome.text()))
        for button in (self.show_button, self.report_button):
            button.setVisible(done)
        self._layout.activate()
        self.resize(self.width(), self.sizeHint().height())

    @Slot()
    def _stop(self) -> None:
        if self.is_writing:
            self.report(self.progress.value() / 1000, "stopping")
            self.cancel_asked.emit()
        else:
            self.close()

    def reject(self) -> None:
        """Escape: as the button."""
        self._stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave nothing half-written."""
        if self.is_writing:
            self.cancel_asked.emit()
        super().closeEvent(event)
