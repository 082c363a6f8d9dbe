"""Small widgets of the form: editors, a message below a field."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QWidget,
)

from braggscope.gui.widgets import CalmComboBox

_ALARM: Final = {"light": QColor("#a3160c"), "dark": QColor("#ff9d8f")}
#: An editor may become this narrow; longer values scroll and stand in the tooltip.
_NARROWEST: Final = 44
#: Width of a text field's frame and margins.
_FRAME: Final = 14


def is_dark(palette: QPalette) -> bool:
    """Whether the window's background is dark."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


class ValueEdit(QLineEdit):
    """A text field for one value. Narrow if it must be: a long number is then shown rounded, with a
    "≈" and its digits in the tooltip, until the field is entered.
    """

    def __init__(self, name: str, tooltip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._explanation = tooltip
        self._full = ""
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        self.setMinimumWidth(_NARROWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textEdited.connect(self._edited)

    @property
    def full_text(self) -> str:
        """The text with all its digits."""
        return self._full

    def sizeHint(self) -> QSize:
        """Room for a usual number, not for the seventeen letters that Qt asks for."""
        hint = super().sizeHint()
        return QSize(self.fontMetrics().horizontalAdvance("0" * 8) + _FRAME, hint.height())

    def show_text(self, text: str) -> None:
        """Put a text in; one that is already there keeps its cursor."""
        if text != self._full:
            self._full = text
            self._render()

    def event(self, event: QEvent) -> bool:
        """Leave undo and redo to the form: setting a text empties Qt's own history of it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show all digits."""
        if self.text() != self._full:
            self.setText(self._full)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show what there is room for."""
        super().focusOutEvent(event)
        self._render()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        self._render()

    @Slot(str)
    def _edited(self, text: str) -> None:
        self._full = text

    def _render(self) -> None:
        shown = self._full if self.hasFocus() else self._fitting()
        if shown != self.text():
            self.setText(shown)
            self.setCursorPosition(0)
        explanation = (
            f"{self._full}\n{self._explanation}" if shown != self._full else self._explanation
        )
        if explanation != self.toolTip():
            self.setToolTip(explanation)

    def _fitting(self) -> str:
        room = self.width() - _FRAME
        measure = self.fontMetrics().horizontalAdvance
        if measure(self._full) <= room:
            return self._full
        try:
            value = float(self._full)
        except ValueError:
            return self._full
        rounded = (f"≈{value:.{digits}g}" for digits in range(12, 1, -1))
        return next((text for text in rounded if measure(text) <= room), self._full)


class ChoiceBox(CalmComboBox):
    """A combo box with a name for screen readers."""

    def __init__(self, name: str, tooltip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)


class Switch(QCheckBox):
    """A check box with a name for screen readers; its label stands beside it in the form."""

    def __init__(self, name: str, tooltip: str, parent: QWidget, text: str = "") -> None:
        super().__init__(text, parent)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)


class ElidedLabel(QLabel):
    """A line of text that loses its middle where there is no room; the tooltip has all of it."""

    def sizeHint(self) -> QSize:
        """As little as it can do with."""
        return QSize(_NARROWEST, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """As `sizeHint`."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        text = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        painter.drawText(
            self.rect(), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text
        )


class Message(QLabel):
    """A problem or a hint right below what it is about."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_problem = False
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setMinimumWidth(1)
        self.hide()

    def say(self, problem: str, hint: str = "") -> None:
        """Show a problem, or else a hint, or nothing."""
        self._is_problem = bool(problem)
        self.setText(f"⚠ {problem}" if problem else hint)
        self.setVisible(bool(problem or hint))
        if problem or hint:
            self._recolour()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.ParentChange:
            self._recolour()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Follow the theme of the application."""
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self._recolour()
        return super().event(event)

    def _recolour(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        palette = parent.palette()
        if self._is_problem:
            colour = _ALARM["dark" if is_dark(palette) else "light"]
        else:
            colour = palette.color(QPalette.ColorRole.PlaceholderText)
        own = self.palette()
        own.setColor(QPalette.ColorRole.WindowText, colour)
        self.setPalette(own)
