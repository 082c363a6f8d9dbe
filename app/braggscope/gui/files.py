"""What the File menu does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog

from braggscope.api import BraggscopeError
from braggscope.gui.experiment_files import open_file, save_file
from braggscope.gui.images.pictures import TileId
from braggscope.gui.saving import save_picture
from braggscope.host.resources import resource_path

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_TOML = "Experiments (*.toml);;All files (*)"
_NAMES: dict[TileId, str] = {"A": "a.png", "B": "b.png", "D": "difference.png"}


class FileCommands:
    """Opens and saves; errors go to the window's message bar."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._folder = Path.cwd()

    def handlers(self) -> dict[str, Callable[[], None]]:
        """Action name -> what to do."""
        return {
            "open": self.open,
            "example": self.open_example,
            "save": self.save,
            "png_a": lambda: self.save_png("A"),
            "png_b": lambda: self.save_png("B"),
            "png_d": lambda: self.save_png("D"),
        }

    def load(self, path: Path) -> bool:
        """Open an experiment; whether that worked."""
        try:
            experiment, semantics = open_file(path)
        except BraggscopeError as error:
            self._window.show_problem(error)
            return False
        self._window.message.hide()
        self._window.set_experiment(experiment, path.name, semantics)
        self._folder = path.absolute().parent
        return True

    def open(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open experiment", str(self._folder), _TOML
        )
        if name:
            self.load(Path(name))

    def open_example(self) -> None:
        """Open the example that comes along."""
        folder = self._folder
        self.load(resource_path("examples", "lysozyme.toml"))
        # The example's own folder is not the place to save things.
        self._folder = folder

    def save(self) -> None:
        """Ask where, and save the experiment."""
        self._window.experiment.settle()
        experiment = self._window.experiment.experiment()
        if experiment is None:
            self._window.show_problem(
                BraggscopeError(
                    "the experiment cannot be saved yet",
                    why=self._window.session.experiment_problem,
                    remedy="Correct the marked fields first",
                )
            )
            return
        path = self._ask("Save experiment", "experiment.toml", _TOML, ".toml")
        if path is not None:
            semantics = self._window.experiment.semantics()
            self._guarded(lambda: save_file(experiment, semantics, path))

    def save_png(self, tile: TileId) -> None:
        """Ask where, and save a picture."""
        picture = self._window.images.presenter.picture(tile)
        if picture is None:
            return
        path = self._ask("Save picture", _NAMES[tile], "PNG (*.png)", ".png")
        if path is not None:
            self._guarded(lambda: save_picture(picture, path))

    def dropped(self, data: QMimeData) -> Path | None:
        """The TOML file that is being dropped, if it is one."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        return next((file for file in files if file.suffix.lower() == ".toml"), None)

    def _ask(self, title: str, name: str, kinds: str, suffix: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, title, str(self._folder / name), kinds
        )
        if not chosen:
            return None
        path = Path(chosen)
        self._folder = path.parent
        return path if path.suffix else path.with_suffix(suffix)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BraggscopeError as error:
            self._window.show_problem(error)
