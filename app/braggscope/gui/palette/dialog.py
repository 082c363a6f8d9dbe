"""The palette on screen: a search with the list of what it finds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, QTimer, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from braggscope.gui.palette.commands import Command
from braggscope.gui.palette.memory import LastUsed
from braggscope.gui.palette.presenter import Found, found
from braggscope.gui.palette.rows import FOUND, Hits, Rows
from braggscope.gui.widgets import ElidedLabel, set_role

_WIDTH: Final = 680
_LINES: Final = 13
_STEPS: Final = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: _LINES - 1,
    Qt.Key.Key_PageUp: 1 - _LINES,
}


class Palette(QDialog):
    """Lists commands, narrows them as one types, and does the chosen one when it has closed.

    ↑ ↓ Page keys choose, Enter does it, Esc closes; the keys never leave the search.
    """

    def __init__(self, commands: Sequence[Command], used: LastUsed, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Command palette")
        self.setAccessibleName("Command palette")
        set_role(self, "palette")
        self._window = parent
        self._commands, self._used = tuple(commands), used
        self.search = QLineEdit(self)
        self.search.setPlaceholderText("What to do, a field, a panel, a flag such as -lambda …")
        self.search.setAccessibleName("Find a command")
        self.search.setAccessibleDescription("Up and Down choose, Enter does it, Escape closes")
        self.search.setClearButtonEnabled(True)
        self.rows = Rows(self)
        self.hits = Hits(self.rows, self)
        self.nothing = QLabel("Nothing is called that.\nTry other words, or fewer.", self)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = ElidedLabel(parent=self)
        self.count = QLabel(self)
        for label in (self.nothing, self.note, self.count):
            set_role(label, "muted")
        self._lay_out()
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._show)
        self.hits.clicked.connect(self._do)
        self.hits.entered.connect(self.hits.setCurrentIndex)
        self.hits.selectionModel().currentChanged.connect(self._announce)
        self._show("")

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setContentsMargins(10, 4, 10, 6)
        below.addWidget(self.note, 1)
        below.addWidget(self.count)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(8, 8, 8, 8)
        top.addWidget(self.search)
        layout.addLayout(top)
        layout.addWidget(self.hits, 1)
        layout.addWidget(self.nothing, 1)
        layout.addLayout(below)

    def open_over(self, window: QWidget) -> None:
        """Show it at the top of a window, in its middle."""
        width = min(_WIDTH, max(window.width() - 40, 240))
        line = max(self.hits.sizeHintForRow(0), 20)
        around = self.search.sizeHint().height() + self.count.sizeHint().height() + 28
        height = min(line * _LINES + around, max(window.height() - 80, 160))
        self.setFixedSize(width, height)
        corner = window.mapToGlobal(QPoint((window.width() - width) // 2, 56))
        self.move(corner)
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def found(self) -> tuple[Found, ...]:
        """What is listed."""
        rows = range(self.rows.rowCount())
        return tuple(self.rows.data(self.rows.index(row), FOUND) for row in rows)

    @property
    def chosen(self) -> Command | None:
        """The command that Enter does."""
        index = self.hits.currentIndex()
        return index.data(FOUND).command if index.isValid() else None

    @Slot(str)
    def _show(self, query: str) -> None:
        hits = found(query, self._commands, self._used.ids)
        self.rows.show(hits)
        self.hits.setVisible(bool(hits))
        self.nothing.setVisible(not hits)
        self.count.setText(f"{len(hits)} of {len(self._commands)}")
        if hits:
            self.hits.setCurrentIndex(self.rows.index(0))
            self.hits.scrollToTop()
        else:
            self.note.setText("")
            self._say(self.nothing.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that choose, while one types."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = _STEPS.get(Qt.Key(event.key()))
            if step is not None:
                self._step(step)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._do(self.hits.currentIndex())
                return True
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self._step(1 if event.key() == Qt.Key.Key_Tab else -1)
                return True
            ctrl = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            if ctrl and event.key() == Qt.Key.Key_K:
                self.close()
                return True
        return super().eventFilter(watched, event)

    def _step(self, step: int) -> None:
        count = self.rows.rowCount()
        if not count:
            return
        row = self.hits.currentIndex().row() + step
        # Single steps go round; pages stop at the ends.
        row = row % count if abs(step) == 1 else min(max(row, 0), count - 1)
        self.hits.setCurrentIndex(self.rows.index(row))

    @Slot(QModelIndex)
    def _do(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        command: Command = index.data(FOUND).command
        if not command.enabled:
            self._say(command.spoken)
            return
        self._used.use(command.id)
        self.close()
        # After the keys are back where they were: what is done may put them elsewhere.
        QTimer.singleShot(0, self._window, command.call)

    @Slot()
    def _announce(self) -> None:
        command = self.chosen
        if command is None:
            return
        first = command.hint.partition("\n")[0]
        self.note.setText(command.why.partition("\n")[0] if not command.enabled else first)
        place = f"{self.hits.currentIndex().row() + 1} of {self.rows.rowCount()}"
        self._say(f"{command.spoken}, {place}")

    def _say(self, text: str) -> None:
        """To a screen reader: the keys stay in the search, so it would not hear of the list."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.search, text))
