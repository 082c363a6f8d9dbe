"""What the menus do beside files and images: runs, the form, traces, layout, help."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtGui import QAction

from braggscope.api import BraggscopeError
from braggscope.gui.layout_memory import LAYOUT_VERSION

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

#: Of errors that are settled as soon as there is an image.
TRACE_TOPIC: Final = "trace"
_SHORT_MS: Final = 5_000


class WindowCommands:
    """Handlers of a window's actions."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def handlers(self) -> dict[str, Callable[[], Any]]:
        """Action name -> what to do."""
        window = self._window
        agreement, form = window.agreement, window.experiment
        return {
            "run": self.run,
            "rerun": lambda: self.run(afresh=True),
            "cancel": window.session.cancel,
            "swap": window.session.swap,
            "fit": window.images.fit,
            "trace": self.trace_here,
            "explain": self._explain,
            "next_map": self._next_map,
            "next_worst": agreement.next_worst,
            "previous_worst": lambda: agreement.next_worst(forward=False),
            "thresholds": agreement.edit_thresholds,
            "noise": agreement.measure_noise,
            "matrix": agreement.show_matrix,
            "quit": window.close,
            "paste": form.paste_command_line,
            "copy": form.copy_command_line,
            "undo": lambda: self._say_unless(form.undo(), "Nothing to undo"),
            "redo": lambda: self._say_unless(form.redo(), "Nothing to redo"),
            "find": self._find_field,
            "palette": window.palette_command.show,
            "bench": window.benchmark.show,
            "plugins": self._show_plugins,
            "about": self._show_about,
            "reset_layout": self._reset_layout,
        }

    def run(self, afresh: bool = False) -> None:
        """Run A and B as the form stands, with what was typed just before."""
        files = self._window.files
        if files.is_opening:
            files.once_opened(lambda: self.run(afresh))
            return
        self._window.experiment.settle()
        self._window.session.run(afresh)

    def trace_here(self) -> None:
        """Trace the pixel at the cursor, or where there is most to see."""
        window = self._window
        pixel = window.session.cursor or window.images.start_cursor()
        if pixel is not None:
            window.workspace.request_trace(pixel)
            return
        window.message.show_error(
            BraggscopeError("there is no image to trace a pixel of", remedy="Press F5 first"),
            TRACE_TOPIC,
        )

    def choose_theme(self, action: QAction) -> None:
        """Show and remember the theme of a menu entry."""
        self._window.memory.theme = action.data()
        self._window.apply_theme(action.data())

    def _say_unless(self, done: bool, text: str) -> None:
        if not done:
            self._window.status.showMessage(text, _SHORT_MS)

    def _find_field(self) -> None:
        dock = self._window.panels["experiment"]
        dock.show()
        dock.raise_()
        self._window.experiment.find_field()

    def _explain(self) -> None:
        from braggscope.gui.explaining.dialog import ExplainDialog

        window = self._window
        # One that was closed is about to be destroyed.
        there = (one for one in window.findChildren(ExplainDialog) if one.isVisible())
        dialog = next(there, None) or ExplainDialog(window.session, window)
        dialog.show()
        dialog.activateWindow()

    def _next_map(self) -> None:
        analyser = self._window.session.analyser
        names = list(self._window.images.presenter.maps)
        if names:
            current = analyser.difference_map
            position = names.index(current) if current in names else -1
            analyser.choose_map(names[(position + 1) % len(names)])

    def _reset_layout(self) -> None:
        window = self._window
        window.memory.forget()
        window.restoreState(window.plain_state, LAYOUT_VERSION)
        window.images.even_out()

    def _show_plugins(self) -> None:
        from braggscope.gui.plugins_dialog import PluginsDialog

        window = self._window
        PluginsDialog(window.registry.records, window.session, window).open()

    def _show_about(self) -> None:
        from braggscope.gui.about import show_about

        show_about(self._window)
