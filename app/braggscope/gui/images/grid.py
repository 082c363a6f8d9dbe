"""The images of all runs in a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from braggscope.gui.images.arrangement import columns
from braggscope.gui.images.pictures import TileId
from braggscope.gui.images.tile import Tile


class GridPage(QWidget):
    """Tiles of equal size.

    Args:
        make: makes the tile of an image.
    """

    def __init__(self, make: Callable[[tuple[TileId, ...]], Tile], parent: QWidget) -> None:
        super().__init__(parent)
        self._make = make
        self.tiles: dict[TileId, Tile] = {}
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._columns = 0

    def show_tiles(self, names: Sequence[TileId]) -> None:
        """Have these tiles, in this order."""
        if tuple(self.tiles) == tuple(names):
            return
        for name in [name for name in self.tiles if name not in names]:
            tile = self.tiles.pop(name)
            self._layout.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self.tiles = {name: self.tiles.get(name) or self._make((name,)) for name in names}
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many columns as make the images largest."""
        super().resizeEvent(event)
        if columns(len(self.tiles), self.width(), self.height()) != self._columns:
            self._arrange()

    def _arrange(self) -> None:
        self._columns = columns(len(self.tiles), max(self.width(), 1), max(self.height(), 1))
        for number, tile in enumerate(self.tiles.values()):
            self._layout.addWidget(tile, number // self._columns, number % self._columns)
            tile.show()
        for column in range(self._layout.columnCount()):
            self._layout.setColumnStretch(column, 1 if column < self._columns else 0)
        rows = -(-len(self.tiles) // self._columns)
        for row in range(self._layout.rowCount()):
            self._layout.setRowStretch(row, 1 if row < rows else 0)
