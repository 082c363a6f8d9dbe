"""Asks where opened images go, and whether their header's geometry is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from braggscope.gui.widgets import ElidedLabel, set_role
from braggscope.openable import with_geometry

Place = Literal["A", "B", "another"]
_PLACES: Final[tuple[tuple[Place, str], ...]] = (
    ("A", "A, the reference"),
    ("B", "B, the candidate"),
    ("another", "another run"),
)


@dataclass(frozen=True)
class Placing:
    """What was decided.

    Attributes:
        images: each file and where it goes.
        geometry: the file whose beam and detector are taken; None: the experiment stays.
    """

    images: tuple[tuple[Path, Place], ...]
    geometry: Path | None = None


def first_places(count: int) -> tuple[Place, ...]:
    """One image is the candidate; two are the pair; the others wait in runs of their own."""
    if count == 1:
        return ("B",)
    pair: list[Place] = ["A", "B"]
    return (*pair, *(_PLACES[-1][0] for _ in range(count - 2)))


class ImagesDialog(QDialog):
    """One line per file."""

    def __init__(self, paths: Sequence[Path], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open image" if len(paths) == 1 else f"Open {len(paths)} images")
        self._paths = tuple(paths)
        self.boxes = [self._box(place) for place in first_places(len(paths))]
        self.geometry_box = QCheckBox("Take &beam and detector from its header", self)
        self.geometry_box.setToolTip(
            "Wavelength, distance, beam centre, pixels and rotation become the experiment's;"
            " Ctrl+Z brings the old ones back"
        )
        self._headers = [path for path in paths if with_geometry(path)]
        self.header = QComboBox(self)
        self.header.setAccessibleName("Image whose header is taken")
        for path in self._headers:
            self.header.addItem(path.name)
        self._lay_out()

    def _box(self, place: Place) -> QComboBox:
        box = QComboBox(self)
        for value, text in _PLACES:
            box.addItem(text, value)
        box.setCurrentIndex([value for value, _ in _PLACES].index(place))
        return box

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(0, 1)
        for row, (path, box) in enumerate(zip(self._paths, self.boxes, strict=True)):
            name = ElidedLabel(path.name, self)
            name.setToolTip(str(path))
            box.setAccessibleName(f"{path.name} becomes")
            grid.addWidget(name, row, 0)
            grid.addWidget(QLabel("becomes", self), row, 1)
            grid.addWidget(box, row, 2)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addLayout(grid)
        layout.addWidget(self.geometry_box)
        layout.addWidget(self.header)
        self.geometry_box.setVisible(bool(self._headers))
        self.header.setVisible(len(self._headers) > 1)
        self.header.setEnabled(False)
        self.geometry_box.toggled.connect(self.header.setEnabled)
        note = QLabel("Images are read again when their file changes.", self)
        set_role(note, "muted")
        layout.addWidget(note)
        buttons = QDialogButtonBox(self)
        buttons.setStandardButtons(
            QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)

    def placing(self) -> Placing:
        """What is chosen now."""
        images = tuple(
            (path, box.currentData()) for path, box in zip(self._paths, self.boxes, strict=True)
        )
        wanted = self.geometry_box.isChecked() and self._headers
        return Placing(images, self._headers[self.header.currentIndex()] if wanted else None)
