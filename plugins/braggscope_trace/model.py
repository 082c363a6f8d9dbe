"""The trace table as a Qt item model: unfolds a variable only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QFont

from braggscope_trace.columns import COLUMNS, HELP, NUMERIC
from braggscope_trace.groups import GroupLine
from braggscope_trace.rows import CHUNK, Line, MoreLine, VariableLine

Index = QModelIndex | QPersistentModelIndex


class _Node:
    """A line's place in the model; children is None until they are asked for."""

    def __init__(self, key: int, line: Line | None, parent: _Node | None, row: int) -> None:
        self.key = key
        self.line = line
        self.parent = parent
        self.row = row
        self.children: list[_Node] | None = None


class TraceTableModel(QAbstractItemModel):
    """Variables in order of dependency by stages, unfolding into steps and components."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first_brush = QBrush()
        self._reset([], only_differences=False)

    def show_groups(self, groups: list[GroupLine], only_differences: bool) -> None:
        """Show other lines; every one is folded."""
        self.beginResetModel()
        self._reset(groups, only_differences)
        self.endResetModel()

    @property
    def first_brush(self) -> QBrush:
        """The background of the first divergence."""
        return self._first_brush

    def set_first_brush(self, brush: QBrush) -> None:
        """The background of the first divergence."""
        self._first_brush = brush

    def line(self, index: Index) -> Line | None:
        """The line at an index."""
        return self._node(index).line

    def index_of(self, name: str) -> QModelIndex:
        """The index of a variable; invalid if it is not shown."""
        key = self._keys_by_name.get(name)
        return QModelIndex() if key is None else self._index_of(self._nodes[key])

    def groups(self) -> list[tuple[QModelIndex, GroupLine]]:
        """The stages from top to bottom."""
        found = [(self._index_of(node), node.line) for node in self._root.children or []]
        return [(index, line) for index, line in found if isinstance(line, GroupLine)]

    def variables(self) -> list[tuple[QModelIndex, VariableLine]]:
        """All variables from top to bottom."""
        nodes = [self._nodes[key] for key in self._keys_by_name.values()]
        found = [(self._index_of(node), node.line) for node in nodes]
        return [(index, line) for index, line in found if isinstance(line, VariableLine)]

    def show_more(self, index: Index) -> None:
        """Replace "… more" by the next steps."""
        node = self._node(index)
        owner = node.parent
        if not isinstance(node.line, MoreLine) or owner is None or owner.children is None:
            return
        above = self._index_of(owner)
        self.beginRemoveRows(above, node.row, node.row)
        owner.children.pop()
        self.endRemoveRows()
        self._extend(owner, above)

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        """The index of a child."""
        children = self._node(parent).children or []
        if not (0 <= row < len(children) and 0 <= column < len(COLUMNS)):
            return QModelIndex()
        return self.createIndex(row, column, children[row].key)

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        """The index of the line that one is folded into."""
        above = self._node(index).parent
        return QModelIndex() if above is None else self._index_of(above)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Children that were asked for so far."""
        return 0 if parent.column() > 0 else len(self._node(parent).children or [])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """The same everywhere."""
        return len(COLUMNS)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        """Whether a line unfolds."""
        node = self._node(parent)
        if node.children is not None:
            return bool(node.children)
        return node.line is not None and node.line.shown_count(self._only_differences) > 0

    def canFetchMore(self, parent: Index) -> bool:
        """Whether a line was not unfolded yet."""
        return self._node(parent).children is None and self.hasChildren(parent)

    def fetchMore(self, parent: Index) -> None:
        """Unfold a line."""
        node = self._node(parent)
        if node.children is None:
            node.children = []
            self._extend(node, self._index_of(node))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, tooltip, alignment and font of a cell."""
        line = self._node(index).line
        if line is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text(column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.tooltip(column) or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return self._emphasis(line, role)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return HELP.get(section) if role == Qt.ItemDataRole.ToolTipRole else None

    def lines_below(self, is_open: Callable[[QModelIndex], bool]) -> list[tuple[int, Line]]:
        """Keys and lines from top to bottom as they are unfolded: is_open(index) tells."""
        found: list[tuple[int, Line]] = []
        self._collect(self._root, is_open, found)
        return found

    def _collect(
        self, node: _Node, is_open: Callable[[QModelIndex], bool], found: list[tuple[int, Line]]
    ) -> None:
        for child in node.children or []:
            if child.line is not None:
                found.append((child.key, child.line))
            if child.children and is_open(self._index_of(child)):
                self._collect(child, is_open, found)

    def _emphasis(self, line: Line, role: int) -> Any:
        if role == Qt.ItemDataRole.FontRole and (line.is_first or isinstance(line, GroupLine)):
            font = QFont()
            font.setBold(True)
            return font
        if role == Qt.ItemDataRole.BackgroundRole and line.is_first:
            return self._first_brush
        return None

    def _reset(self, groups: list[GroupLine], only_differences: bool) -> None:
        self._only_differences = only_differences
        self._keys = count(1)
        self._root = _Node(0, None, None, 0)
        self._nodes: dict[int, _Node] = {0: self._root}
        self._keys_by_name: dict[str, int] = {}
        self._root.children = [self._new(line, self._root, i) for i, line in enumerate(groups)]
        for group in self._root.children:
            assert isinstance(group.line, GroupLine)
            group.children = [self._new(line, group, i) for i, line in enumerate(group.line.lines)]
            for node, line in zip(group.children, group.line.lines, strict=True):
                self._keys_by_name[line.row.name] = node.key

    def _new(self, line: Line, parent: _Node, row: int) -> _Node:
        node = _Node(next(self._keys), line, parent, row)
        self._nodes[node.key] = node
        return node

    def _extend(self, node: _Node, index: QModelIndex) -> None:
        """Add the next chunk of children, and "… more" if there are more."""
        line, children = node.line, node.children
        if line is None or children is None:
            return
        start = len(children)
        total = line.shown_count(self._only_differences)
        lines = line.children(start, start + CHUNK, self._only_differences)
        end = start + len(lines)
        if end < total:
            hidden_differing = (
                line.differing_between(end, total)
                if isinstance(line, VariableLine) and not self._only_differences
                else 0
            )
            lines.append(MoreLine(line, total - end, hidden_differing))
        if lines:
            self.beginInsertRows(index, start, start + len(lines) - 1)
            children += [self._new(new, node, start + i) for i, new in enumerate(lines)]
            self.endInsertRows()

    def _node(self, index: Index) -> _Node:
        return self._nodes[index.internalId()] if index.isValid() else self._root

    def _index_of(self, node: _Node) -> QModelIndex:
        return QModelIndex() if node is self._root else self.createIndex(node.row, 0, node.key)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in NUMERIC else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
