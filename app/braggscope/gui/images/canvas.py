"""One image on screen: pan, zoom, click, keys. The linked `ViewState` says where it looks."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from braggscope.api import Pixel
from braggscope.ui.image_item import CrosshairItem, IndexedImageItem
from braggscope.ui.view_state import ViewState

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


# For this process, before the first item: the field's arrays are (slow, fast).
pg.setConfigOptions(imageAxisOrder="row-major", antialias=False)


class _LinkedViewBox(pg.ViewBox):
    """A view box that asks the view state for its range and tells it of wheel and drag."""

    def __init__(self, view_state: ViewState) -> None:
        super().__init__(enableMenu=False, enableMouse=False, invertY=True, defaultPadding=0)
        self._view_state = view_state
        self.clicked: Any = None

    def resizeEvent(self, event: Any) -> None:
        """Show the asked region in the new size."""
        super().resizeEvent(event)
        self.look()

    def look(self) -> None:
        """Show what the view state asks for."""
        shown = self._view_state.region.shown_in(self.width(), self.height())
        self.setRange(
            QRectF(shown.fast, shown.slow, shown.width, shown.height),
            padding=0,
            disableAutoRange=True,
        )

    def wheelEvent(self, event: Any, axis: Any = None) -> None:
        """Zoom about the pointer."""
        point = self.mapSceneToView(event.scenePos())
        self._view_state.zoom(1.2 ** (-event.delta() / 120), point.y(), point.x())
        event.accept()

    def mouseDragEvent(self, event: Any, axis: Any = None) -> None:
        """Pan."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            event.ignore()
            return
        here, before = (
            self.mapSceneToView(event.scenePos()),
            self.mapSceneToView(event.lastScenePos()),
        )
        self._view_state.pan(before.y() - here.y(), before.x() - here.x())
        event.accept()

    def mouseClickEvent(self, event: Any) -> None:
        """Pick a pixel."""
        if event.button() == Qt.MouseButton.LeftButton and self.clicked is not None:
            self.clicked(self.mapSceneToView(event.scenePos()))
            event.accept()


class ImageCanvas(pg.GraphicsView):
    """Shows an image.

    Signals:
        pixel_clicked: the user picked a Pixel.
        pixel_hovered: the Pixel under the pointer, or None.
        cursor_asked: the keyboard wants the crosshair at a Pixel; None: where it shall begin.
    """

    pixel_clicked = Signal(object)
    pixel_hovered = Signal(object)
    cursor_asked = Signal(object)

    def __init__(self, view_state: ViewState, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, background=None)
        self._shape = (0, 0)
        self._pixel: Pixel | None = None
        self._box = _LinkedViewBox(view_state)
        self._box.clicked = self._clicked
        self.setCentralItem(self._box)
        self.item, self._crosshair = IndexedImageItem(), CrosshairItem()
        for item in (self.item, self._crosshair):
            self._box.addItem(item, ignoreBounds=True)
        self._view_state = view_state
        view_state.changed.connect(self._look)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            "Arrow keys move the crosshair by one pixel, with Shift by ten; T traces its pixel."
        )
        self.setMinimumSize(80, 80)

    def visible_region(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """((fast from, to), (slow from, to)) on screen."""
        (left, right), (top, bottom) = self._box.viewRange()
        return ((left, right), (top, bottom))

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Tell the image's size, for picking and for the crosshair."""
        self._shape = shape
        self._crosshair.set_shape(shape)

    def set_cursor(self, pixel: Pixel | None) -> None:
        """Put the crosshair on a pixel."""
        self._pixel = pixel
        self._crosshair.set_pixel(pixel)

    def set_background(self, color: str) -> None:
        """The colour around the image."""
        self.setBackground(QColor(color))

    @Slot()
    def _look(self) -> None:
        self._box.look()

    def _pixel_at(self, point: Any) -> Pixel | None:
        slow, fast = int(point.y() // 1), int(point.x() // 1)
        inside = 0 <= slow < self._shape[0] and 0 <= fast < self._shape[1]
        return Pixel(slow, fast) if inside else None

    def _clicked(self, point: Any) -> None:
        self.setFocus()
        pixel = self._pixel_at(point)
        if pixel is not None:
            self.pixel_clicked.emit(pixel)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the pixel under the pointer."""
        super().mouseMoveEvent(event)
        point = self._box.mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.pixel_hovered.emit(self._pixel_at(point))

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is on no pixel any more."""
        super().leaveEvent(event)
        self.pixel_hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair, zoom with + and −."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and self._shape != (0, 0):
            self._move_cursor(step, event.modifiers())
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            slow, fast = self._view_state.region.center
            if self._pixel is not None and self._view_state.region.contains(*self._pixel):
                slow, fast = self._pixel.slow + 0.5, self._pixel.fast + 0.5
            factor = 1.25 if event.key() == Qt.Key.Key_Minus else 0.8
            self._view_state.zoom(factor, slow, fast)
        else:
            event.ignore()
            return
        event.accept()

    def _move_cursor(self, step: tuple[int, int], modifiers: Qt.KeyboardModifier) -> None:
        if self._pixel is None:
            self.cursor_asked.emit(None)
            return
        factor = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
        height, width = self._shape
        start = self._pixel
        slow = min(max(start.slow + factor * step[0], 0), height - 1)
        fast = min(max(start.fast + factor * step[1], 0), width - 1)
        self.cursor_asked.emit(Pixel(slow, fast))
