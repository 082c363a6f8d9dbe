"""Opens detector images from disk: each becomes the run of a row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFileDialog

from braggscope.api import BraggscopeError, InvalidInput
from braggscope.experiment import Experiment
from braggscope.gui.experiment_files import geometry_of
from braggscope.gui.images_dialog import ImagesDialog, Place, Placing
from braggscope.gui.runs.watching import FileWatch
from braggscope.gui.session import Session
from braggscope.gui.slots import Slot, paths_of
from braggscope.gui.tasks import TaskRunner
from braggscope.openable import IMAGE_PATTERNS, SEVERAL_MOST

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_SHORT_MS: Final = 5_000
_KINDS: Final = f"Detector images ({' '.join(IMAGE_PATTERNS)});;All files (*)"


class ImageCommands:
    """What menu, drops and rows do with images from disk."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._folder = Path.cwd()
        self._tasks = TaskRunner(window)
        self.watch = FileWatch(window.workspace, window)
        self.watch.changed.connect(self._changed)

    def ask(self) -> None:
        """Ask for images and what they become."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window, "Open images", str(self._folder), _KINDS
        )
        if names:
            self.offer([Path(name) for name in names])

    def offer(self, paths: Sequence[Path]) -> None:
        """Ask what images become, and make them that."""
        try:
            file_engine(self._window.session)
            _refuse_many(paths)
        except BraggscopeError as error:
            self._window.show_problem(error)
            return
        self._folder = paths[0].absolute().parent
        dialog = ImagesDialog([path.absolute() for path in paths], self._window)
        dialog.accepted.connect(lambda: self.place(dialog.placing()))
        dialog.open()

    def place(self, placing: Placing) -> None:
        """Put images into rows and run them; first the geometry, without which nothing is done."""
        if placing.geometry is None:
            self._put(placing.images)
            return
        path, experiment = placing.geometry, self._window.session.experiment
        self._tasks.start(
            "geometry",
            lambda: geometry_of(path, experiment),
            lambda found: self._take(found[0], found[1], placing),
            self._window.show_problem,
        )

    def _take(self, experiment: Experiment, notes: tuple[str, ...], placing: Placing) -> None:
        window = self._window
        window.experiment.take_experiment(experiment)
        self._put(placing.images, run_both=True)
        assert placing.geometry is not None
        window.message.show_notes(f"Beam and detector of {placing.geometry.name}", notes)

    def _put(self, images: Sequence[tuple[Path, Place]], run_both: bool = False) -> None:
        session = self._window.session
        try:
            placed = [place_file(session, path, place) for path, place in images]
        except BraggscopeError as error:
            self._window.show_problem(error)
            return
        last = placed[-1]
        if run_both:
            session.run()
            placed = [slot_id for slot_id in placed if not session.sides_of(session.by_id(slot_id))]
        for slot_id in dict.fromkeys(placed):
            session.run_slot(slot_id)
        self._window.runs.reveal(last)
        names = ", ".join(path.name for path, _ in images)
        self._window.status.showMessage(f"Opening {names} …", _SHORT_MS)

    def fit_detector(self, shape: tuple[int, int]) -> None:
        """Give the experiment's detector an image's size, and run A and B."""
        experiment = self._window.session.experiment
        if experiment is None:
            return
        try:
            fitted = experiment.with_overrides(
                {"detector.pixels_slow": shape[0], "detector.pixels_fast": shape[1]}
            )
        except BraggscopeError as error:
            self._window.show_problem(error)
            return
        self._window.experiment.take_experiment(fitted)
        self._window.session.run()

    def _changed(self, path: Path) -> None:
        """A file has other content: the rows that show it run again, and the view stays."""
        session = self._window.session
        slots = [slot for slot in session.slots if path in paths_of(slot, session.engines)]
        for slot in slots:
            session.run_slot(slot.id)
        if slots:
            self._window.status.showMessage(f"{path.name} changed and is read again", _SHORT_MS)


def file_engine(session: Session) -> tuple[str, str]:
    """The engine that takes an image file, and its option for the path.

    Raises:
        InvalidInput: there is none.
    """
    for engine in session.engines.values():
        for option in engine.options:
            if option.kind == "path" and option.required and option.patterns:
                return engine.id, option.name
    raise InvalidInput(
        "no engine here takes image files",
        why="the plugin that brings it is missing or switched off",
        remedy="See Help ▸ Plugins and engines",
    )


def place_file(session: Session, path: Path, place: Place) -> int:
    """Put a file into a row and give the row's id.

    A row that simulates is not taken away: the file gets a row of its own, which becomes A or B.
    """
    engine, option = file_engine(session)
    if place != "another" and session.slot(place).engine == engine:
        slot: Slot = session.slot(place)
    else:
        slot = session.add_slot()
    session.edit(slot.id, engine=engine, options={option: str(path)}, overrides=())
    if place != "another":
        session.assign(place, slot.id)
    return slot.id


def _refuse_many(paths: Sequence[Path]) -> None:
    if len(paths) > SEVERAL_MOST:
        raise InvalidInput(
            f"{len(paths)} images at a time are too many",
            why=f"each takes a row, and there is room for {SEVERAL_MOST}",
            remedy="Open fewer, or a file that holds them as frames",
        )
