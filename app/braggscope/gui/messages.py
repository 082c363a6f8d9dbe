"""Errors as people need them: what, why, what to do; details to copy."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from braggscope.api import BraggscopeError
from braggscope.errors import sentence
from braggscope.gui.widgets import set_role


def from_exception(error: BaseException, where: str = "") -> BraggscopeError:
    """Any exception as an error for people; the traceback goes to the details."""
    if isinstance(error, BraggscopeError):
        return error
    text = str(error).strip().splitlines()
    return BraggscopeError(
        f"{type(error).__name__}: {text[0] if text else 'no message'}",
        where=where,
        why="This is a fault of the program, not of what you did",
        remedy="You can go on working; please report it with the details",
        details="".join(traceback.format_exception(error)),
    )


def as_text(error: BraggscopeError) -> str:
    """Everything about an error, to copy into a report."""
    return f"{error}\n\n{error.details}".strip()


class ErrorDialog(QDialog):
    """An error in full."""

    def __init__(self, error: BraggscopeError, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What went wrong")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._text = as_text(error)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        what = sentence(error.what)
        for title, text in (
            ("", what),
            ("Where", error.where),
            ("Why", error.why),
            ("What to do", error.remedy),
        ):
            if text:
                layout.addWidget(_paragraph(title, text))
        if error.details:
            self._add_details(error.details, layout)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Copy all of this as text")
        copy.clicked.connect(self._copy)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setMinimumWidth(520)
        self.resize(680, 480 if error.details else 200)

    def _add_details(self, details: str, layout: QVBoxLayout) -> None:
        box = QPlainTextEdit(details, self)
        box.setReadOnly(True)
        box.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        box.setAccessibleName("Details")
        layout.addWidget(box, 1)

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text)


def _paragraph(title: str, text: str) -> QLabel:
    label = QLabel(f"{title}: {text}" if title else text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    if not title:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


class MessageBar(QFrame):
    """The last error or notes, above the images, until they are closed.

    Signals:
        details_asked: the error to show in full.
        error_shown: another error is shown.
        notes_shown: (title, notes) are shown.
    """

    details_asked = Signal(object)
    error_shown = Signal(object)
    notes_shown = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "message")
        self._error: BraggscopeError | None = None
        self._topic = ""
        self._sign = QLabel(self)
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details_button = QPushButton("Details…", self)
        self._details_button.clicked.connect(self._details)
        close = QToolButton(self)
        close.setText("✕")
        close.setAutoRaise(True)
        close.setAccessibleName("Close this message")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.addWidget(self._sign)
        layout.addWidget(self.text, 1)
        layout.addWidget(self._details_button)
        layout.addWidget(close)
        self.hide()

    def show_error(self, error: BraggscopeError, topic: str = "") -> None:
        """Show another error; `settle` with its topic takes it back."""
        self._error, self._topic = error, topic
        text = str(error)
        self._say("✗", "bad", sentence(text))
        self.error_shown.emit(error)

    def show_notes(self, title: str, notes: Sequence[str]) -> None:
        """Show what is worth knowing though nothing went wrong."""
        self._error, self._topic = None, ""
        self._say("ℹ", "muted", "\n".join((title, *(f"• {note}" for note in notes))))
        self.notes_shown.emit(title, tuple(notes))

    def _say(self, sign: str, role: str, text: str) -> None:
        self._sign.setText(sign)
        set_role(self._sign, role)
        set_role(self, "message" if self._error is not None else "notes")
        self._details_button.setVisible(self._error is not None)
        self.text.setText(text)
        self.setAccessibleName(text)
        self.show()

    def settle(self, topic: str) -> None:
        """What errors of a topic complained of is so no longer."""
        if topic == self._topic:
            self.hide()

    @Slot()
    def _details(self) -> None:
        if self._error is not None:
            self.details_asked.emit(self._error)
