"""What the File menu does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QFileDialog

from braggscope.api import BraggscopeError
from braggscope.gui.evidence.commands import EvidenceCommands
from braggscope.gui.experiment_files import Opened, open_file, save_file
from braggscope.gui.exporting import ExportCommands
from braggscope.gui.image_files import ImageCommands
from braggscope.gui.images.pictures import TileId
from braggscope.gui.saving import save_picture
from braggscope.gui.session_files.recent import RecentFiles
from braggscope.gui.tasks import TaskRunner
from braggscope.gui.trace_logs.commands import LogCommands
from braggscope.host.resources import resource_path
from braggscope.openable import OPENABLE, TOML, is_evidence, is_image, is_log, is_session
from braggscope.ui.saving import ask_where

if TYPE_CHECKING:
    from braggscope.gui.session import Session
    from braggscope.gui.window import MainWindow

_SHORT_MS, _LONG_MS = 5_000, 15_000
_TOML = "Experiments (*.toml);;All files (*)"
_OPENABLE = f"Experiments ({' '.join(f'*{suffix}' for suffix in OPENABLE)});;All files (*)"
_EXAMPLE = resource_path("examples", "lysozyme.toml")
_NAMES: dict[TileId, str] = {"A": "a.png", "B": "b.png", "D": "difference.png"}


@dataclass(frozen=True)
class Dropped:
    """Files that were dropped, by what they are opened as. False where there is none."""

    experiment: Path | None
    images: tuple[Path, ...] = ()
    session: Path | None = None
    evidence: Path | None = None
    logs: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return any((self.experiment, self.images, self.session, self.evidence, self.logs))


class FileCommands:
    """Opens and saves; errors go to the window's message bar."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._tasks = TaskRunner(window)
        self._next: Callable[[], None] | None = None
        self.images = ImageCommands(window)
        self.recent = RecentFiles(window.memory)
        self.exports = ExportCommands(window)
        self.evidence = EvidenceCommands(window)
        self.logs = LogCommands(window)

    def handlers(self) -> dict[str, Callable[[], Any]]:
        """Action name -> what to do."""
        return {
            "open": self.open,
            "open_images": self.images.ask,
            "export_image": self.exports.ask,
            "example": self.open_example,
            "save": self.save,
            "save_as": self.save_as,
            "png_a": lambda: self.save_png("A"),
            "png_b": lambda: self.save_png("B"),
            "png_d": lambda: self.save_png("D"),
            **self.evidence.handlers(),
            **self.logs.handlers(),
        }

    def load(self, path: Path) -> None:
        """Open an experiment as a file to save to, a session or evidence; it shows once read."""
        if is_session(path):
            self._window.sessions.load(path)
            return
        if is_evidence(path):
            self.evidence.load(path)
            return
        # What was imported from another format is saved as a file of its own.
        target = path.absolute() if path.suffix.lower() == TOML else None
        self._start(path, target)

    @property
    def is_opening(self) -> bool:
        """Whether a file is being read."""
        return self._tasks.is_busy

    def once_opened(self, call: Callable[[], None]) -> None:
        """Call something when the file that is being read shows; never if it is refused."""
        self._next = call

    def stop_opening(self) -> None:
        """Forget the file that is being read: something else takes its place."""
        self._tasks.cancel("open")
        self._next = None

    def may_go_on(self) -> bool:
        """Whether the form may be emptied: nothing is lost, or it was saved or given up."""
        window = self._window
        window.experiment.settle()
        if not window.isWindowModified():
            return True
        session = window.document.session
        answer = window.ask_about_edits(window, session.name if session else window.document.name)
        save = self.save if session is None else window.sessions.save_and_wait
        return answer == "discard" or (answer == "save" and save())

    def _start(self, path: Path, target: Path | None) -> None:
        if not self.may_go_on():
            return
        self._window.sessions.stop_opening()
        self._next = None
        before = self._window.edits()
        if self._window.isVisible():
            self._window.status.showMessage(f"Opening {path.name} …")
        self._tasks.start(
            "open",
            lambda: open_file(path),
            lambda opened: self._show(opened, path, target, before),
            self._refuse,
        )

    def _show(self, opened: Opened, path: Path, target: Path | None, before: object) -> None:
        window = self._window
        window.status.clearMessage()
        # What was typed while the file was read is not thrown away unasked either.
        if window.edits() != before and not self.may_go_on():
            return
        if target is not None:
            self._window.folders.keep("experiments", target.parent)
        if path != _EXAMPLE:
            self.recent.add("experiment", path)
        window.message.hide()
        window.set_experiment(opened.experiment, path.name, opened.semantics, target)
        if opened.notes:
            window.message.show_notes(f"Opened {path.name}", opened.notes)
        kept = overrides_text(window.session)
        if kept:
            window.status.showMessage(f"Opened {path.name}; {kept}", _LONG_MS)
        if self._next is not None:
            self._next()

    def _refuse(self, error: Exception) -> None:
        self._window.status.clearMessage()
        self._window.show_problem(error)

    def open(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open experiment", str(self._window.folders.of("experiments")), _OPENABLE
        )
        if name:
            self.load(Path(name))

    def open_example(self) -> None:
        """Open the example that comes along."""
        # Its own place is not one to save to.
        self._start(_EXAMPLE, None)

    def close(self) -> None:
        """Stop what goes on in threads."""
        self.evidence.close()
        self.logs.close()

    def save(self) -> bool:
        """Save the experiment to its file, or ask where; whether that worked."""
        return self._save(self._window.document.path)

    def save_as(self) -> bool:
        """Ask where, and save the experiment; whether that worked."""
        return self._save(None)

    def _save(self, path: Path | None) -> bool:
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
            return False
        name = self._window.document.name
        proposal = f"{Path(name or 'experiment').stem}.toml"
        target = path or self._ask("Save experiment", proposal, _TOML)
        if target is None:
            return False
        semantics = self._window.experiment.semantics()
        if not self._guarded(lambda: save_file(experiment, semantics, target)):
            return False
        window = self._window
        window.set_document(
            replace(
                window.document,
                name=target.name,
                path=target.absolute(),
                saved=experiment,
                semantics=semantics,
            )
        )
        self.recent.add("experiment", target)
        self._window.status.showMessage(f"Saved {target}", _SHORT_MS)
        return True

    def save_png(self, tile: TileId) -> None:
        """Ask where, and save a picture."""
        picture = self._window.images.presenter.picture(tile)
        if picture is None:
            return
        path = self._ask("Save picture", _NAMES[tile], "PNG (*.png)")
        if path is not None and self._guarded(lambda: save_picture(picture, path)):
            self._window.status.showMessage(f"Saved {path}", _SHORT_MS)

    def dropped(self, data: QMimeData) -> Dropped:
        """What is being dropped and can be opened."""
        files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
        experiments = [file for file in files if file.name.lower().endswith(OPENABLE)]
        sessions = [file for file in files if is_session(file)]
        return Dropped(
            experiments[0] if experiments else None,
            tuple(file for file in files if is_image(file) and file not in sessions),
            sessions[0] if sessions else None,
            next(filter(is_evidence, files), None),
            tuple(filter(is_log, files)),
        )

    def take(self, dropped: Dropped) -> None:
        """Open what was dropped: a session or evidence alone, or the experiment, and images
        when it shows."""
        if dropped.session is not None:
            self.load(dropped.session)
            return
        if dropped.evidence is not None:
            self.evidence.load(dropped.evidence)
            return
        if dropped.logs:
            self.logs.offer(dropped.logs)
        if dropped.experiment is not None:
            self.load(dropped.experiment)
        if dropped.images and self.is_opening:
            self.once_opened(lambda: self.images.offer(dropped.images))
        elif dropped.images:
            self.images.offer(dropped.images)

    def _ask(self, title: str, name: str, kinds: str) -> Path | None:
        path = ask_where(self._window, title, self._window.folders.of("experiments") / name, kinds)
        if path is not None:
            self._window.folders.keep("experiments", path.parent)
        return path

    def _guarded(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except BraggscopeError as error:
            self._window.show_problem(error)
            return False
        return True


def overrides_text(session: Session) -> str:
    """Which overrides stay when the experiment is another one; "" when there are none."""
    kept = [
        f"{session.name_of(slot)}: {line.strip()}"
        for slot in session.slots
        for line in slot.overrides
        if line.strip()
    ]
    return f"overrides of the runs stay ({'; '.join(kept)})" if kept else ""
