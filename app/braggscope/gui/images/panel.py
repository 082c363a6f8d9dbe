"""The centre of the window: tiles side by side, one view, one crosshair."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from braggscope.api import DifferenceMapContribution, Pixel
from braggscope.gui.images.pictures import TileId
from braggscope.gui.images.presenter import ImagesPresenter
from braggscope.gui.images.tile import Tile
from braggscope.gui.workspace import Workspace
from braggscope.ui.theme import Theme
from braggscope.ui.view_state import ViewState

_TILES: tuple[TileId, ...] = ("A", "B", "D")


class ImagesPanel(QWidget):
    """A, B and their difference.

    Signals:
        hovered: the Pixel under the pointer, or None.
    """

    hovered = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        maps: Mapping[str, DifferenceMapContribution],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.presenter = ImagesPresenter(workspace.session, maps, self._tile_changed)
        self.view_state = ViewState(self)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(True)
        self.tiles = {tile: Tile(tile, self.view_state, self) for tile in _TILES}
        for number, tile in enumerate(self.tiles.values()):
            self.splitter.addWidget(tile)
            self.splitter.setStretchFactor(number, 1)
            tile.pixel_clicked.connect(self._clicked)
            tile.cursor_asked.connect(self._cursor_asked)
            tile.pixel_hovered.connect(self.hovered)
            tile.color_bar.levels_asked.connect(
                lambda levels, name=tile.tile: self.presenter.set_levels(name, levels)
            )
        self.splitter.setSizes([1000] * len(self.tiles))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.splitter)
        workspace.images_changed.connect(self.presenter.images_changed)
        workspace.analysis_changed.connect(self.presenter.analysis_changed)
        workspace.slots_changed.connect(self._refresh)
        workspace.cursor_moved.connect(self._show_cursor)
        self._refresh()

    def make_canvases(self) -> None:
        """Make where the images are painted, before the first one comes."""
        for tile in self.tiles.values():
            _ = tile.canvas

    def apply_theme(self, theme: Theme) -> None:
        """Show the colours of a theme."""
        self.presenter.set_dark(theme.dark)
        for tile in self.tiles.values():
            tile.set_background(theme.image)

    @Slot()
    def fit(self) -> None:
        """Show whole images."""
        self.view_state.fit()

    def even_out(self) -> None:
        """Give all tiles the same room."""
        self.splitter.setSizes([1000] * len(self.tiles))

    def start_cursor(self) -> Pixel | None:
        """Put the crosshair where there is most to see; the pixel, or None without an image."""
        pixel = self.presenter.brightest
        if pixel is not None:
            self._workspace.set_cursor(pixel)
            self.tiles["A"].canvas.setFocus()
        return pixel

    def close_thread(self) -> None:
        """Stop preparing pictures."""
        self.presenter.close()

    @Slot()
    def _refresh(self) -> None:
        for tile in _TILES:
            self._tile_changed(tile)

    def _tile_changed(self, tile: TileId) -> None:
        shape = self.presenter.shape
        if shape is not None:
            self.view_state.set_shape(shape)
        state = self.presenter.tile(tile)
        self.tiles[tile].show_state(state)
        if self.hasFocus() and state.picture is not None:
            # The keys go to the first image there is.
            self.tiles[tile].canvas.setFocus()

    @Slot(object)
    def _clicked(self, pixel: Pixel) -> None:
        self._workspace.set_cursor(pixel)
        self._workspace.request_trace(pixel)

    @Slot(object)
    def _cursor_asked(self, pixel: Pixel | None) -> None:
        if pixel is None:
            self.start_cursor()
        else:
            self._workspace.set_cursor(pixel)

    @Slot(object)
    def _show_cursor(self, pixel: Pixel | None) -> None:
        for tile in self.tiles.values():
            tile.set_cursor(pixel)
        if pixel is not None:
            self.view_state.reveal(pixel.slow + 0.5, pixel.fast + 0.5)
