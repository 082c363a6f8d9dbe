"""The toolbar: run, and how images are shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QComboBox, QLabel, QToolBar, QWidget

from braggscope.api import DifferenceMapContribution
from braggscope.gui.actions import PERCENTILES, SCALES, Actions, colormap_titles
from braggscope.gui.images.arrangement import ARRANGEMENTS


class DisplayBar(QToolBar):
    """Run, and how images are shown: the same choices as in the View menu."""

    def __init__(
        self, actions: Actions, maps: Mapping[str, DifferenceMapContribution], parent: QWidget
    ) -> None:
        super().__init__("Toolbar", parent)
        self.setObjectName("toolbar")
        self.setMovable(False)
        for name in ("run", "cancel", "swap"):
            self.addAction(actions[name])
        self.addSeparator()
        names: list[tuple[str, str]] = [(n, title) for n, title, _ in ARRANGEMENTS]
        self.arrangement = self._box("Images", names)
        self.scale = self._box("Scale", list(SCALES))
        self.colormap = self._box(
            "Colours", [(n, t.split(" (")[0]) for n, t in colormap_titles(diverging=False)]
        )
        self.percentile = self._box("Levels", [(f"{p:g}", f"{p:g} %") for p in PERCENTILES])
        self.percentile.setToolTip("Automatic levels leave out this much at the upper end")
        self.addAction(actions["auto"])
        self.addSeparator()
        self.maps = self._box("Difference", [(m.id, m.title) for m in maps.values()])
        self.addSeparator()
        self.addAction(actions["fit"])
        self.addAction(actions["trace"])

    def _box(self, name: str, items: list[tuple[str, str]]) -> QComboBox:
        label = QLabel(f" {name} ", self)
        self.addWidget(label)
        box = QComboBox(self)
        box.setAccessibleName(name)
        for value, text in items:
            box.addItem(text, value)
        label.setBuddy(box)
        self.addWidget(box)
        return box

    @staticmethod
    def choose(box: QComboBox, value: str) -> None:
        """Show a choice without announcing it."""
        index = box.findData(value)
        if index >= 0:
            box.setCurrentIndex(index)
