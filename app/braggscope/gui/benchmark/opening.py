"""The dialog's place in the window: made when it is first asked for, gone with the window."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from braggscope.gui.benchmark.dialog import BenchmarkDialog
    from braggscope.gui.window import MainWindow
    from braggscope.host.host import Host
    from braggscope.host.plugins import PluginRegistry
    from braggscope.host.settings import Settings


class BenchmarkCommand:
    """Opens the benchmark dialog of a window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.make_host = self._make_host
        self.dialog: BenchmarkDialog | None = None

    def show(self) -> None:
        """Bring the dialog to the front."""
        if self.dialog is None:
            # Imported here: few need it, and not at the start.
            from braggscope.gui.benchmark.dialog import BenchmarkDialog

            self.dialog = BenchmarkDialog(self._window.workspace, self.make_host, self._window)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def close(self) -> None:
        """Stop measuring, with the window."""
        if self.dialog is not None:
            self.dialog.shut_down()

    def _make_host(self, settings: Settings) -> Host:
        """A host beside the window's own, which goes on with its work."""
        from braggscope.host.host import Host

        return Host(cast("PluginRegistry", self._window.registry), settings)
