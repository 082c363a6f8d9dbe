"""The map: the image coloured by the variable that differs first at the nearest sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal, Slot
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
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from braggscope.api import Pixel
from braggscope.explain.start import Sample
from braggscope.ui.theme import current_theme
from braggscope.ui.view_state import Directions, Region, Sight
from braggscope_divergence.map_picture import Colors, Sheet, painted
from braggscope_divergence.surveyor import SurveyState
from braggscope_plots.work import Channel

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
    """Shows a survey; its picture is painted elsewhere, and the last one stands in meanwhile.

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
        self._shown: tuple[QSize, QImage] | None = None
        self._is_outdated = True
        self._painter = Channel(self)
        self._painter.done.connect(self._have)
        self._cursor: Pixel | None = None
        self._directions = Directions()

    def sizeHint(self) -> QSize:
        """As it fits below the images."""
        return QSize(220, 180)

    def show_state(self, state: SurveyState) -> None:
        """Show another survey, or more of it."""
        is_same = state.chart is self._state.chart and state.pair is self._state.pair
        self._state = state
        if not is_same:
            self.setAccessibleDescription(", ".join(state.chart.looks if state.chart else ()))
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
    def is_up_to_date(self) -> bool:
        """Whether the picture shows what is known."""
        return self._shown is not None and not self._is_outdated and not self._painter.is_busy

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
        chart, pixel = self._state.chart, self.pixel_at(place)
        if chart is None or pixel is None:
            return None
        nearest = chart.nearest
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
        elif key in _STEPS and self._state.chart is not None:
            down, right = _STEPS[key]
            slow_up, fast_left = self._directions
            step = -down if slow_up else down, -right if fast_left else right
            self.picked.emit(self._next(self._state.chart.places - 0.5, *step))
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Tooltips say what is known of the place."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            sample = self.sample_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), sample_text(sample) if sample else "", self)
            return True
        return super().event(event)

    def _next(self, pixels: NDArray[np.float64], slower: int, faster: int) -> Pixel:
        """The nearest sample in a direction from the crosshair; the nearest at all without one.

        Args:
            pixels: (n, 2) of the samples.
        """
        start = np.array(self._cursor, np.float64) if self._cursor is not None else pixels[0]
        away = pixels - start
        along = away[:, 0] * slower + away[:, 1] * faster
        across = np.abs(away[:, 0] * faster) + np.abs(away[:, 1] * slower)
        cost = np.where((along > 0) & (across <= along), along + 2.0 * across, np.inf)
        if not np.isfinite(cost).any():
            return _pixel(start)
        return _pixel(pixels[int(cost.argmin())])

    # ── painting ──────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the picture and the crosshair."""
        if self._is_outdated:
            self._is_outdated = False
            size, sheet = self.size(), self._sheet
            self._painter.submit(lambda check: (size, painted(sheet)), stop=False)
        painter = QPainter(self)
        if self._shown is not None:
            size, picture = self._shown
            if size == self.size():
                painter.drawImage(QPoint(0, 0), picture)
            else:
                painter.drawImage(self.rect(), picture)
        if self._cursor is not None and self._state.pair is not None:
            self._paint_cursor(painter, self.place_of(self._cursor))
        if self.hasFocus():
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Highlight), 1.0))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _outdate(self) -> None:
        self._is_outdated = True
        self.update()

    @property
    def _sheet(self) -> Sheet:
        state, theme, palette = self._state, current_theme(), self.palette()
        colors = Colors(
            palette.color(QPalette.ColorRole.Window),
            palette.color(QPalette.ColorRole.Base),
            QColor(theme.image),
            QColor(theme.border),
        )
        frame = self.frame if state.pair is not None else None
        ratio = self.devicePixelRatioF()
        return Sheet(state.chart, state.shape, self.size(), ratio, frame, self._directions, colors)

    @Slot(int, object, object)
    def _have(self, ticket: int, shown: tuple[QSize, QImage], error: Exception | None) -> None:
        if error is not None:
            raise error
        self._shown = shown
        self.update()

    def _paint_cursor(self, painter: QPainter, place: QPointF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in (
            (self.palette().color(QPalette.ColorRole.Base), 3.5),
            (self.palette().color(QPalette.ColorRole.Text), 1.5),
        ):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(place, 6.5, 6.5)


def _pixel(place: NDArray[np.float64]) -> Pixel:
    return Pixel(*map(int, place.tolist()))


def sample_text(sample: Sample) -> str:
    """A sample in words."""
    where = f"slow {sample.pixel.slow}, fast {sample.pixel.fast}"
    return f"{where}: {sample.problem or sample.sentence}"
