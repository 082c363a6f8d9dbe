"""The colour bar: the levels as numbers to type and as handles to drag."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from braggscope.gui.numbers import near, read_near
from braggscope.io.rendering import FIRST, LAST, Levels, Scale, ordered

#: Where the handles rest, as a share of the bar; beyond them the end colours go on.
_REST = (0.12, 0.88)
#: Of the fields for the levels, so that there is something to click.
_NARROWEST = 44
#: From this width on the levels stand beside the colours.
_WIDE = 190


def to_position(value: float, scale: Scale) -> float:
    """A level where the scale is even."""
    if scale == "log":
        return math.log10(max(value, 1e-300))
    return math.sqrt(max(value, 0.0)) if scale == "sqrt" else value


def to_value(position: float, scale: Scale) -> float:
    """The inverse of `to_position`."""
    if scale == "log":
        return float(10.0 ** min(max(position, -300.0), 300.0))
    return max(position, 0.0) ** 2 if scale == "sqrt" else position


class _Bar(QWidget):
    """The gradient with its two handles."""

    dragged = Signal(int, float)
    released = Signal()
    reset = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._gradient: NDArray[np.uint8] | None = None
        self._handles = list(_REST)
        self._held: int | None = None
        self.setMinimumSize(40, 20)
        self.setFixedHeight(20)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setToolTip("Drag an end to change the levels; double-click for automatic levels")

    def set_table(self, table: NDArray[np.uint8]) -> None:
        """Show other colours."""
        row = np.full((1, LAST - FIRST + 1, 4), 255, dtype=np.uint8)
        row[0, :, :3] = table[FIRST : LAST + 1]
        self._gradient = row
        self.update()

    @property
    def is_held(self) -> bool:
        """Whether the user is dragging."""
        return self._held is not None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw gradient, ends and handles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = (self.width() * share for share in self._handles)
        box = QRectF(0, 0, self.width(), self.height() - 7)
        if self._gradient is not None:
            data = self._gradient
            image = QImage(
                data.data, data.shape[1], 1, data.strides[0], QImage.Format.Format_RGBA8888
            )
            painter.fillRect(QRectF(0, 0, left, box.height()), QColor(*map(int, data[0, 0, :3])))
            painter.fillRect(
                QRectF(right, 0, box.width() - right, box.height()),
                QColor(*map(int, data[0, -1, :3])),
            )
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(left, 0, max(right - left, 1), box.height()), image)
        painter.setPen(self.palette().mid().color())
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().text())
        for x in (left, right):
            tip, foot = self.height() - 10.0, self.height() - 1.0
            painter.drawPolygon(
                QPolygonF([QPointF(x, tip), QPointF(x - 5, foot), QPointF(x + 5, foot)])
            )
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the nearer handle."""
        if event.button() == Qt.MouseButton.LeftButton:
            share = event.position().x() / max(self.width(), 1)
            self._held = 0 if abs(share - self._handles[0]) < abs(share - self._handles[1]) else 1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the handle that is held."""
        if self._held is None:
            return
        share = event.position().x() / max(self.width(), 1)
        low, high = (
            (0.0, self._handles[1] - 0.03) if self._held == 0 else (self._handles[0] + 0.03, 1.0)
        )
        self._handles[self._held] = min(max(share, low), high)
        # How far the handle stands from its place of rest, in lengths of the gradient at rest.
        self.dragged.emit(
            self._held, (self._handles[self._held] - _REST[self._held]) / (_REST[1] - _REST[0])
        )
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: the handles return to their places, ready for the next pull."""
        if self._held is not None:
            self._held = None
            self._handles = list(_REST)
            self.update()
            self.released.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Automatic levels."""
        self.reset.emit()


class ColorBar(QWidget):
    """Levels of one tile.

    Signals:
        levels_asked: the user wants other levels (low, high), or None for automatic ones.
    """

    levels_asked = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._levels: Levels = (0.0, 1.0)
        self._at_press: Levels | None = None
        self._scale: Scale = "linear"
        self._low, self._high = QLineEdit(self), QLineEdit(self)
        self._bar = _Bar(self)
        self._bar.setAccessibleName(f"{name}: colour bar")
        for field, what in ((self._low, "lower level"), (self._high, "upper level")):
            field.setAccessibleName(f"{name}: {what}")
            field.setProperty("what", what.capitalize())
            field.setFrame(False)
            field.editingFinished.connect(self._typed)
        self._high.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(6, 2, 6, 4)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._is_narrow: bool | None = None
        self._arrange(False)
        self._bar.dragged.connect(self._dragged)
        self._bar.released.connect(self._released)
        self._bar.reset.connect(self._reset)

    def show_levels(
        self, levels: Levels, scale: Scale, table: NDArray[np.uint8], neutral: float = 0.0
    ) -> None:
        """Show levels and colours.

        Args:
            neutral: the value of a map that means "no difference".
        """
        self._levels, self._scale = levels, scale
        self._bar.set_table(table)
        for field, value in zip((self._low, self._high), levels, strict=True):
            if not field.hasFocus() or not field.isModified():
                field.setText(near(value, neutral, 3))
                what = field.property("what")
                field.setToolTip(
                    f"{what}: {near(value, neutral, 6)}; type a number and press Enter"
                )
                field.setCursorPosition(0)
                field.setModified(False)
                width = field.fontMetrics().horizontalAdvance(field.text()) + 16
                # Only the most that it gets: levels come with the first image, and the window
                # must not grow by them.
                field.setMinimumWidth(_NARROWEST)
                field.setMaximumWidth(max(width, _NARROWEST))
        self._arrange(self.width() < _WIDE)

    def minimumSizeHint(self) -> QSize:
        """Two levels side by side."""
        return QSize(2 * _NARROWEST + 18, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the levels below the colours where there is no room beside them."""
        super().resizeEvent(event)
        self._arrange(self.width() < _WIDE)

    def _arrange(self, narrow: bool) -> None:
        if narrow == self._is_narrow:
            return
        self._is_narrow = narrow
        line = 1 if narrow else 0
        self._grid.addWidget(self._bar, 0, 0 if narrow else 1, 1, 3 if narrow else 1)
        self._grid.addWidget(self._low, line, 0)
        self._grid.addWidget(self._high, line, 2)

    @Slot()
    def _typed(self) -> None:
        if not (self._low.isModified() or self._high.isModified()):
            return
        wanted = []
        for field, old in zip((self._low, self._high), self._levels, strict=True):
            try:
                value = read_near(field.text()) if field.isModified() else old
            except ValueError:
                value = old
            wanted.append(value if math.isfinite(value) else old)
            field.setModified(False)
        self.levels_asked.emit(ordered((wanted[0], wanted[1]), self._scale))

    @Slot(int, float)
    def _dragged(self, which: int, lengths: float) -> None:
        if self._at_press is None:
            self._at_press = self._levels
        low, high = (to_position(level, self._scale) for level in self._at_press)
        # Inwards to a tenth; outwards a pull to the bar's end widens the range by half.
        change = lengths * (high - low) * (3.0 if self._is_outward(which, lengths) else 1.0)
        moved = [low, high]
        moved[which] += change
        wanted = tuple(
            self._at_press[i] if i != which else to_value(moved[i], self._scale) for i in (0, 1)
        )
        self.levels_asked.emit(wanted)

    @staticmethod
    def _is_outward(which: int, lengths: float) -> bool:
        return (lengths < 0) == (which == 0)

    @Slot()
    def _released(self) -> None:
        self._at_press = None

    @Slot()
    def _reset(self) -> None:
        self._at_press = None
        self.levels_asked.emit(None)
