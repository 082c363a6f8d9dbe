"""The line of controls above a plot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
)

from braggscope.ui.flow_layout import FlowLayout
from braggscope_plots.state import WHOLE, Options

_FORMATS = (
    ("png", "Picture as &PNG …"),
    ("svg", "Picture as &SVG …"),
    ("csv", "Numbers as &CSV …"),
)


class PlotBar(QWidget):
    """What to plot, how, and what to do with it.

    Args:
        title: of the plot, for the names of the controls.
        kinds: (id, label) to choose from; none: no choice.
        kinds_name: what that choice is called.
        has_region: whether a region can be chosen.
        log_x, log_y: whether boxes are checked at first; None: there is none.

    Signals:
        changed: other options are chosen.
        fit_wanted, copy_wanted: a button was pressed.
        save_wanted: "png", "svg" or "csv".
    """

    changed = Signal()
    fit_wanted = Signal()
    copy_wanted = Signal()
    save_wanted = Signal(str)

    def __init__(
        self,
        title: str,
        kinds: Sequence[tuple[str, str]] = (),
        kinds_name: str = "",
        has_region: bool = True,
        log_x: bool | None = None,
        log_y: bool | None = None,
    ) -> None:
        super().__init__()
        self.kind_box = QComboBox() if kinds else None
        self.region_box = QComboBox() if has_region else None
        self.log_x_box = _check(log_x, "Log &x", "Logarithmic horizontal axis.")
        self.log_y_box = _check(log_y, "Log &y", "Logarithmic vertical axis.")
        self.fit_button = QPushButton("Fit")
        self.fit_button.setToolTip("Show everything again (Home, in the plot).")
        self.copy_button = QPushButton("Copy data")
        self.copy_button.setToolTip("Copy the numbers as tab-separated text, with every digit.")
        self.save_button = QPushButton("Save")
        self.save_button.setToolTip("Save the picture, or its numbers.")
        self._layout = FlowLayout(self)
        self._fill(title, kinds, kinds_name)

    @property
    def options(self) -> Options:
        """What is chosen."""
        return Options(
            self.region_box.currentData() or WHOLE if self.region_box is not None else WHOLE,
            self.kind_box.currentData() if self.kind_box is not None else "",
            self.log_x_box is not None and self.log_x_box.isChecked(),
            self.log_y_box is not None and self.log_y_box.isChecked(),
        )

    @property
    def kept(self) -> dict[str, QWidget]:
        """The controls that say how to plot, by name."""
        controls = {
            "kind": self.kind_box,
            "region": self.region_box,
            "log_x": self.log_x_box,
            "log_y": self.log_y_box,
        }
        return {name: control for name, control in controls.items() if control is not None}

    def choose_kind(self, kind: str) -> None:
        """Choose another kind, as if the user had."""
        if self.kind_box is not None:
            self.kind_box.setCurrentIndex(max(self.kind_box.findData(kind), 0))

    def list_regions(self, names: Sequence[str]) -> None:
        """Offer other regions; the chosen one stays if it is among them."""
        box = self.region_box
        if box is None:
            return
        chosen = box.currentData() or WHOLE
        box.blockSignals(True)
        box.clear()
        box.addItem("Whole image", WHOLE)
        for name in names:
            box.addItem(name, name)
        place = box.findData(chosen)
        box.setCurrentIndex(max(place, 0))
        box.setEnabled(bool(names))
        box.blockSignals(False)
        if place < 0:
            self.changed.emit()

    def enable(self, there: bool) -> None:
        """Whether there is something to fit, copy and save."""
        for button in (self.fit_button, self.copy_button, self.save_button):
            button.setEnabled(there)

    def add(self, widget: QWidget) -> None:
        """Another control, at the end."""
        self._layout.addWidget(widget)

    def _fill(self, title: str, kinds: Sequence[tuple[str, str]], kinds_name: str) -> None:
        if self.kind_box is not None:
            for kind, label in kinds:
                self.kind_box.addItem(label, kind)
            self.kind_box.setAccessibleName(f"{title}: {kinds_name.lower()}")
            self.kind_box.currentIndexChanged.connect(self._change)
            self._layout.addWidget(_labelled(kinds_name, self.kind_box))
        if self.region_box is not None:
            self.list_regions(())
            self.region_box.setAccessibleName(f"{title}: region")
            self.region_box.setToolTip("Pixels to count: all, or those of a region on the images.")
            self.region_box.currentIndexChanged.connect(self._change)
            self._layout.addWidget(_labelled("Region", self.region_box))
        for box in (self.log_x_box, self.log_y_box):
            if box is not None:
                box.toggled.connect(self._change)
                self._layout.addWidget(box)
        menu = QMenu(self.save_button)
        for name, text in _FORMATS:
            action = QAction(text, menu)
            action.setData(name)
            menu.addAction(action)
        menu.triggered.connect(self._save)
        self.save_button.setMenu(menu)
        self.fit_button.clicked.connect(self.fit_wanted)
        self.copy_button.clicked.connect(self.copy_wanted)
        for button in (self.fit_button, self.copy_button, self.save_button):
            make_compact(button)
            button.setAccessibleName(f"{title}: {button.text().lower()}")
            self._layout.addWidget(button)
        self.enable(False)

    @Slot()
    def _change(self) -> None:
        self.changed.emit()

    @Slot(QAction)
    def _save(self, action: QAction) -> None:
        self.save_wanted.emit(action.data())


def _check(checked: bool | None, text: str, tip: str) -> QCheckBox | None:
    if checked is None:
        return None
    box = QCheckBox(text)
    box.setChecked(checked)
    box.setToolTip(tip)
    return box


def make_compact(button: QPushButton) -> None:
    """No wider than its text needs: plots have little room."""
    arrow = 18 if button.menu() is not None else 0
    button.setFixedWidth(button.fontMetrics().horizontalAdvance(button.text()) + 22 + arrow)


def _labelled(text: str, box: QComboBox) -> QWidget:
    place = QWidget()
    line = QHBoxLayout(place)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(4)
    label = QLabel(text)
    label.setBuddy(box)
    line.addWidget(label)
    line.addWidget(box)
    return place
