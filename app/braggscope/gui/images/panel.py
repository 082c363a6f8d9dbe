"""The centre of the window: images in an arrangement, one view, one crosshair."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from braggscope.api import DifferenceMapContribution, OverlayItem, Pixel
from braggscope.gui.images.annotations import Annotated
from braggscope.gui.images.arrangement import Arrangement
from braggscope.gui.images.content import Seam
from braggscope.gui.images.editor import MarkingEditor
from braggscope.gui.images.grid import GridPage
from braggscope.gui.images.picked import PickedPixels
from braggscope.gui.images.pictures import TileId
from braggscope.gui.images.presenter import ImagesPresenter
from braggscope.gui.images.ticks import AxisUnit
from braggscope.gui.images.tile import Tile
from braggscope.gui.images.where import Where
from braggscope.gui.images.worker import LatestWorker
from braggscope.gui.workspace import Workspace
from braggscope.ui.theme import Theme
from braggscope.ui.view_state import ViewState

if TYPE_CHECKING:
    from braggscope.gui.images.canvas import ImageCanvas

_TILES: tuple[TileId, ...] = ("A", "B", "D")
_SHOWN: Mapping[Arrangement, tuple[str, ...]] = {
    "side": _TILES,
    "split": ("AB",),
    "blink": ("AB",),
    "overlay": ("AB",),
    "difference": ("D",),
}


class ImagesPanel(QWidget):
    """A, B and their difference.

    Signals:
        hovered: the Pixel under the pointer, or None.
        menu_asked: (Pixel or None, place on screen) of a context menu.
        arrangement_changed: images are arranged in another way.
        tool_changed: a tool was taken up or put down.
        pictures_changed: a tile shows other numbers, or in another way.
    """

    hovered = Signal(object)
    menu_asked = Signal(object, object)
    arrangement_changed = Signal()
    tool_changed = Signal()
    pictures_changed = Signal()

    def __init__(
        self,
        workspace: Workspace,
        maps: Mapping[str, DifferenceMapContribution],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self.presenter = ImagesPresenter(workspace.session, maps, self._picture_changed)
        self.view_state = ViewState(self)
        self.where = Where(workspace.session, self.annotate)
        self.editor = MarkingEditor(
            workspace.session.markings, self.where.resolution, self._editor_changed
        )
        self._annotated = Annotated()
        self._picker = LatestWorker(workspace.bridge.post)
        self._picked: PickedPixels | None = None
        self._shape: tuple[int, int] | None = None
        self._overlays: tuple[OverlayItem, ...] = ()
        self._theme: Theme | None = None
        self._canvas_actions: list[QAction] = []
        self._last_tile: Tile | None = None
        self._clicking = False
        self.arrangement: Arrangement = "side"
        self.unit: AxisUnit = "none"
        self._build()
        self._blink = QTimer(self, interval=500)
        self._blink.timeout.connect(self._next_phase)
        workspace.images_changed.connect(self.presenter.images_changed)
        workspace.images_changed.connect(self.annotate)
        workspace.sketches_changed.connect(self.annotate)
        workspace.analysis_changed.connect(self.presenter.analysis_changed)
        workspace.slots_changed.connect(self._refresh)
        workspace.cursor_moved.connect(self._show_cursor)
        workspace.regions_changed.connect(self.annotate)
        workspace.line_changed.connect(self.annotate)
        workspace.selection_changed.connect(self._pick)
        self.set_arrangement("side")

    def _build(self) -> None:
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(True)
        self.tiles = {tile: self._tile((tile,)) for tile in _TILES}
        self.both = self._tile(("A", "B"))
        self.both.canvas.seam_moved.connect(self.set_seam)
        for number, tile in enumerate((*self.tiles.values(), self.both)):
            self.splitter.addWidget(tile)
            self.splitter.setStretchFactor(number, 1)
        self.splitter.setSizes([1000] * self.splitter.count())
        self.grid = GridPage(self._tile, self)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self.splitter)
        self._pages.addWidget(self.grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self._pages)

    def _tile(self, sources: tuple[TileId, ...]) -> Tile:
        tile = Tile(sources, self.view_state, self.editor, self)
        tile.levels_asked.connect(self.presenter.set_levels)
        canvas = tile.canvas
        canvas.pixel_clicked.connect(self._clicked)
        canvas.cursor_asked.connect(self._cursor_asked)
        canvas.pixel_hovered.connect(self.hovered)
        canvas.menu_asked.connect(self.menu_asked)
        canvas.prepared.connect(self._look)
        canvas.focused.connect(lambda: self._remember(tile))
        canvas.set_cursor(self._workspace.cursor)
        canvas.annotate(self._annotated)
        for action in self._canvas_actions:
            canvas.addAction(action)
        if self._theme is not None:
            canvas.set_background(self._theme.image)
        return tile

    def _remember(self, tile: Tile) -> None:
        self._last_tile = tile

    def all_tiles(self) -> list[Tile]:
        """Every tile there is, seen or not."""
        return [*self.tiles.values(), self.both, *self.grid.tiles.values()]

    def add_canvas_action(self, action: QAction) -> None:
        """An action whose key works while an image has the keys."""
        self._canvas_actions.append(action)
        for tile in self.all_tiles():
            tile.canvas.addAction(action)

    def shown_tiles(self) -> list[Tile]:
        """Those in view that have an image."""
        return [t for t in self.all_tiles() if t.isVisible() and t.canvas.has_image]

    def current_tile(self) -> Tile | None:
        """The tile in view that has the keys, or had them last; else the first with an image."""
        shown = self.shown_tiles()
        focused = next((tile for tile in shown if tile.canvas.hasFocus()), None)
        if focused is not None:
            return focused
        last = self._last_tile
        return last if last in shown else shown[0] if shown else None

    def main_canvas(self) -> ImageCanvas:
        """The canvas that gets the keys: the first one in view."""
        shown = [tile for tile in self.all_tiles() if not tile.isHidden()]
        if self.arrangement == "grid":
            shown = list(self.grid.tiles.values())
        return (shown[0] if shown else self.tiles["A"]).canvas

    # ── arrangement ───────────────────────────────────────────────────────────────────────────

    def set_arrangement(self, arrangement: Arrangement) -> None:
        """Arrange the images in another way."""
        had_focus = any(tile.canvas.hasFocus() for tile in self.all_tiles())
        self.arrangement = arrangement
        if arrangement in ("split", "blink", "overlay"):
            self.both.canvas.content.mode = arrangement
            self.both.forget()
        shown = _SHOWN.get(arrangement, ())
        if arrangement != "grid":
            for name, tile in (*self.tiles.items(), ("AB", self.both)):
                tile.setVisible(name in shown)
        self.presenter.show_grid(arrangement == "grid")
        self._refresh()
        self._pages.setCurrentWidget(self.grid if arrangement == "grid" else self.splitter)
        self.both.canvas.prepare()
        self._set_blinking(arrangement == "blink")
        if had_focus:
            self.main_canvas().setFocus()
        self.arrangement_changed.emit()

    def _set_blinking(self, on: bool) -> None:
        self.both.canvas.content.second = False
        if on:
            self._blink.start()
        else:
            self._blink.stop()

    @property
    def blink_rate(self) -> float:
        """Changes between A and B a second."""
        return 1000.0 / self._blink.interval()

    def set_blink_rate(self, per_second: float) -> None:
        """Blink faster or slower."""
        self._blink.setInterval(round(1000 / min(max(per_second, 1.0), 10.0)))

    @Slot()
    def _next_phase(self) -> None:
        content = self.both.canvas.content
        content.second = not content.second
        self.both.canvas.update()

    @Slot(float)
    def set_seam(self, share: float) -> None:
        """Move the seam between A and B."""
        self.both.canvas.content.seam = share
        self.both.canvas.update()

    def set_seam_direction(self, direction: Seam) -> None:
        """Turn the seam."""
        self.both.canvas.content.seam_direction = direction
        self.both.canvas.update()

    def even_out(self) -> None:
        """Give all tiles the same room."""
        self.splitter.setSizes([1000] * self.splitter.count())

    # ── what is shown ─────────────────────────────────────────────────────────────────────────

    def apply_theme(self, theme: Theme) -> None:
        """Show the colours of a theme."""
        self._theme = theme
        self.presenter.set_dark(theme.dark)
        for tile in self.all_tiles():
            tile.canvas.set_background(theme.image)

    @Slot()
    def fit(self) -> None:
        """Show whole images."""
        self.view_state.fit()

    def start_cursor(self) -> Pixel | None:
        """Put the crosshair where there is most to see; the pixel, or None without an image."""
        pixel = self.presenter.brightest
        if pixel is not None:
            self._workspace.set_cursor(pixel)
            self.main_canvas().setFocus()
        return pixel

    def close_thread(self) -> None:
        """Stop preparing pictures."""
        self._blink.stop()
        self.where.close()
        self._picker.close()
        self.presenter.close()

    @Slot()
    def _refresh(self) -> None:
        self.presenter.slots_changed()
        if self.arrangement == "grid":
            self.grid.show_tiles(self.presenter.grid_tiles)
            for tile in self.presenter.grid_tiles:
                self._tile_changed(tile)
        for tile in _TILES:
            self._tile_changed(tile)

    def _picture_changed(self, tile: TileId) -> None:
        self._tile_changed(tile)
        self.pictures_changed.emit()

    def _tile_changed(self, tile: TileId) -> None:
        shape = self.presenter.shape
        if shape is not None:
            self.view_state.set_shape(shape)
        if shape != self._shape:
            # Where picked pixels are depends on it.
            self._shape = shape
            self._pick()
            self._drop_cursor_beyond(shape)
        widget = self.tiles.get(tile) or self.grid.tiles.get(tile)
        if widget is not None and (tile in self.tiles or self.arrangement == "grid"):
            state = self.presenter.tile(tile)
            widget.show_states([state])
            if self.hasFocus() and state.picture is not None:
                # The keys go to the first image there is.
                self.main_canvas().setFocus()
        if tile in self.both.sources:
            states = [self.presenter.tile(source) for source in self.both.sources]
            self.both.show_states(states, self.presenter.display.linked)

    # ── what is drawn ─────────────────────────────────────────────────────────────────────────

    def _editor_changed(self) -> None:
        self.annotate()
        self.tool_changed.emit()

    @Slot()
    def _look(self) -> None:
        self.presenter.look({tile.canvas.step for tile in self.shown_tiles()})

    def set_unit(self, unit: AxisUnit) -> None:
        """Number the borders in pixels, in mm, or not at all."""
        self.unit = unit
        self.annotate()

    def show_overlays(self, items: tuple[OverlayItem, ...]) -> None:
        """Draw other items of overlays."""
        self._overlays = items
        self.annotate()

    @Slot()
    def annotate(self) -> None:
        """Draw what is there now."""
        markings, editor = self._workspace.session.markings, self.editor
        self._annotated = Annotated(
            overlays=(*self._overlays, *chain(*markings.sketches.values())),
            regions=markings.regions,
            shells=self.where.shells(markings.regions, editor.draft),
            chosen=editor.chosen,
            held=editor.held,
            draft=editor.draft,
            line=markings.line,
            picked=self._picked,
            unit=self.unit,
            pixel_mm=self.where.pixel_mm if self.unit == "mm" else None,
        )
        for tile in self.all_tiles():
            tile.canvas.annotate(self._annotated)

    @Slot()
    def _pick(self) -> None:
        """Other pixels are picked; millions of them take a moment."""
        selection, shape = self._workspace.session.markings.selection, self.presenter.shape
        if selection is None or shape is None:
            self._picker.drop("picked")
            self._show_picked(None)
            return
        self._picker.submit("picked", lambda: PickedPixels.of(selection, shape), self._show_picked)

    def _show_picked(self, picked: PickedPixels | None) -> None:
        self._picked = picked
        self.annotate()

    def _drop_cursor_beyond(self, shape: tuple[int, int] | None) -> None:
        cursor = self._workspace.cursor
        if cursor is None or shape is None:
            return
        if cursor.slow >= shape[0] or cursor.fast >= shape[1]:
            self._workspace.session.set_cursor(None)

    # ── the cursor ────────────────────────────────────────────────────────────────────────────

    @Slot(object)
    def _clicked(self, pixel: Pixel) -> None:
        # What is clicked is in view: nothing moves away under the pointer.
        self._clicking = True
        self._workspace.set_cursor(pixel)
        self._clicking = False
        self._workspace.request_trace(pixel)

    @Slot(object)
    def _cursor_asked(self, pixel: Pixel | None) -> None:
        if pixel is None:
            self.start_cursor()
        else:
            self._workspace.set_cursor(pixel)

    @Slot(object)
    def _show_cursor(self, pixel: Pixel | None) -> None:
        for tile in self.all_tiles():
            tile.canvas.set_cursor(pixel)
        if pixel is None or self._clicking:
            return
        place = pixel.slow + 0.5, pixel.fast + 0.5
        # A tile that is wider than the region asked for shows more than that.
        if not any(tile.canvas.sight.region.contains(*place) for tile in self.shown_tiles()):
            self.view_state.reveal(*place)
