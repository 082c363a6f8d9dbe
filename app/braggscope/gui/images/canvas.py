"""One image on screen: pan, zoom, click, keys, drawing. The `ViewState` says where it looks."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from braggscope.api import Pixel
from braggscope.gui.images.annotations import Annotated
from braggscope.gui.images.content import Content
from braggscope.gui.images.editor import Hover, MarkingEditor
from braggscope.gui.images.pictures import Picture
from braggscope.ui.view_state import Sight, ViewState

_STEPS: Final = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
#: How near the pointer must be to take hold of something, in screen pixels.
_REACH: Final = 6.0


class ImageCanvas(QWidget):
    """Shows an image, or A and B together.

    Signals:
        pixel_clicked: the user picked a Pixel.
        pixel_hovered: the Pixel under the pointer, or None.
        cursor_asked: the keyboard wants the crosshair at a Pixel; None: where it shall begin.
        menu_asked: (Pixel or None, place on screen) of a context menu.
        focused: it has the keys, or a menu was asked of it.
        seam_moved: the share of the canvas where the seam was dragged to.
        prepared: it shows another part, or in another size.
    """

    pixel_clicked = Signal(object)
    pixel_hovered = Signal(object)
    cursor_asked = Signal(object)
    menu_asked = Signal(object, object)
    focused = Signal()
    seam_moved = Signal(float)
    prepared = Signal()

    def __init__(
        self,
        view_state: ViewState,
        editor: MarkingEditor,
        name: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.content = Content()
        self._view_state, self._editor = view_state, editor
        self._background = QColor("#808080")
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._doing = ""
        self.painted = 0
        view_state.changed.connect(self.prepare)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(name)
        self.setAccessibleDescription(
            "Arrow keys move the crosshair by one pixel, with Shift by ten; T traces its pixel."
        )
        self.setMinimumSize(80, 80)

    # ── what it shows ─────────────────────────────────────────────────────────────────────────

    @property
    def has_image(self) -> bool:
        """Whether there is something to paint."""
        return any(picture is not None for picture in self.content.pictures)

    @property
    def sight(self) -> Sight:
        """How it shows its part of the image."""
        return self._view_state.sight(self.width(), self.height())

    @property
    def step(self) -> float:
        """Pixels of the image to one of the screen, along an axis."""
        return 1.0 / (self.sight.scale * self.devicePixelRatioF())

    def visible_region(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """((fast from, to), (slow from, to)) on screen."""
        sight = self.sight
        return sight.fast_range, sight.slow_range

    def show_pictures(self, *pictures: Picture | None) -> None:
        """Show one picture, or A and B."""
        self.content.set_pictures(pictures)
        self.prepare()

    def annotate(self, annotated: Annotated) -> None:
        """Draw other things over the image."""
        self.content.annotated = annotated
        if self.isVisible():
            self.content.prepare_drawing()
            self.update()

    def set_cursor(self, pixel: Pixel | None) -> None:
        """Put the crosshair on a pixel."""
        self.content.cursor = pixel
        self.update()

    def set_background(self, color: str) -> None:
        """The colour around the image."""
        self._background = QColor(color)
        self.update()

    @Slot()
    def prepare(self) -> None:
        """Cut out what is seen; not while nobody looks."""
        if self.isVisible():
            self.content.prepare(self.sight, self.devicePixelRatioF())
            self.update()
            self.prepared.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what changed while it was hidden."""
        super().showEvent(event)
        self.prepare()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the asked region in the new size."""
        super().resizeEvent(event)
        self.prepare()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what was prepared."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._background)
        self.content.paint(painter)
        if self.hasFocus():
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
        self.painted += 1

    # ── the pointer ───────────────────────────────────────────────────────────────────────────

    def _point(self, place: QPointF) -> tuple[float, float]:
        return self.sight.to_image(place.x(), place.y())

    def pixel_at(self, place: QPointF) -> Pixel | None:
        """The pixel at a place on the canvas, if there is one."""
        slow, fast = (int(value // 1) for value in self._point(place))
        height, width = self.content.shape
        return Pixel(slow, fast) if 0 <= slow < height and 0 <= fast < width else None

    def _reach(self) -> float:
        return _REACH / self.sight.scale

    def _is_at_seam(self, place: QPointF) -> bool:
        content = self.content
        if content.mode != "split":
            return False
        along = place.x() if content.seam_direction == "upright" else place.y()
        return abs(along - content.seam_at(self.sight)) <= _REACH

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the seam or a drawing, begin a drawing, or get ready to pan."""
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        self.setFocus()
        place = event.position()
        self._pressed = self._last = place
        self._doing = "press"
        if event.button() == Qt.MouseButton.MiddleButton:
            return
        if self._is_at_seam(place) and self._editor.tool is None:
            self._doing = "seam"
        elif self.has_image and self._editor.press(self._point(place), self._reach()):
            self._doing = "draw"

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, pull or draw; tell the pixel under the pointer."""
        place = event.position()
        if self._doing == "seam":
            upright = self.content.seam_direction == "upright"
            share = place.x() / self.width() if upright else place.y() / self.height()
            self.seam_moved.emit(min(max(share, 0.0), 1.0))
        elif self._doing == "draw" or self._editor.tool is not None:
            self._editor.move(self._point(place))
        elif self._doing == "press" and self._is_drag(place):
            self._doing = "pan"
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._doing == "pan":
            here, before = self._point(place), self._point(self._last)
            self._view_state.pan(before[0] - here[0], before[1] - here[1])
        self._last = place
        if not self._doing:
            self._show_hover(place)
        self.pixel_hovered.emit(self.pixel_at(place))

    def _is_drag(self, place: QPointF) -> bool:
        assert self._pressed is not None
        distance = (place - self._pressed).manhattanLength()
        return distance >= QApplication.startDragDistance()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End what was begun; a press without a move picks a pixel."""
        doing, self._doing = self._doing, ""
        if doing == "draw":
            self._editor.release(self._point(event.position()), self._reach())
        elif doing == "press" and event.button() == Qt.MouseButton.LeftButton:
            pixel = self.pixel_at(event.position())
            if pixel is not None:
                self.pixel_clicked.emit(pixel)
        self._show_hover(event.position())

    def _show_hover(self, place: QPointF) -> None:
        if self._is_at_seam(place) and self._editor.tool is None:
            upright = self.content.seam_direction == "upright"
            self.setCursor(Qt.CursorShape.SplitHCursor if upright else Qt.CursorShape.SplitVCursor)
            return
        hover = self._editor.hover(self._point(place), self._reach()) if self.has_image else None
        self.setCursor(_shape_of(hover, self.sight.slow_up != self.sight.fast_left))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        delta = event.angleDelta().y() or event.pixelDelta().y()
        if delta:
            self._view_state.zoom(1.2 ** (-delta / 120), *self._point(event.position()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is on no pixel any more."""
        super().leaveEvent(event)
        self.pixel_hovered.emit(None)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for a menu."""
        self.focused.emit()
        self.menu_asked.emit(self.pixel_at(QPointF(event.pos())), event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say that it has the keys."""
        super().focusInEvent(event)
        self.focused.emit()

    # ── the keyboard ──────────────────────────────────────────────────────────────────────────

    def event(self, event: QEvent) -> bool:
        """Esc leaves a tool before it cancels runs."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            is_escape = event.key() == Qt.Key.Key_Escape
            if is_escape and (self._editor.tool is not None or self._editor.is_busy):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the crosshair, zoom with + and −; Esc leaves a tool or lets go of a region."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and self.content.shape != (0, 0):
            self._move_cursor(step, event.modifiers())
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            pixel, region = self.content.cursor, self._view_state.region
            slow, fast = region.center
            if pixel is not None and region.contains(*pixel):
                slow, fast = pixel.slow + 0.5, pixel.fast + 0.5
            factor = 1.25 if event.key() == Qt.Key.Key_Minus else 0.8
            self._view_state.zoom(factor, slow, fast)
        elif event.key() == Qt.Key.Key_Escape and self._editor.cancel():
            pass
        else:
            event.ignore()
            return
        event.accept()

    def _move_cursor(self, step: tuple[int, int], modifiers: Qt.KeyboardModifier) -> None:
        start = self.content.cursor
        if start is None:
            self.cursor_asked.emit(None)
            return
        factor = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
        turned = (-1 if self._view_state.slow_up else 1, -1 if self._view_state.fast_left else 1)
        height, width = self.content.shape
        slow = min(max(start.slow + factor * step[0] * turned[0], 0), height - 1)
        fast = min(max(start.fast + factor * step[1] * turned[1], 0), width - 1)
        self.cursor_asked.emit(Pixel(slow, fast))


def _shape_of(hover: Hover, is_mirrored: bool) -> Qt.CursorShape:
    if hover is None:
        return Qt.CursorShape.ArrowCursor
    if hover == "draw":
        return Qt.CursorShape.CrossCursor
    if hover == "move":
        return Qt.CursorShape.SizeAllCursor
    slow, fast = hover
    if slow == 0:
        return Qt.CursorShape.SizeHorCursor
    if fast == 0:
        return Qt.CursorShape.SizeVerCursor
    same = (slow == fast) != is_mirrored
    return Qt.CursorShape.SizeFDiagCursor if same else Qt.CursorShape.SizeBDiagCursor
