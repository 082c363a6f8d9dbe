"""The dialog that reads a pasted nanoBragg command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QFontDatabase, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from braggscope.experiment import Experiment
from braggscope.experiment.semantics import Semantics
from braggscope.gui.experiment_panel.command_line import Reading, read_command_line
from braggscope.gui.experiment_panel.widgets import Message
from braggscope.gui.experiment_panel.wording import words_of
from braggscope.gui.tasks import TaskRunner

_PAUSE_MS = 250
_EXAMPLE = "nanoBragg -cell 78 78 38 90 90 90 -default_F 100 -N 5 -lambda 1 -distance 100"


class PasteDialog(QDialog):
    """Says while one types what a command line was understood as; Apply takes it.

    Args:
        parent: the dialog's.
        text: what stands in it at first.
        folder: what relative file names are relative to at first.
        may_replace: asked when Apply is pressed; "no" leaves the dialog open with its text.
    """

    def __init__(
        self,
        parent: QWidget | None,
        text: str,
        folder: Path,
        may_replace: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(parent)
        self._may_replace = may_replace
        self.setWindowTitle("Paste a nanoBragg command line")
        self.resize(620, 360)
        self.experiment: Experiment | None = None
        self.semantics = Semantics()
        self._tasks = TaskRunner(self)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._read)
        self.editor = QPlainTextEdit(text)
        self.editor.setAccessibleName("Command line")
        self.editor.setPlaceholderText(_EXAMPLE)
        self.editor.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.editor.setTabChangesFocus(True)
        self.folder_edit = QLineEdit(str(folder))
        self.folder_edit.setAccessibleName("Folder of relative file names")
        self.browse_button = QPushButton("Browse…")
        self.browse_button.setAccessibleName("Browse for the folder")
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.warning = Message(self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.apply_button = self.buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self._connect()
        self._changed()

    def accept(self) -> None:
        """Close the dialog, unless what the form holds is to stay."""
        if self._may_replace():
            super().accept()

    @property
    def folder(self) -> Path:
        """What relative file names are relative to."""
        return Path(self.folder_edit.text().strip() or ".").expanduser().absolute()

    def _lay_out(self) -> None:
        folder_label = QLabel("&Files are in")
        folder_label.setBuddy(self.folder_edit)
        folder_label.setToolTip("Relative file names on the command line are looked for here.")
        editor_label = QLabel("&Command line (several lines, prompt and program name are fine)")
        editor_label.setBuddy(self.editor)
        editor_label.setWordWrap(True)
        folder_line = QHBoxLayout()
        folder_line.addWidget(folder_label)
        folder_line.addWidget(self.folder_edit, 1)
        folder_line.addWidget(self.browse_button)
        layout = QVBoxLayout(self)
        layout.addWidget(editor_label)
        layout.addWidget(self.editor, 1)
        layout.addLayout(folder_line)
        layout.addWidget(self.status)
        layout.addWidget(self.warning)
        layout.addWidget(self.buttons)

    def _connect(self) -> None:
        self.editor.textChanged.connect(self._changed)
        self.folder_edit.textChanged.connect(self._changed)
        self.browse_button.clicked.connect(self._browse)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self._apply)
        self.apply_button.setToolTip("Put it into the form (Ctrl+Enter)")

    @Slot()
    def _changed(self) -> None:
        self.experiment = None
        self.apply_button.setEnabled(False)
        self.status.setText("Reading …")
        self.status.show()
        self.warning.say("")
        self._tasks.cancel("read")
        self._pause.start()

    @Slot()
    def _read(self) -> None:
        text, folder = self.editor.toPlainText(), self.folder
        self._tasks.start("read", lambda: read_command_line(text, folder), self._show, self._fail)

    def _show(self, reading: Reading) -> None:
        self.experiment, self.semantics = reading.experiment, reading.semantics
        self.apply_button.setEnabled(reading.experiment is not None)
        is_wrong = reading.experiment is None and bool(self.editor.toPlainText().strip())
        mark = "✓ " if reading.experiment is not None else ""
        self.status.setText(f"{mark}{reading.message}")
        self.status.setVisible(not is_wrong)
        self.warning.say(reading.message if is_wrong else reading.concerns)

    def _fail(self, error: Exception) -> None:
        self.status.setText("")
        self.warning.say(words_of(error))

    @Slot()
    def _apply(self) -> None:
        if self.apply_button.isEnabled():
            self.accept()

    @Slot()
    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self, "Folder of relative file names", str(self.folder)
        )
        if name:
            self.folder_edit.setText(name)
