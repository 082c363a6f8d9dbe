"""What stands above a plot: rich text, a shorter one where there is no room for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pyqtgraph as pg
from PySide6.QtWidgets import QGraphicsItem

HEIGHT: Final = 18
_BETWEEN: Final = "&nbsp;&nbsp; "


class TitleItem(pg.LabelItem):
    """A label that does not make its plot wider than there is room."""

    def __init__(self) -> None:
        super().__init__(justify="left", size="8.5pt")
        self._texts = ("", "")
        self._color = ""
        self._written = ""
        self._fitting = False
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self.setMaximumHeight(HEIGHT)

    def set_parts(self, full: Sequence[str], short: Sequence[str], color: str) -> None:
        """Write rich texts side by side: the full ones if they fit, else the short ones."""
        texts = (_BETWEEN.join(full), _BETWEEN.join(short))
        if (texts, color) == (self._texts, self._color):
            return
        self._texts, self._color = texts, color
        self._written = ""
        self._fit()

    def updateMin(self) -> None:
        """Called by pyqtgraph whenever text or size changed."""
        super().updateMin()
        self.setMinimumSize(0.0, HEIGHT)
        self.setPreferredWidth(1.0)

    def resizeEvent(self, event: Any) -> None:
        """Choose the text that fits."""
        super().resizeEvent(event)
        if hasattr(self, "_texts") and not self._fitting:
            self._fit()

    def _fit(self) -> None:
        self._fitting = True
        full, short = self._texts
        self._write(full)
        if self.item.boundingRect().width() > self.rect().width() > 0:
            self._write(short)
        self._fitting = False

    def _write(self, text: str) -> None:
        if text != self._written:
            self._written = text
            self.setText(text, color=self._color)


def give_title(plot: pg.PlotItem) -> None:
    """Put a `TitleItem` in the place of a plot's own title."""
    plot.layout.removeItem(plot.titleLabel)
    plot.scene().removeItem(plot.titleLabel)
    plot.titleLabel = TitleItem()
    plot.layout.addItem(plot.titleLabel, 0, 0, 1, 2)
    plot.layout.setRowFixedHeight(0, HEIGHT)
