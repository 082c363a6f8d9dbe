"""The controls above the table and the map."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QWidget,
)

from braggscope.api import ImageRegion
from braggscope.explain.sampling import WHERE
from braggscope.ui.flow_layout import FlowLayout
from braggscope_divergence.presenter import ANYWHERE, WHERE_HELP, WHERE_TITLES, wish_of
from braggscope_divergence.surveyor import SurveyState, Wish

USUAL = 200
_MOST = 20_000
_FORMATS = (
    ("png", "Map as &PNG …"),
    ("svg", "Map as &SVG …"),
    ("csv", "Samples as &CSV …"),
    ("json", "All as &JSON …"),
)


class Controls(QWidget):
    """What to sample, and what to do with what was found.

    Signals:
        start_wanted, copy_wanted: a button was pressed.
        over_toggled: whether the map is wanted over the images.
        save_wanted: "png", "svg", "csv" or "json".
    """

    start_wanted = Signal()
    copy_wanted = Signal()
    over_toggled = Signal(bool)
    save_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.many_box = QSpinBox()
        self.many_box.setRange(1, _MOST)
        self.many_box.setValue(USUAL)
        self.many_box.setSingleStep(50)
        self.many_box.setAccessibleName("Pixels to trace")
        self.many_box.setToolTip("So many pixels are traced on A and on B.")
        self.where_boxes = {way: QCheckBox(WHERE_TITLES[way]) for way in WHERE}
        for way, box in self.where_boxes.items():
            box.setChecked(True)
            box.setToolTip(WHERE_HELP[way])
        self.region_box = QComboBox()
        self.region_box.setAccessibleName("Where to sample")
        self.region_box.setToolTip("Pixels of the whole image, or of a region on it.")
        self.refine_box = QCheckBox("Refine")
        self.refine_box.setChecked(True)
        self.refine_box.setToolTip(
            "As many pixels again, where neighbours differ in what differs first."
        )
        self.start_button = QPushButton("Start")
        self.start_button.clicked.connect(self.start_wanted)
        self.over_box = QCheckBox("Over images")
        self.over_box.setToolTip("Draw the borders of the map and the samples over the images.")
        self.over_box.toggled.connect(self.over_toggled)
        self.copy_button = QPushButton("Copy table")
        self.copy_button.setToolTip("Copy the table as tab-separated text.")
        self.copy_button.clicked.connect(self.copy_wanted)
        self.save_button = QPushButton("Save")
        self.save_button.setToolTip("Save the map, or what was found at each pixel.")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(120, 8)
        self.progress.setAccessibleName("Progress of the survey")
        self.kept: dict[str, QWidget] = {
            "pixels": self.many_box,
            **{str(way): box for way, box in self.where_boxes.items()},
            "region": self.region_box,
            "refine": self.refine_box,
            "over": self.over_box,
        }
        self._layout = FlowLayout(self)
        self.list_regions(())
        self._lay_out()

    @property
    def wish(self) -> tuple[int, tuple[str, ...], bool, str]:
        """Pixels, ways to choose them, whether to refine, and the region's name ("": anywhere)."""
        ways = tuple(way for way, box in self.where_boxes.items() if box.isChecked())
        region = self.region_box.currentData() or ""
        return self.many_box.value(), ways, self.refine_box.isChecked(), region

    def wish_in(self, regions: Sequence[ImageRegion]) -> Wish:
        """What is wanted, of the regions there are."""
        many, ways, refines, region = self.wish
        return wish_of(many, ways, refines, region, regions)  # type: ignore[arg-type]

    def list_regions(self, names: Sequence[str]) -> None:
        """Offer other regions; the chosen one stays if it is among them."""
        box, chosen = self.region_box, self.region_box.currentData() or ""
        box.clear()
        box.addItem(ANYWHERE, "")
        for name in names:
            box.addItem(name, name)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        box.setEnabled(bool(names))

    def show_state(self, state: SurveyState, can_start: bool) -> None:
        """Enable what makes sense now."""
        self.start_button.setText("Cancel" if state.running else "Start")
        self.start_button.setEnabled(state.running or can_start)
        self.progress.setVisible(state.running)
        self.progress.setValue(round(1000 * state.fraction))
        for box in (self.many_box, *self.where_boxes.values(), self.refine_box):
            box.setEnabled(not state.running)
        self.region_box.setEnabled(not state.running and self.region_box.count() > 1)
        for widget in (self.copy_button, self.save_button, self.over_box):
            widget.setEnabled(bool(state.found.samples))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Be as high as the lines need at this width: nothing may cover them."""
        super().resizeEvent(event)
        self.setFixedHeight(self._layout.heightForWidth(self.width()))

    def _lay_out(self) -> None:
        menu = QMenu(self.save_button)
        for name, text in _FORMATS:
            action = QAction(text, menu)
            action.setData(name)
            menu.addAction(action)
        menu.triggered.connect(self._save)
        self.save_button.setMenu(menu)
        # The text changes, the place of the others does not.
        self.start_button.setFixedWidth(self.fontMetrics().horizontalAdvance("Cancel") + 30)
        layout = self._layout
        layout.addWidget(_labelled("&Pixels", self.many_box))
        for box in self.where_boxes.values():
            layout.addWidget(box)
        layout.addWidget(_labelled("&in", self.region_box))
        for widget in (
            self.refine_box,
            self.start_button,
            self.over_box,
            self.copy_button,
            self.save_button,
            self.progress,
        ):
            layout.addWidget(widget)

    @Slot(QAction)
    def _save(self, action: QAction) -> None:
        self.save_wanted.emit(action.data())


def _labelled(text: str, box: QWidget) -> QWidget:
    place = QWidget()
    line = QHBoxLayout(place)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(4)
    label = QLabel(text)
    label.setBuddy(box)
    line.addWidget(label)
    line.addWidget(box)
    return place
