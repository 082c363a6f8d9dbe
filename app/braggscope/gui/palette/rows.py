"""The palette's list: one line a command, with the letters that were typed in bold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPalette,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from braggscope.gui.palette.presenter import Found
from braggscope.ui.theme import current_theme

Index = QModelIndex | QPersistentModelIndex
FOUND: Final = Qt.ItemDataRole.UserRole + 1
_SIDE, _SIGN, _GAP, _HIGH = 10, 20, 10, 5
#: The share of a line that the reason may take why something cannot be done.
_WHY_SHARE: Final = 0.45


class Rows(QAbstractListModel):
    """What was found."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._found: tuple[Found, ...] = ()

    def show(self, found: Sequence[Found]) -> None:
        """Show something else."""
        self.beginResetModel()
        self._found = tuple(found)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """How many were found."""
        return 0 if parent.isValid() else len(self._found)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One of them."""
        if not index.isValid():
            return None
        item = self._found[index.row()]
        if role == FOUND:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.command.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return item.command.spoken
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(filter(None, (item.command.hint, item.command.why)))
        return None

    def ends_recent(self, row: int) -> bool:
        """Whether the commands used last end with this row, and others follow."""
        following = row + 1 < len(self._found)
        return self._found[row].is_recent and following and not self._found[row + 1].is_recent


class Line(QStyledItemDelegate):
    """Paints a command: check mark, title, menu path; at the right its key, or why not."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """One line of text with air."""
        return QSize(100, QFontMetrics(option.font).height() + 2 * _HIGH)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the line."""
        item: Found = index.data(FOUND)
        command, theme = item.command, current_theme()
        shown: Any = option
        chosen = bool(shown.state & QStyle.StateFlag.State_Selected)
        palette: QPalette = shown.palette
        ink = palette.color(
            QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.Text
        )
        pale = ink if chosen else QColor(theme.muted)
        box: QRect = shown.rect
        painter.save()
        painter.setFont(shown.font)
        if chosen:
            painter.fillRect(box, palette.color(QPalette.ColorRole.Highlight))
        text_color = pale if not command.enabled else ink
        inside = box.adjusted(_SIDE, 0, -_SIDE, 0)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if command.checked:
            painter.setPen(text_color)
            painter.drawText(inside, left, "✓")
        inside.setLeft(inside.left() + _SIGN)
        inside.setRight(self._paint_end(painter, inside, item, pale) - _GAP)
        title_end = _paint_title(painter, inside, item, text_color)
        inside.setLeft(title_end + _GAP)
        painter.setPen(pale)
        place = QFontMetrics(shown.font).elidedText(
            command.place, Qt.TextElideMode.ElideRight, max(inside.width(), 0)
        )
        painter.drawText(inside, left, place)
        rows = index.model()
        if isinstance(rows, Rows) and rows.ends_recent(index.row()):
            painter.setPen(QColor(theme.border))
            painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.restore()

    @staticmethod
    def _paint_end(painter: QPainter, inside: QRect, item: Found, color: QColor) -> int:
        """The key or the reason at the right; where it begins."""
        command, metrics = item.command, painter.fontMetrics()
        text = command.key if command.enabled else (command.why or "not now")
        most = round(inside.width() * (_WHY_SHARE if not command.enabled else 0.4))
        text = metrics.elidedText(text.partition("\n")[0], Qt.TextElideMode.ElideRight, most)
        painter.setPen(color)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, right, text)
        return inside.right() - metrics.horizontalAdvance(text)


def _paint_title(painter: QPainter, inside: QRect, item: Found, color: QColor) -> int:
    """The title with its typed letters in bold; where it ends."""
    title = painter.fontMetrics().elidedText(
        item.command.title, Qt.TextElideMode.ElideRight, max(inside.width(), 20)
    )
    layout = QTextLayout(title, painter.font())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.NoWrap)
    layout.setTextOption(option)
    bold = QTextCharFormat()
    bold.setFontWeight(QFont.Weight.Bold)
    bold.setFontUnderline(True)
    ranges = []
    for letter in sorted(item.letters):
        if letter < len(title):
            part = QTextLayout.FormatRange()
            part.start, part.length, part.format = letter, 1, bold
            ranges.append(part)
    layout.setFormats(ranges)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(10_000.0)
    layout.endLayout()
    painter.setPen(color)
    top = inside.top() + (inside.height() - line.height()) / 2
    layout.draw(painter, QPointF(inside.left(), top))
    return inside.left() + round(line.naturalTextWidth())


class Hits(QListView):
    """The list under the search; the keys stay in the search."""

    def __init__(self, rows: Rows, parent: Any) -> None:
        super().__init__(parent)
        self.setModel(rows)
        self.setItemDelegate(Line(self))
        self.setUniformItemSizes(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setAccessibleName("Commands found")
