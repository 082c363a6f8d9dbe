"""What the menu does with sessions: save, open, and what was opened last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtWidgets import QFileDialog, QMenu

from braggscope.api import BraggscopeError
from braggscope.gui.document import Document
from braggscope.gui.session_files.autosave import Autosave
from braggscope.gui.session_files.offer import UnsavedSessions
from braggscope.gui.session_files.recent import Kind, RecentMenu
from braggscope.gui.session_files.snapshot import show, snapshot
from braggscope.gui.session_files.work import FileWork
from braggscope.host.settings import Settings, load_settings
from braggscope.openable import SESSION
from braggscope.session_files.session_file import SessionContent, read_session, write_session
from braggscope.ui.saving import ask_where

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_SHORT_MS: Final = 8_000
_KINDS: Final = f"Sessions (*{SESSION});;HDF5 files (*.h5 *.hdf5);;All files (*)"
_HDF5: Final = (".h5", ".hdf5")


class SessionCommands:
    """Saves and opens sessions in a thread; errors go to the window's message bar."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._work = FileWork(window)
        settings, _ = load_settings()
        self._settings: Settings = settings
        self.autosave = Autosave(window, settings.limits.autosave_bytes)
        self.unsaved = UnsavedSessions(window, self.autosave, self._work)
        self._recent_menu = RecentMenu(
            window.actions_.recent_menu, window.files.recent, self._open_recent, self._add_unsaved
        )

    def handlers(self) -> dict[str, Callable[[], Any]]:
        """Action name -> what to do."""
        return {
            "open_session": self.ask,
            "save_session": self.save,
            "save_session_as": self.save_as,
        }

    def start(self) -> None:
        """Keep the session from now on, and offer what a killed window left."""
        self.autosave.start()
        self.unsaved.look()

    @property
    def is_busy(self) -> bool:
        """Whether a session is being written or read."""
        return self._work.is_busy

    # ── saving ────────────────────────────────────────────────────────────────────────────────

    def save(self) -> None:
        """Save to the session's file, or ask where."""
        path = self._window.document.session
        if path is None:
            self.save_as()
        else:
            self.write(path)

    def save_as(self) -> None:
        """Ask where, and save."""
        document = self._window.document
        name = document.session.name if document.session else _named(document.name)
        path = ask_where(
            self._window,
            "Save session",
            self._window.folders.of("sessions") / name,
            _KINDS,
            _with_suffix,
        )
        if path is not None:
            self.write(path)

    def write(self, path: Path) -> None:
        """Write a session; what is on screen when it begins is what is saved."""
        self._window.experiment.settle()
        path, content = path.absolute(), snapshot(self._window)
        document = self._window.document
        self._work.begin(
            f"Saving {path.name}",
            lambda watch: write_session(path, content, watch),
            lambda _: self._saved(path, content, document),
            is_saving=True,
        )

    def save_and_wait(self) -> bool:
        """Save to the session's file, and wait with a dialog that stops it; whether that worked."""
        path = self._window.document.session
        if path is None or self.is_busy:
            return False
        self.write(path)
        return self._work.wait()

    def _saved(self, path: Path, content: SessionContent, document: Document) -> None:
        window, saved = self._window, content.saved
        self._used(path)
        # What was opened meanwhile is no part of this session: to save it there would overwrite it.
        if window.document is document:
            window.set_document(
                replace(document, saved=saved.experiment, semantics=saved.semantics, session=path)
            )
        window.status.showMessage(f"Saved {path}", _SHORT_MS)

    # ── opening ───────────────────────────────────────────────────────────────────────────────

    def ask(self) -> None:
        """Ask for a session and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Open session", str(self._window.folders.of("sessions")), _KINDS
        )
        if name:
            self.load(Path(name))

    def load(self, path: Path) -> None:
        """Open a session; it shows as soon as it is read, and until then all stays as it is."""
        path = path.absolute()
        if not self._window.files.may_go_on():
            return
        before = self._window.edits()
        largest = self._settings.limits.array_bytes
        self._work.begin(
            f"Opening {path.name}",
            lambda watch: read_session(path, watch, largest),
            lambda content: self._show(path, content, before),
        )

    def stop_opening(self) -> None:
        """Forget the session that is being read: something else takes its place."""
        self._work.stop_reading()

    def _show(self, path: Path, content: SessionContent, before: object) -> None:
        window, saved = self._window, content.saved
        # What was typed while the file was read is not thrown away unasked either.
        if window.edits() != before and not window.files.may_go_on():
            return
        self._used(path)
        window.message.hide()
        document = Document(
            saved.document.name, saved.document.path, saved.experiment, saved.semantics, path
        )
        show(window, content, document)
        number = len(content.images)
        images = "no images" if not number else f"{number} image{'s' if number > 1 else ''}"
        window.status.showMessage(f"Opened {path} with {images}", _SHORT_MS)

    def _open_recent(self, kind: Kind, path: Path) -> None:
        if not path.exists():
            self._window.files.recent.drop(path)
            self._window.show_problem(
                BraggscopeError(
                    f"{path.name} is not there any more",
                    where=str(path),
                    remedy="It is no longer on the list of recent files",
                )
            )
        elif kind == "session":
            self.load(path)
        elif kind == "evidence":
            self._window.files.evidence.load(path)
        else:
            self._window.files.load(path)

    def _add_unsaved(self, menu: QMenu) -> None:
        if self.unsaved.was_put_off:
            menu.addSeparator()
            menu.addAction("Sessions that ended &unexpectedly…").triggered.connect(
                self.unsaved.look
            )

    # ── both ──────────────────────────────────────────────────────────────────────────────────

    def _used(self, path: Path) -> None:
        self._window.folders.keep("sessions", path.parent)
        self._window.files.recent.add("session", path)

    def close(self, keep: bool = False) -> None:
        """Wait for a session that is being saved, and end.

        Args:
            keep: what is not saved stays, to be offered to the next window.
        """
        went_well = self._work.close()
        self.unsaved.close()
        self.autosave.close(keep or not went_well)


def _named(document: str) -> str:
    return f"{Path(document).stem or 'session'}{SESSION}"


def _with_suffix(path: Path) -> Path:
    """A name that says what it is, where the user left that open."""
    if path.name.lower().endswith(_HDF5):
        return path
    return path.with_name(f"{path.name.removesuffix('.session')}{SESSION}")
