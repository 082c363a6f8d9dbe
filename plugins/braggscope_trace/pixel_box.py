"""Where one index of a pixel is typed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSpinBox

#: What can be typed: more than there is, so that it can be refused and not just cut.
_TYPED: Final = 9_999_999


class PixelBox(QSpinBox):
    """One index of a pixel.

    Attributes:
        largest: the last index on the detector.

    Signals:
        entered: Enter was pressed.
    """

    entered = Signal()

    def __init__(self, axis: str, largest: int) -> None:
        super().__init__()
        self.setAccessibleName(f"{axis.capitalize()} index of the pixel to trace")
        self.setToolTip(f"Index along the {axis} axis, from 0.")
        self.axis = axis
        self.largest = largest
        self.setMaximum(largest)
        # What can be typed needs more room than what is on any detector.
        self.setFixedWidth(self.sizeHint().width())
        self.setRange(-_TYPED, _TYPED)

    def stepBy(self, steps: int) -> None:
        """Step on the detector only."""
        self.setValue(min(max(self.value() + steps, 0), self.largest))

    @property
    def problem(self) -> str:
        """Why the index is refused; "" when it is not."""
        if 0 <= self.value() <= self.largest:
            return ""
        return (
            f"{self.axis.capitalize()} {self.value()} is not on the detector: 0 to {self.largest}."
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the pixel."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
