"""A tile: two title lines, the image, its colour bar."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from braggscope.gui.images.canvas import ImageCanvas
from braggscope.gui.images.colorbar import ColorBar
from braggscope.gui.images.editor import MarkingEditor
from braggscope.gui.images.pictures import Picture, TileId
from braggscope.gui.images.presenter import TileState
from braggscope.gui.widgets import ElidedLabel, set_role
from braggscope.io.rendering import full_table
from braggscope.ui.view_state import ViewState

_NAMES = {"A": "Image A", "B": "Image B", "D": "Difference"}
_ROLES = {"A": "badge-a", "B": "badge-b"}


class Tile(QFrame):
    """Shows one image, or A and B in one, with what belongs to it.

    Signals:
        levels_asked: (tile id, levels or None for automatic ones).
    """

    levels_asked = Signal(str, object)

    def __init__(
        self,
        sources: Sequence[TileId],
        view_state: ViewState,
        editor: MarkingEditor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.sources = tuple(sources)
        set_role(self, "tile")
        name = " and ".join(_NAMES.get(source, f"Image of {source}") for source in self.sources)
        self.canvas = ImageCanvas(view_state, editor, name, self)
        self.color_bars = {
            source: ColorBar(_NAMES.get(source, f"Image of {source}"), self)
            for source in self.sources
        }
        for source, bar in self.color_bars.items():
            bar.levels_asked.connect(
                lambda levels, tile=source: self.levels_asked.emit(tile, levels)
            )
        self._letter = QLabel(self)
        single = self.sources[0] if len(self.sources) == 1 else ""
        set_role(self._letter, _ROLES.get(single, "badge-d"))
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
        self._shown: tuple[Picture | None, ...] = ()
        self._lay_out()

    @property
    def tile(self) -> TileId:
        """Its first image."""
        return self.sources[0]

    @property
    def color_bar(self) -> ColorBar:
        """The colour bar of its first image."""
        return self.color_bars[self.tile]

    @property
    def texts(self) -> tuple[str, str]:
        """The two lines above the image, in full."""
        letter = self._letter.text()
        title = self._title.text()
        return (title if len(self.sources) > 1 else f"{letter}  {title}"), self._detail.text()

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
        bars = QHBoxLayout()
        bars.setSpacing(0)
        for bar in self.color_bars.values():
            bars.addWidget(bar, 1)
        layout.addLayout(bars)

    def forget(self) -> None:
        """Show everything afresh with the next states."""
        self._shown = ()

    def show_states(self, states: Sequence[TileState], linked: bool = True) -> None:
        """Show what the presenter decided, one state for each source.

        Args:
            linked: whether A and B share their levels: then one colour bar is enough.
        """
        letters = [state.letter for state in states]
        self._letter.setText("·".join(letters))
        pictures = tuple(state.picture for state in states)
        both = len(states) > 1
        self._title.setText("  ·  ".join(_lines(states, "title", both)))
        self._detail.setText("  ·  ".join(_lines(states, "detail", both)))
        origin = "\n".join(filter(None, (state.origin for state in states)))
        for label in (self._title, self._detail):
            _show_tip(label, "\n".join(filter(None, (label.text(), origin))))
        old = [state for state in states if state.outdated]
        whose = " and ".join(state.letter for state in old) if both else ""
        self._outdated.setText(f"{whose} outdated".strip())
        self._outdated.setVisible(bool(old))
        _show_tip(self._outdated, old[0].outdated if old else "")
        self._hint.setText(next((state.hint for state in states if state.hint), ""))
        for number, (source, bar) in enumerate(self.color_bars.items()):
            # A hidden colour bar would make the image jump when it comes.
            bar.setEnabled(states[number].picture is not None)
            bar.setVisible(number == 0 or not linked)
            self._show_levels(source, states[number].picture)
        there = any(picture is not None for picture in pictures)
        self._pages.setCurrentWidget(self.canvas if there else self._hint)
        if pictures != self._shown:
            self._shown = pictures
            self.canvas.show_pictures(*pictures)

    def _show_levels(self, source: TileId, picture: Picture | None) -> None:
        if picture is None or picture in self._shown:
            return
        # Mixed colours have no map: where A and B are equal, they are grey.
        mixed = self.canvas.content.mode == "overlay"
        table = full_table("grey" if mixed else picture.colormap, picture.inverted)
        self.color_bars[source].show_levels(
            picture.levels, picture.scale, table, picture.pyramid.offset
        )


def _show_tip(label: QLabel, text: str) -> None:
    if label.toolTip() != text:
        label.setToolTip(text)


def _lines(states: Sequence[TileState], name: str, both: bool) -> list[str]:
    texts = [(state.letter, str(getattr(state, name))) for state in states]
    return [f"{letter}: {text}" if both else text for letter, text in texts if text]
