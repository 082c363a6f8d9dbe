"""The line of controls above the table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from braggscope.api import Pixel
from braggscope.ui.flow_layout import FlowLayout

_LARGEST = 65535
#: What can be typed: more than there is, so that it can be refused and not just cut.
_TYPED = 9_999_999


class PixelBox(QSpinBox):
    """One index of a pixel.

    Attributes:
        largest: the last index on the detector.

    Signals:
        entered: Enter was pressed.
    """

    entered = Signal()

    def __init__(self, axis: str) -> None:
        super().__init__()
        self.setAccessibleName(f"{axis.capitalize()} index of the pixel to trace")
        self.setToolTip(f"Index along the {axis} axis, from 0.")
        self.axis = axis
        self.largest = _LARGEST
        self.setMaximum(_LARGEST)
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


class TraceBar(QWidget):
    """Which pixel, which rows, and what to do with them.

    Signals:
        pixel_wanted: this Pixel shall be traced.
        refused: why the typed pixel is none; "" when it is one.
        filter_changed: other rows shall be shown.
        first_wanted: scroll to the first divergence.
        copy_wanted: the table shall be copied.
    """

    pixel_wanted = Signal(object)
    refused = Signal(str)
    filter_changed = Signal()
    first_wanted = Signal()
    copy_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_typing = False
        self.slow_box = PixelBox("slow")
        self.fast_box = PixelBox("fast")
        self.go_button = QPushButton("Go to")
        self.go_button.setToolTip("Move the crosshair to this pixel and trace it (Enter).")
        self.first_button = QPushButton("First divergence")
        self.first_button.setToolTip("Scroll to the first variable that differs.")
        self.filter_edit = QLineEdit()
        self.filter_edit.setPlaceholderText("Filter variables")
        self.filter_edit.setAccessibleName("Filter variables")
        self.filter_edit.setToolTip("Words of a variable's stage, name, label or unit.")
        self.filter_edit.setClearButtonEnabled(True)
        self.filter_edit.setFixedWidth(170)
        self.only_box = QCheckBox("Only differences")
        self.only_box.setToolTip("Hide what is equal or within its tolerance.")
        self.copy_button = QPushButton("Copy table")
        self.copy_button.setToolTip(
            "Copy the rows as text with every digit; Ctrl+C copies the selected rows."
        )
        self._lay_out()
        self._connect()

    def show_pixel(self, pixel: Pixel) -> None:
        """Show the traced pixel's numbers, unless others are being typed."""
        if self._is_typing:
            return
        self.slow_box.setValue(pixel.slow)
        self.fast_box.setValue(pixel.fast)

    def limit(self, shape: tuple[int, int] | None) -> None:
        """Allow the pixels of an image of a (slow, fast) shape."""
        slow, fast = shape or (_LARGEST + 1, _LARGEST + 1)
        self.slow_box.largest, self.fast_box.largest = slow - 1, fast - 1

    def _lay_out(self) -> None:
        place = QWidget()
        line = QHBoxLayout(place)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for text, box in (("&slow", self.slow_box), ("&fast", self.fast_box)):
            label = QLabel(text)
            label.setBuddy(box)
            line.addWidget(label)
            line.addWidget(box)
        line.addWidget(self.go_button)
        layout = FlowLayout(self)
        for widget in (
            place,
            self.first_button,
            self.filter_edit,
            self.only_box,
            self.copy_button,
        ):
            layout.addWidget(widget)

    def _connect(self) -> None:
        self.go_button.clicked.connect(self._go)
        for box in (self.slow_box, self.fast_box):
            box.entered.connect(self._go)
            box.lineEdit().textEdited.connect(self._type)
            box.editingFinished.connect(self._stop_typing)
        self.filter_edit.textChanged.connect(self.filter_changed)
        self.only_box.toggled.connect(self.filter_changed)
        self.first_button.clicked.connect(self.first_wanted)
        self.copy_button.clicked.connect(self.copy_wanted)

    @Slot()
    def _type(self) -> None:
        self._is_typing = True

    @Slot()
    def _stop_typing(self) -> None:
        self._is_typing = False

    @Slot()
    def _go(self) -> None:
        self._is_typing = False
        problem = " ".join(filter(None, (self.slow_box.problem, self.fast_box.problem)))
        self.refused.emit(problem)
        if problem:
            return
        self.pixel_wanted.emit(Pixel(self.slow_box.value(), self.fast_box.value()))
