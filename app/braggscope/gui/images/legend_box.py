"""Draws the legend in a corner of an image: lines of swatches, each with its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from braggscope.gui.images.legend import LegendEntry
from braggscope.ui.view_state import Sight

_MARGIN: Final = 1.0
_SIDE, _BETWEEN, _END = 5.0, 4.0, 6.0
#: The legend never takes more of an image's height than this.
_MOST: Final = 0.5
_GROUND: Final = QColor(0, 0, 0, 190)
_INK: Final = QColor(255, 255, 255)


def paint_legend(painter: QPainter, sight: Sight, entries: Sequence[LegendEntry]) -> None:
    """Colours that mean something else than a value, in the lower left corner."""
    if not entries:
        return
    metrics = QFontMetricsF(painter.font())
    height, swatch = metrics.height() + 2.0, round(metrics.height() * 0.65)
    lines = _lines(entries, metrics, swatch, sight.width - 2 * _MARGIN)
    fitting = max(int(sight.height * _MOST // height), 1)
    y = sight.height - _MARGIN - height * min(len(lines), fitting)
    widest = max(sum(width for _, width in line) for line in lines[:fitting])
    painter.fillRect(QRectF(_MARGIN, y, widest, height * min(len(lines), fitting)), _GROUND)
    for line in lines[:fitting]:
        x = _MARGIN
        for entry, width in line:
            box = QRectF(x + _SIDE, y + round((height - swatch) / 2), swatch, swatch)
            painter.fillRect(box, QColor(*entry.color))
            # A light rim, so that a dark colour is seen on the dark ground.
            painter.setPen(_INK)
            painter.drawRect(box)
            left = swatch + _SIDE + _BETWEEN
            place = QRectF(x + left, y, width - left, height)
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            text = metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, flags, text)
            x += width
        y += height


def _lines(
    entries: Sequence[LegendEntry], metrics: QFontMetricsF, swatch: float, room: float
) -> list[list[tuple[LegendEntry, float]]]:
    """Entries with their widths, in lines that fit."""
    lines: list[list[tuple[LegendEntry, float]]] = [[]]
    taken = 0.0
    for entry in entries:
        width = swatch + _SIDE + _BETWEEN + metrics.horizontalAdvance(entry.text) + _END
        width = min(width, room)
        if lines[-1] and taken + width > room:
            lines.append([])
            taken = 0.0
        lines[-1].append((entry, width))
        taken += width
    return lines
