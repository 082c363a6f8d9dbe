"""A picture of a benchmark that is drawn anew for every size and theme."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QScrollArea, QWidget

from braggscope.benchmark.pictures import Frame
from braggscope.benchmark.svg import Style
from braggscope.ui.theme import Theme, current_theme

Draw = Callable[[Frame], str]
#: With less, figures stand on top of each other.
_NARROWEST: Final = 480
_LOWEST: Final = 240
_EMPTY: Final = "The picture comes with the first times"
#: Beside the colours of A and B, which theme.py has; readable on its grounds.
_PURPLE = {False: "#8e3a9d", True: "#d79be6"}


def style_of(theme: Theme) -> Style:
    """The colours of pictures in a theme."""
    return Style(
        ground=theme.base,
        text=theme.text,
        muted=theme.muted,
        grid=theme.border,
        series=(
            theme.side_b, theme.side_a, theme.good, _PURPLE[theme.dark], theme.warn, theme.bad,
        ),
    )  # fmt: skip


class PictureView(QScrollArea):
    """Shows what a function draws, as wide as there is room; scrolls where it is higher.

    Args:
        name: for screen readers.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self.setMinimumWidth(_NARROWEST)
        self._draw: Draw | None = None
        self._paper = _Paper(self)
        self.setWidget(self._paper)

    def show_picture(self, draw: Draw | None) -> None:
        """Show another picture; None shows nothing."""
        self._draw = draw
        self.redraw()

    def redraw(self) -> None:
        """Draw again, in the colours of the theme and the size of the view."""
        room = self.viewport().size()
        if self._draw is None or not self.isVisible() or room.width() < 50:
            self._paper.take("")
            return
        style = style_of(current_theme())
        frame = Frame(room.width(), max(room.height(), _LOWEST), style=style)
        self._paper.take(self._draw(frame))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the picture to the new size."""
        super().resizeEvent(event)
        self.redraw()

    def showEvent(self, event: object) -> None:
        """A hidden picture is not kept up to date."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.redraw()


class _Paper(QWidget):
    """Paints an SVG drawing in its own size."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._renderer = QSvgRenderer(self)

    def take(self, svg: str) -> None:
        """Paint another drawing."""
        self._renderer.load(QByteArray(svg.encode()))
        self.setMinimumHeight(self._renderer.defaultSize().height() if svg else 0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it at the top left, sharp on any screen."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        if not self._renderer.isValid():
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, _EMPTY)
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            size = self._renderer.defaultSize()
            self._renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
        painter.end()
