"""Pictures of what is on screen: to a file as PNG, SVG or PDF, and to the clipboard.

They are drawn from the numbers at the size asked for, with overlays, titles and colour bars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QMarginsF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPageSize,
    QPainter,
    QPdfWriter,
)

from braggscope.errors import InvalidInput
from braggscope.gui.images.content import Content
from braggscope.gui.images.pictures import Picture
from braggscope.gui.numbers import near
from braggscope.io.rendering import FIRST, LAST, full_table
from braggscope.ui.theme import Theme
from braggscope.ui.view_state import Sight
from braggscope.whole_files import write_whole

SUFFIXES: Final = (".png", ".svg", ".pdf")
_GAP: Final = 12.0
_HEAD: Final = 40.0
_BAR: Final = 34.0
#: Colours of a bar between which a gradient runs.
_STOPS: Final = 63


@dataclass(frozen=True, eq=False)
class Part:
    """One canvas with what stands around it.

    Attributes:
        title, detail: the two lines above.
        content: prepared for `sight`.
        bars: pictures whose colour bars stand below.
    """

    title: str
    detail: str
    content: Content
    sight: Sight
    bars: tuple[Picture, ...]

    @property
    def height(self) -> float:
        """With title and colour bars."""
        return _HEAD + self.sight.height + _BAR * len(self.bars)


def size_of(parts: Sequence[Part]) -> QSizeF:
    """Of a picture with all parts in a row."""
    width = sum(part.sight.width for part in parts) + _GAP * (len(parts) + 1)
    return QSizeF(width, max(part.height for part in parts) + 2 * _GAP)


def draw(painter: QPainter, parts: Sequence[Part], theme: Theme, font: QFont) -> None:
    """Draw all parts."""
    size = size_of(parts)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(theme.base))
    left = _GAP
    for part in parts:
        painter.save()
        painter.translate(left, _GAP)
        _draw_part(painter, part, theme, font)
        painter.restore()
        left += part.sight.width + _GAP


def _draw_part(painter: QPainter, part: Part, theme: Theme, font: QFont) -> None:
    width, height = part.sight.width, part.sight.height
    bold = QFont(font)
    bold.setBold(True)
    for place, text, shown, color in (
        (0.0, part.title, bold, theme.text),
        (_HEAD / 2 - 2, part.detail, font, theme.muted),
    ):
        painter.setFont(shown)
        painter.setPen(QColor(color))
        short = QFontMetricsF(shown).elidedText(text, Qt.TextElideMode.ElideRight, width)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, place, width, _HEAD / 2), left, short)
    painter.save()
    painter.translate(0, _HEAD)
    box = QRectF(0, 0, width, height)
    painter.setClipRect(box)
    painter.fillRect(box, QColor(theme.image))
    painter.setFont(font)
    part.content.paint(painter)
    painter.restore()
    for position, picture in enumerate(part.bars):
        painter.save()
        painter.translate(0, _HEAD + height + position * _BAR)
        _draw_bar(painter, picture, width, theme, font)
        painter.restore()


def _draw_bar(painter: QPainter, picture: Picture, width: float, theme: Theme, font: QFont) -> None:
    table = full_table(picture.colormap, picture.inverted)[FIRST : LAST + 1]
    gradient = QLinearGradient(0, 0, width, 0)
    for place in np.linspace(0, len(table) - 1, _STOPS).round().astype(int).tolist():
        gradient.setColorAt(place / (len(table) - 1), QColor(*table[place].tolist()))
    painter.fillRect(QRectF(0, 4, width, 10), gradient)
    painter.setFont(font)
    painter.setPen(QColor(theme.text))
    low, high = picture.levels
    middle = f"{'linear' if picture.scale == 'linear' else picture.scale} scale"
    for flag, text in (
        (Qt.AlignmentFlag.AlignLeft, near(low, picture.pyramid.offset, 4)),
        (Qt.AlignmentFlag.AlignHCenter, middle),
        (Qt.AlignmentFlag.AlignRight, near(high, picture.pyramid.offset, 4)),
    ):
        painter.drawText(QRectF(0, 15, width, _BAR - 15), flag | Qt.AlignmentFlag.AlignTop, text)


def image_of(parts: Sequence[Part], theme: Theme, font: QFont, ratio: float = 2.0) -> QImage:
    """As pixels.

    Args:
        ratio: pixels of the picture across one of the screen's.
    """
    size = size_of(parts)
    pixels = QSize(round(size.width() * ratio), round(size.height() * ratio))
    image = QImage(pixels, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    painter = QPainter(image)
    draw(painter, parts, theme, font)
    painter.end()
    return image


def save(parts: Sequence[Part], theme: Theme, font: QFont, path: Path) -> None:
    """Write a picture; an existing file is replaced as a whole or not at all.

    Raises:
        InvalidInput: no such format, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise InvalidInput(
            f"cannot write pictures as {path.suffix or 'a file without extension'}",
            where=str(path),
            remedy="Use .png, .svg or .pdf",
        )
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    if kind == ".png":
        image_of(parts, theme, font).save(buffer, "PNG")  # type: ignore[call-overload]
    elif kind == ".svg":
        _draw_svg(buffer, parts, theme, font)
    else:
        _draw_pdf(buffer, parts, theme, font)
    content: QByteArray = buffer.data()
    buffer.close()
    write_whole(path, lambda sink: sink.write(bytes(content.data())))


def _draw_svg(buffer: QBuffer, parts: Sequence[Part], theme: Theme, font: QFont) -> None:
    # Imported here: few pictures are saved, and the library takes its time.
    from PySide6.QtSvg import QSvgGenerator

    size = size_of(parts).toSize()
    # SVG Tiny, the other choice, knows no clipping: images would reach over their neighbours.
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    # Labels are measured for the screen's 96 dots an inch.
    generator.setResolution(96)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle("Detector images")
    painter = QPainter(generator)
    draw(painter, parts, theme, font)
    painter.end()


def _draw_pdf(buffer: QBuffer, parts: Sequence[Part], theme: Theme, font: QFont) -> None:
    size = size_of(parts)
    writer = QPdfWriter(buffer)
    writer.setTitle("Detector images")
    # One pixel of the screen is 1/96 inch, as everywhere.
    writer.setResolution(96)
    page = QPageSize(size * 0.75, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageSize(page)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    painter = QPainter(writer)
    draw(painter, parts, theme, font)
    painter.end()
