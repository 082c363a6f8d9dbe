"""A line below the buttons: what was done, or what is needed first, with a button for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from braggscope.gui.experiment_panel.widgets import Message

_BRIEFLY_MS = 4000


class Notice(QWidget):
    """Hidden until there is something to say; good news goes away by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = Message(self)
        self.button = QPushButton(self)
        self.button.clicked.connect(self._act)
        self.button.hide()
        self._action: Callable[[], None] | None = None
        self._clock = QTimer(self, singleShot=True, interval=_BRIEFLY_MS)
        self._clock.timeout.connect(self.clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.message)
        layout.addWidget(self.button)
        self.hide()

    def inform(self, text: str, *, briefly: bool = True) -> None:
        """Say that something is done, or under way."""
        self._show(text, "")
        if briefly:
            self._clock.start()

    def warn(self, problem: str, action: str = "", act: Callable[[], None] | None = None) -> None:
        """Say what does not work, and offer what would help."""
        self._show("", problem)
        if act is not None:
            self._action = act
            self.button.setText(action)
            self.button.show()

    @Slot()
    def clear(self) -> None:
        """Say nothing."""
        self._clock.stop()
        self._action = None
        self.button.hide()
        self.hide()

    def _show(self, text: str, problem: str) -> None:
        self.clear()
        self.message.say(problem, text)
        self.show()

    @Slot()
    def _act(self) -> None:
        if self._action is not None:
            self._action()
