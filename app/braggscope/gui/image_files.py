"""Opens detector images from disk: each becomes the run of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFileDialog

from braggscope.api import BraggscopeError, InvalidInput
from braggscope.errors import ShapeMismatch
from braggscope.experiment import Experiment
from braggscope.gui.experiment_files import geometry_of
from braggscope.gui.images_dialog import ImagesDialog, Place, Placing
from braggscope.gui.runs.watching import FileWatch
from braggscope.gui.session import Session, Side
from braggscope.gui.slots import paths_of
from braggscope.gui.tasks import TaskRunner
from braggscope.openable import IMAGE_PATTERNS, SEVERAL_MOST, with_geometry

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

#: Of messages about image files.
_TOPIC: Final = "image files"
_SHORT_MS: Final = 5_000
_KINDS: Final = f"Detector images ({' '.join(IMAGE_PATTERNS)});;All files (*)"


class ImageCommands:
    """What menu, drops and rows do with images from disk."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._tasks = TaskRunner(window)
        self._fresh: list[Placed] = []
        window.workspace.slots_changed.connect(self._look_at_fresh)
        self.watch = FileWatch(window.workspace, window)
        self.watch.changed.connect(self._changed)

    def ask(self) -> None:
        """Ask for images and what they become."""
        names, _ = QFileDialog.getOpenFileNames(
            self._window, "Open images", str(self._window.folders.of("images")), _KINDS
        )
        if names:
            self.offer([Path(name) for name in names])

    def offer(self, paths: Sequence[Path]) -> None:
        """Ask what images become, and make them that."""
        try:
            file_engine(self._window.session)
            _refuse_many(paths)
        except BraggscopeError as error:
            self._complain(error)
            return
        self._window.folders.keep("images", paths[0].absolute().parent)
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
            self._complain,
        )

    def _take(self, experiment: Experiment, notes: tuple[str, ...], placing: Placing) -> None:
        window = self._window
        window.experiment.take_experiment(experiment)
        if placing.images:
            self._put(placing.images, run_both=True)
        else:
            window.session.run()
        assert placing.geometry is not None
        window.message.show_notes(f"Beam and detector of {placing.geometry.name}", notes)

    def _put(self, images: Sequence[tuple[Path, Place]], run_both: bool = False) -> None:
        session = self._window.session
        try:
            placed = [place_file(session, path, place) for path, place in images]
        except BraggscopeError as error:
            self._complain(error)
            return
        # What was said of other files is over.
        self._window.message.settle(_TOPIC)
        slots = dict.fromkeys(one.slot_id for one in placed)
        if run_both:
            session.run()
            slots = {i: None for i in slots if not session.sides_of(session.by_id(i))}
        for slot_id in slots:
            session.run_slot(slot_id)
        self._fresh += placed
        self._window.runs.reveal(placed[-1].slot_id)
        names = ", ".join(path.name for path, _ in images)
        self._window.status.showMessage(f"Opening {names} …", _SHORT_MS)

    def _look_at_fresh(self) -> None:
        """A file that cannot be read leaves A and B as they were; one of another size may stay,
        as the detector can be fitted to it."""
        session = self._window.session
        for one in tuple(self._fresh):
            slot = next((slot for slot in session.slots if slot.id == one.slot_id), None)
            if slot is not None and slot.phase.is_busy:
                continue
            self._fresh.remove(one)
            problem = None if slot is None else slot.problem
            if problem is not None and not isinstance(problem, ShapeMismatch):
                session.post(partial(one.take_back, session))
                self._complain(problem)
            if not self._fresh:
                self._window.status.clearMessage()

    def _complain(self, error: BaseException) -> None:
        self._window.show_problem(error, _TOPIC)

    def fit_detector(self, shape: tuple[int, int]) -> None:
        """Have the experiment fit the image of this size, and run A and B.

        It gets the beam and detector of the image's header, or the size alone where the header
        does not tell them.
        """
        experiment, path = self._window.session.experiment, self._unfitting(shape)
        if experiment is None:
            return
        if path is None or not with_geometry(path):
            self._fit_size(shape, experiment)
            return
        self._tasks.start(
            "geometry",
            lambda: geometry_of(path, experiment),
            lambda found: self._take(found[0], found[1], Placing((), path)),
            lambda _: self._fit_size(shape, experiment),
        )

    def _unfitting(self, shape: tuple[int, int]) -> Path | None:
        """The image of this size that does not fit the experiment."""
        session = self._window.session
        for slot in session.slots:
            if isinstance(slot.problem, ShapeMismatch) and slot.problem.shape == shape:
                return next(iter(paths_of(slot, session.engines)), None)
        return None

    def _fit_size(self, shape: tuple[int, int], experiment: Experiment) -> None:
        try:
            fitted = experiment.with_overrides(
                {"detector.pixels_slow": shape[0], "detector.pixels_fast": shape[1]}
            )
        except BraggscopeError as error:
            self._complain(error)
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


@dataclass(frozen=True)
class Placed:
    """A row that a file was put into, and what was there before.

    Attributes:
        options: of the row, which was another file's; None: the row is new.
        side: that it became.
        before: id of the row that was this side.
    """

    slot_id: int
    options: Mapping[str, str] | None = None
    side: Side | None = None
    before: int = 0

    def take_back(self, session: Session) -> None:
        """Have A and B as they were, and the row too or gone."""
        if self.side is not None and any(slot.id == self.before for slot in session.slots):
            session.assign(self.side, self.before)
        if self.options is None:
            session.remove_slot(self.slot_id)
        else:
            session.edit(self.slot_id, options=dict(self.options))


def place_file(session: Session, path: Path, place: Place) -> Placed:
    """Put a file into a row.

    A row that simulates is not taken away: the file gets a row of its own, which becomes A or B.
    """
    engine, option = file_engine(session)
    side: Side | None = None if place == "another" else place
    before = None if side is None else session.slot(side)
    if before is not None and before.engine == engine:
        slot, options = before, before.options
    else:
        slot, options = session.add_slot(), None
    session.edit(slot.id, engine=engine, options={option: str(path)}, overrides=())
    if side is not None:
        session.assign(side, slot.id)
    return Placed(slot.id, options, side, slot.id if before is None else before.id)


def _refuse_many(paths: Sequence[Path]) -> None:
    if len(paths) > SEVERAL_MOST:
        raise InvalidInput(
            f"{len(paths)} images at a time are too many",
            why=f"each takes a row, and there is room for {SEVERAL_MOST}",
            remedy="Open fewer, or a file that holds them as frames",
        )
