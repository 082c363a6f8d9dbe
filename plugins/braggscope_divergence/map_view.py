"""The map: the image coloured by the variable that differs first at the nearest sample."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from braggscope.api import Pixel
from braggscope.explain.looks import Look, looks_of, uncrowded
from braggscope.explain.start import Sample
from braggscope.ui.theme import current_theme
from braggscope.ui.view_state import Directions, Region, Sight
from braggscope_divergence.marks import mixed, paint_mark
from braggscope_divergence.surveyor import SurveyState

_MARK = 3.6
_MARGIN = 6.0
#: A click so near to a sample, on screen, means the sample.
_NEAR = 7.0
_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class DivergenceMap(QWidget):
    """Paints a survey; a picture of it is made when it changes and not when it is painted.

    Signals:
        picked: this Pixel was clicked.
        opened: it was clicked twice, or Enter was pressed.
        pointed: the sample nearest to the pointer, or None.
    """

    picked = Signal(object)
    opened = Signal()
    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Map of first divergences")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 40)
        self._state = SurveyState()
        self._looks: dict[str, Look] = {}
        self._picture: QPixmap | None = None
        self._cursor: Pixel | None = None
        self._directions = Directions()

    def sizeHint(self) -> QSize:
        """As it fits below the images."""
        return QSize(220, 180)

    def show_state(self, state: SurveyState) -> None:
        """Show another survey, or more of it."""
        if state.found is self._state.found and state.nearest is self._state.nearest:
            self._state = state
            return
        self._state = state
        self._looks = looks_of(state.found)
        self.setAccessibleDescription(", ".join(self._looks))
        self._outdate()

    def show_cursor(self, pixel: Pixel | None) -> None:
        """Mark the pixel under the crosshair of the images."""
        self._cursor = pixel
        self.update()

    def turn(self, directions: Directions) -> None:
        """Have the axes point as those of the images."""
        self._directions = directions
        self._outdate()

    def apply_theme(self) -> None:
        """The colours changed."""
        self._outdate()

    @property
    def frame(self) -> QRectF:
        """Where the image is on screen: its shape, as large as it fits."""
        rows, columns = self._state.shape
        width, height = self.width() - 2 * _MARGIN, self.height() - 2 * _MARGIN
        scale = max(min(width / columns, height / rows), 1e-9)
        wide, tall = columns * scale, rows * scale
        return QRectF((self.width() - wide) / 2, (self.height() - tall) / 2, wide, tall)

    @property
    def _sight(self) -> Sight:
        rows, columns = self._state.shape
        region = Region(0.0, 0.0, float(rows), float(columns))
        return Sight(region, self.frame.width(), self.frame.height(), *self._directions)

    def place_of(self, pixel: Pixel) -> QPointF:
        """The middle of a pixel on screen."""
        x, y = self._sight.to_screen(pixel.slow + 0.5, pixel.fast + 0.5)
        return self.frame.topLeft() + QPointF(x, y)

    def pixel_at(self, place: QPointF) -> Pixel | None:
        """The pixel at a place on screen; None beside the image."""
        rows, columns = self._state.shape
        if not self.frame.contains(place) or self._state.pair is None:
            return None
        inside = place - self.frame.topLeft()
        slow, fast = map(int, self._sight.to_image(inside.x(), inside.y()))
        return Pixel(min(max(slow, 0), rows - 1), min(max(fast, 0), columns - 1))

    def sample_at(self, place: QPointF) -> Sample | None:
        """The sample that colours a place on screen."""
        nearest, pixel = self._state.nearest, self.pixel_at(place)
        if nearest is None or pixel is None:
            return None
        rows, columns = self._state.shape
        row = pixel.slow * nearest.shape[0] // rows
        column = pixel.fast * nearest.shape[1] // columns
        index = int(nearest[row, column])
        return self._state.found.samples[index] if index >= 0 else None

    # ── events ────────────────────────────────────────────────────────────────────────────────

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another picture is needed."""
        super().resizeEvent(event)
        self._outdate()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick the sample under the pointer, or the pixel."""
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        pixel = self.pixel_at(event.position())
        sample = self.sample_at(event.position())
        if sample is not None:
            apart = self.place_of(sample.pixel) - event.position()
            if float(np.hypot(apart.x(), apart.y())) <= _NEAR:
                pixel = sample.pixel
        if pixel is not None:
            self.picked.emit(pixel)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go on to the trace of what was picked."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.opened.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the pointer."""
        self.pointed.emit(self.sample_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go to the next sample in a direction; Enter goes on to its trace."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cursor is not None:
            self.picked.emit(self._cursor)
            self.opened.emit()
        elif key in _STEPS and self._state.found.samples:
            down, right = _STEPS[key]
            slow_up, fast_left = self._directions
            self.picked.emit(self._next(-down if slow_up else down, -right if fast_left else right))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tooltips say what is known of the place."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            sample = self.sample_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), sample_text(sample) if sample else "", self)
            return True
        return super().event(event)

    def _next(self, slower: int, faster: int) -> Pixel:
        """The nearest sample in a direction from the crosshair; the nearest at all without one."""
        pixels = np.array(self._state.found.pixels)
        start = np.array(self._cursor) if self._cursor is not None else pixels[0]
        away = pixels - start
        along = away[:, 0] * slower + away[:, 1] * faster
        across = np.abs(away[:, 0] * faster) + np.abs(away[:, 1] * slower)
        cost = np.where((along > 0) & (across <= along), along + 2.0 * across, np.inf)
        if not np.isfinite(cost).any():
            return Pixel(*start.tolist())
        return Pixel(*pixels[int(cost.argmin())].tolist())

    # ── painting ──────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the picture and the crosshair."""
        if self._picture is None:
            self._picture = self._painted()
        painter = QPainter(self)
        painter.drawPixmap(QPoint(0, 0), self._picture)
        if self._cursor is not None and self._state.pair is not None:
            self._paint_cursor(painter, self.place_of(self._cursor))
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1.0))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _outdate(self) -> None:
        self._picture = None
        self.update()

    def _painted(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap((self.size() * ratio).expandedTo(QSize(1, 1)))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self.palette().color(QPalette.ColorRole.Window))
        if self._state.pair is None:
            return picture
        painter = QPainter(picture)
        painter.fillRect(self.frame, QColor(current_theme().image))
        if self._state.nearest is not None:
            painter.drawImage(self.frame, self._areas())
            self._paint_marks(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(current_theme().border), 1.0))
        painter.drawRect(self.frame)
        painter.end()
        return picture

    def _areas(self) -> QImage:
        """One pixel for each cell of the map."""
        assert self._state.nearest is not None
        names = list(self._looks)
        samples = self._state.found.samples
        kinds = np.array([*(names.index(s.outcome) for s in samples), len(names)])
        slow_up, fast_left = self._directions
        nearest = self._state.nearest[:: -1 if slow_up else 1, :: -1 if fast_left else 1]
        cells = np.ascontiguousarray(kinds[nearest].astype(np.uint8))
        rows, columns = cells.shape
        image = QImage(cells.tobytes(), columns, rows, columns, QImage.Format.Format_Indexed8)
        ground = self.palette().color(QPalette.ColorRole.Base)
        table = [mixed(look.color, ground).rgb() for look in self._looks.values()]
        image.setColorTable([*table, QColor(current_theme().image).rgb()])
        return image.copy()

    def _paint_marks(self, painter: QPainter) -> None:
        samples = self._state.found.samples
        middles = np.array(self._state.found.pixels) + 0.5
        turned = np.where(self._directions, np.array(self._state.shape) - middles, middles)
        corner = np.array([self.frame.left(), self.frame.top()])
        places = turned[:, ::-1] * self._sight.scale + corner
        outcomes = [sample.outcome for sample in samples]
        rim = self.palette().color(QPalette.ColorRole.Base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        # The rarest are painted last, over their neighbours.
        for n in reversed(uncrowded(places, outcomes, 2.6 * _MARK)):
            x, y = places[n].tolist()
            paint_mark(painter, x, y, _MARK, self._looks[outcomes[n]], rim)

    def _paint_cursor(self, painter: QPainter, place: QPointF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in (
            (self.palette().color(QPalette.ColorRole.Base), 3.5),
            (self.palette().color(QPalette.ColorRole.Text), 1.5),
        ):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(place, 6.5, 6.5)


def sample_text(sample: Sample) -> str:
    """A sample in words."""
    where = f"slow {sample.pixel.slow}, fast {sample.pixel.fast}"
    return f"{where}: {sample.problem or sample.sentence}"
