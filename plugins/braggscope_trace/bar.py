"""The line of controls above the pages."""

from __future__ import annotations

from typing import Final, Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)

from braggscope.api import Pixel
from braggscope.ui.flow_layout import FlowLayout
from braggscope_trace.pixel_box import PixelBox

PageName = Literal["trace", "pins", "asymmetry"]
_PAGES: Final[dict[PageName, tuple[str, str]]] = {
    "trace": ("Trace", "All variables of the traced pixel, to the first that differs."),
    "pins": ("Pins", "Pinned pixels side by side, such as peak, edge, corner and background."),
    "asymmetry": ("Asymmetry", "First, last, mean and range of each variable over the sub-pixels."),
}
_LARGEST: Final = 65535


class TraceBar(QWidget):
    """Which page, which pixel, which rows, and what to do with them.

    Signals:
        page_wanted: this PageName shall be shown.
        pixel_wanted: this Pixel shall be traced.
        refused: why the typed pixel is none; "" when it is one.
        filter_changed: other rows shall be shown.
        first_wanted: scroll to the first divergence.
        copy_wanted: the table shall be copied as "text" or "csv".
        details_wanted: whether the details shall be visible.
    """

    page_wanted = Signal(str)
    pixel_wanted = Signal(object)
    refused = Signal(str)
    filter_changed = Signal()
    first_wanted = Signal()
    copy_wanted = Signal(str)
    details_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._is_typing = False
        self.slow_box = PixelBox("slow", _LARGEST)
        self.fast_box = PixelBox("fast", _LARGEST)
        self.go_button = _button("Go", "Move the crosshair to this pixel and trace it (Enter).")
        self.first_button = _button("▶ First", "Scroll to the first variable that differs.")
        self.filter_edit = QLineEdit()
        self.filter_edit.setPlaceholderText("Filter variables")
        self.filter_edit.setAccessibleName("Filter variables")
        self.filter_edit.setToolTip("Words of a variable's stage, name, label or unit.")
        self.filter_edit.setClearButtonEnabled(True)
        self.filter_edit.setFixedWidth(130)
        self.only_box = QCheckBox("Differences")
        self.only_box.setToolTip("Hide what is equal or within its tolerance.")
        self.pin_button = _button("Pin", "Keep pixels traced, to see them side by side.")
        self.pin_menu = QMenu(self)
        self.pin_button.setMenu(self.pin_menu)
        self.copy_button = _button("Copy", "Copy the table, every digit of its numbers.")
        self.copy_menu = QMenu(self)
        self.copy_button.setMenu(self.copy_menu)
        self.details_button = _button("Details", "What the selected variable is and feeds.")
        self.details_button.setCheckable(True)
        self.kept = {"filter": self.filter_edit, "only": self.only_box}
        self.pages: dict[PageName, QToolButton] = {}
        self._group = QButtonGroup(self)
        self._lay_out()
        self._connect()

    def show_page(self, name: PageName) -> None:
        """Mark a page as the one that is shown; grey what does nothing there."""
        self.pages[name].setChecked(True)
        self.first_button.setVisible(name == "trace")
        self.details_button.setVisible(name == "trace")
        self.only_box.setText("Varying" if name == "asymmetry" else "Differences")
        self.only_box.setToolTip(
            "Hide what is the same in all sub-pixels."
            if name == "asymmetry"
            else "Hide what is equal or within its tolerance."
        )

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
        switch = QWidget()
        switches = QHBoxLayout(switch)
        switches.setContentsMargins(0, 0, 0, 0)
        switches.setSpacing(0)
        for name, (title, tip) in _PAGES.items():
            button = QToolButton()
            button.setText(title)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setProperty("role", "page")
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._group.addButton(button)
            self.pages[name] = button
            switches.addWidget(button)
        place = QWidget()
        line = QHBoxLayout(place)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        for text, box in (("&slow", self.slow_box), ("f&ast", self.fast_box)):
            label = QLabel(text)
            label.setBuddy(box)
            line.addWidget(label)
            line.addWidget(box)
        line.addWidget(self.go_button)
        layout = FlowLayout(self, 6)
        for widget in (
            switch,
            place,
            self.filter_edit,
            self.only_box,
            self.first_button,
            self.pin_button,
            self.copy_button,
            self.details_button,
        ):
            layout.addWidget(widget)

    def _connect(self) -> None:
        for name, button in self.pages.items():
            button.clicked.connect(lambda _checked=False, page=name: self.page_wanted.emit(page))
        self.go_button.clicked.connect(self._go)
        for box in (self.slow_box, self.fast_box):
            box.entered.connect(self._go)
            box.lineEdit().textEdited.connect(self._type)
            box.editingFinished.connect(self._stop_typing)
        self.filter_edit.textChanged.connect(self.filter_changed)
        self.only_box.toggled.connect(self.filter_changed)
        self.first_button.clicked.connect(self.first_wanted)
        self.details_button.clicked.connect(self.details_wanted)
        for title, form in (("As &text", "text"), ("As &CSV", "csv")):
            action = self.copy_menu.addAction(title)
            action.triggered.connect(
                lambda _checked=False, wanted=form: self.copy_wanted.emit(wanted)
            )

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


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(tip)
    width = button.fontMetrics().horizontalAdvance(text)
    button.setFixedWidth(width + 38 if text in ("Pin", "Copy") else width + 22)
    return button
