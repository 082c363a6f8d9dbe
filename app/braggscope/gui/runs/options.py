"""Editors of an engine's options: a choice, a path, a text or a number."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Signal, SignalInstance, Slot
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QWidget,
)

from braggscope.api import EngineOption
from braggscope.gui.widgets import CalmComboBox


class OptionEditor(Protocol):
    """What a card asks of an editor."""

    edited: SignalInstance

    def value(self) -> str:
        """What is said; "" for nothing."""
        ...

    def show_value(self, value: str) -> None:
        """Show another value, and tell nobody."""
        ...


class ChoiceEditor(CalmComboBox):
    """One of a few values; any text where there are none to choose from."""

    edited = Signal()

    def __init__(self, option: EngineOption, parent: QWidget) -> None:
        super().__init__(parent)
        self.addItems(option.choices)
        self.setEditable(not option.choices)
        self.textActivated.connect(self.edited)

    def value(self) -> str:
        """The chosen text."""
        return self.currentText()

    def show_value(self, value: str) -> None:
        """Show another choice."""
        self.setCurrentText(value)


class TextEditor(QLineEdit):
    """A text or a number; told when the field is left or Return is pressed."""

    edited = Signal()

    def __init__(self, option: EngineOption, parent: QWidget) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setPlaceholderText(option.fallback)
        self.editingFinished.connect(self._finished)

    def value(self) -> str:
        """What stands in the field."""
        return self.text().strip()

    def show_value(self, value: str) -> None:
        """Show another text, unless one is being typed over the same value."""
        if value != self._shown or not self.hasFocus():
            self._shown = value
            if value != self.value():
                self.setText(value)

    @Slot()
    def _finished(self) -> None:
        if self.value() != self._shown:
            self._shown = self.value()
            self.edited.emit()


class PathEditor(QWidget):
    """A file: its path, and a button to look for it."""

    edited = Signal()

    def __init__(self, option: EngineOption, parent: QWidget) -> None:
        super().__init__(parent)
        self._option = option
        self.field = TextEditor(option, self)
        self.field.setPlaceholderText("Choose an image, or drop it on the window")
        self.field.setAccessibleName(option.title)
        self.field.edited.connect(self.edited)
        self.browse = QPushButton("Browse…", self)
        self.browse.setAccessibleName(f"Browse for: {option.title}")
        self.browse.clicked.connect(self._ask)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.field, 1)
        layout.addWidget(self.browse)
        self.setFocusProxy(self.field)

    def value(self) -> str:
        """The path."""
        return self.field.value()

    def show_value(self, value: str) -> None:
        """Show another path, the end of it: names differ there."""
        self.field.show_value(value)
        self.field.setToolTip(value or self._option.description)

    @Slot()
    def _ask(self) -> None:
        kinds = f"{self._option.title}s ({' '.join(self._option.patterns) or '*'});;All files (*)"
        folder = str(Path(self.value()).parent) if self.value() else ""
        name, _ = QFileDialog.getOpenFileName(
            self.window(), f"Choose: {self._option.title}", folder, kinds
        )
        if name:
            self.field.setText(name)
            self.field.editingFinished.emit()


def editor_of(option: EngineOption, parent: QWidget) -> ChoiceEditor | TextEditor | PathEditor:
    """The editor for an option, named for screen readers."""
    made: ChoiceEditor | TextEditor | PathEditor
    if option.kind == "path":
        made = PathEditor(option, parent)
    elif option.kind == "choice":
        made = ChoiceEditor(option, parent)
    else:
        made = TextEditor(option, parent)
    made.setAccessibleName(option.title)
    made.setToolTip(f"{option.title}: {option.description}")
    return made
