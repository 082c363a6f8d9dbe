"""A tile: two title lines, the image, its colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from braggscope.api import Pixel
from braggscope.gui.images.colorbar import ColorBar
from braggscope.gui.images.pictures import Picture, TileId
from braggscope.gui.images.presenter import TileState
from braggscope.gui.widgets import ElidedLabel, set_role
from braggscope.io.rendering import full_table
from braggscope.ui.view_state import ViewState

if TYPE_CHECKING:
    from braggscope.gui.images.canvas import ImageCanvas

_NAMES = {"A": "Image A", "B": "Image B", "D": "Difference"}


class Tile(QFrame):
    """Shows one image with what belongs to it.

    Signals:
        pixel_clicked, pixel_hovered, cursor_asked: as the canvas tells them.
    """

    pixel_clicked = Signal(object)
    pixel_hovered = Signal(object)
    cursor_asked = Signal(object)

    def __init__(self, tile: TileId, view_state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tile = tile
        set_role(self, "tile")
        self._view_state = view_state
        self._background = ""
        self._canvas: ImageCanvas | None = None
        self._cursor: Pixel | None = None
        self.color_bar = ColorBar(_NAMES[tile], self)
        self._letter = QLabel(self)
        set_role(self._letter, {"A": "badge-a", "B": "badge-b", "D": "badge-d"}[tile])
        self._letter.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title, self._detail = ElidedLabel(parent=self), ElidedLabel(parent=self)
        self._outdated = QLabel("outdated", self)
        set_role(self._detail, "muted")
        set_role(self._outdated, "warn")
        self._hint = QLabel(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        set_role(self._hint, "hint")
        self._pages = QStackedWidget(self)
        self._pages.addWidget(self._hint)
        self._shown: Picture | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        lines = QVBoxLayout()
        lines.setSpacing(0)
        first = QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(self._title, 1)
        first.addWidget(self._outdated)
        lines.addLayout(first)
        lines.addWidget(self._detail)
        head = QHBoxLayout()
        head.setContentsMargins(6, 5, 6, 5)
        head.setSpacing(8)
        head.addWidget(self._letter)
        head.addLayout(lines, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.color_bar)

    @property
    def canvas(self) -> ImageCanvas:
        """Where the image is painted; made when first wanted: pyqtgraph is slow to import."""
        if self._canvas is not None:
            return self._canvas
        from braggscope.gui.images.canvas import ImageCanvas

        canvas = self._canvas = ImageCanvas(self._view_state, _NAMES[self.tile], self)
        canvas.pixel_clicked.connect(self.pixel_clicked)
        canvas.pixel_hovered.connect(self.pixel_hovered)
        canvas.cursor_asked.connect(self.cursor_asked)
        canvas.set_cursor(self._cursor)
        if self._background:
            canvas.set_background(self._background)
        self._pages.addWidget(canvas)
        return canvas

    def set_cursor(self, pixel: Pixel | None) -> None:
        """Put the crosshair on a pixel."""
        self._cursor = pixel
        if self._canvas is not None:
            self._canvas.set_cursor(pixel)

    def set_background(self, color: str) -> None:
        """The colour around the image."""
        self._background = color
        if self._canvas is not None:
            self._canvas.set_background(color)

    def show_state(self, state: TileState) -> None:
        """Show what the presenter decided."""
        self._letter.setText(state.letter)
        self._title.setText(state.title)
        self._detail.setText(state.detail)
        for label in (self._title, self._detail):
            label.setToolTip("\n".join(filter(None, (label.text(), state.origin))))
        self._outdated.setVisible(bool(state.outdated))
        self._outdated.setToolTip(state.outdated)
        self._hint.setText(state.hint)
        # A hidden colour bar would make the image jump when it comes.
        self.color_bar.setEnabled(state.picture is not None)
        self._pages.setCurrentWidget(self._hint if state.picture is None else self.canvas)
        if state.picture is not None and state.picture is not self._shown:
            self._show_picture(state.picture)
        self._shown = state.picture

    def _show_picture(self, picture: Picture) -> None:
        table = full_table(picture.colormap, picture.inverted)
        self.canvas.item.set_colors(table)
        self.canvas.item.set_copies(picture.copies)
        self.canvas.set_shape((picture.source.data.shape[0], picture.source.data.shape[1]))
        self.color_bar.show_levels(picture.levels, picture.scale, table)
