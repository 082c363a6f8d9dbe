"""The palette's place in the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDockWidget

if TYPE_CHECKING:
    from braggscope.gui.palette.commands import Command
    from braggscope.gui.palette.dialog import Palette
    from braggscope.gui.window import MainWindow


class PaletteCommand:
    """Opens the palette of a window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def commands(self) -> list[Command]:
        """All that there is to do now."""
        from braggscope.gui.palette import sources

        window = self._window
        return [
            *sources.menu_commands(window.menuBar(), besides=[window.actions_["palette"]]),
            *sources.panel_commands(window.findChildren(QDockWidget)),
            *sources.run_commands(window.session, self._reveal),
            *sources.field_commands(self._go_to_field),
        ]

    def show(self) -> Palette:
        """Open it."""
        # Imported here: not needed for the first frame.
        from braggscope.gui.palette.dialog import Palette
        from braggscope.gui.palette.memory import LastUsed

        palette = Palette(self.commands(), LastUsed(self._window.memory), self._window)
        palette.open_over(self._window)
        return palette

    def _reveal(self, slot_id: int) -> None:
        from braggscope.gui.palette.sources import go_to

        go_to(self._dock("runs"))
        self._window.runs.reveal(slot_id)

    def _go_to_field(self, path: str) -> None:
        dock = self._dock("experiment")
        dock.show()
        dock.raise_()
        self._window.experiment.go_to_field(path)

    def _dock(self, name: str) -> QDockWidget:
        return self._window.panels[name]
