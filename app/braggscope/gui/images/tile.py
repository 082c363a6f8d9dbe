"""A tile: two title lines, the image, its colour bar."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from braggscope.gui.images.canvas import ImageCanvas
from braggscope.gui.images.colorbar import ColorBar
from braggscope.gui.images.pictures import Picture, TileId
from braggscope.gui.images.presenter import TileState
from braggscope.gui.widgets import ElidedLabel, set_role
from braggscope.io.rendering import full_table
from braggscope.ui.view_state import ViewState

_NAMES = {"A": "Image A", "B": "Image B", "D": "Difference"}


class Tile(QFrame):
    """Shows one image with what belongs to it."""

    def __init__(self, tile: TileId, view_state: ViewState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tile = tile
        name = _NAMES[tile]
        set_role(self, "tile")
        self.canvas = ImageCanvas(view_state, name, self)
        self.color_bar = ColorBar(name, self)
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
        self._pages.addWidget(self.canvas)
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
        self._pages.setCurrentIndex(0 if state.picture is None else 1)
        if state.picture is not None and state.picture is not self._shown:
            self._show_picture(state.picture)
        self._shown = state.picture

    def _show_picture(self, picture: Picture) -> None:
        table = full_table(picture.colormap, picture.inverted)
        self.canvas.item.set_colors(table)
        self.canvas.item.set_copies(picture.copies)
        self.canvas.set_shape((picture.source.data.shape[0], picture.source.data.shape[1]))
        self.color_bar.show_levels(picture.levels, picture.scale, table)
