"""Keeps the session on disk while the window lives, so that a killed one loses little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Slot

from braggscope.api import BraggscopeError, Cancelled
from braggscope.gui.images.worker import LatestWorker
from braggscope.gui.messages import from_exception
from braggscope.gui.session_files.snapshot import snapshot
from braggscope.host.jobs import CancelToken
from braggscope.session_files.journal import Journal, Keeper, Restored, journals_folder
from braggscope.session_files.model import SavedSession
from braggscope.session_files.session_file import SessionContent

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

#: Looks at the window: whatever it was that changed, it is kept soon, and not at every move.
INTERVAL_MS: Final = 1_500
_TOPIC: Final = "autosave"


class Autosave(QObject):
    """Compares what the window shows with what is kept, and keeps it in a thread.

    Images wait until nothing runs: their compression would tell in the times of runs.

    Args:
        most_bytes: of images.
    """

    def __init__(self, window: MainWindow, most_bytes: int) -> None:
        super().__init__(window)
        self._window, self._most_bytes = window, most_bytes
        self._worker = LatestWorker(window.workspace.bridge.post)
        self._keeper: Keeper | None = None
        self._kept: SessionContent | None = None
        self._failed = False
        self._images_are_due = False
        # Set, there is no time for images.
        self._no_images = CancelToken()
        window.workspace.slots_changed.connect(self._make_way)
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Keep the session from now on, where there is a place for it."""
        if journals_folder() is not None:
            self._timer.start()

    @Slot()
    def look(self) -> None:
        """Keep what has changed since the last look."""
        now, is_busy = snapshot(self._window), self._runs
        is_kept = self._kept is not None and _are_equal(now, self._kept)
        if is_kept and (is_busy or not self._images_are_due):
            return
        self._kept, self._images_are_due = now, is_busy
        self._no_images = token = CancelToken()
        if is_busy:
            token.set()
        self._worker.submit("keep", lambda: self._keep(now, token), self._told)

    @Slot()
    def _make_way(self) -> None:
        """A run begins, perhaps: an image that is being written is written again later."""
        if self._runs:
            self._no_images.set()

    @property
    def _runs(self) -> bool:
        return any(slot.phase.is_busy for slot in self._window.session.slots)

    def adopt(self, journal: Journal, restored: Restored) -> None:
        """Go on with the journal of a window that is gone, whose session shows now."""
        self._kept = None
        # What showed before is not to be kept in its place.
        self._worker.drop("keep")
        self._worker.submit("adopt", lambda: self._adopt(journal, restored), lambda _: None)

    def _adopt(self, journal: Journal, restored: Restored) -> None:
        old, self._keeper = self._keeper, Keeper(journal, self._most_bytes)
        self._keeper.adopt(restored.content.images, restored.files)
        if old is not None:
            old.journal.remove()

    def _keep(self, content: SessionContent, no_images: CancelToken) -> BraggscopeError | None:
        """In the thread: what is wrong, if anything is."""
        try:
            if not _is_worth_it(content.saved, bool(content.images)):
                if self._keeper is not None:
                    self._keeper.forget()
                return None
            root = journals_folder()
            if self._keeper is None and root is not None:
                self._keeper = Keeper(Journal.begin(root), self._most_bytes)
            if self._keeper is not None:
                self._keeper.keep(content, no_images.check)
        except Cancelled as error:
            return error
        except Exception as error:  # noqa: BLE001 - it is told, and the next look tries again
            return from_exception(error)
        return None

    def _told(self, problem: Any) -> None:
        """Say once that it does not work, and be silent when it does again."""
        if isinstance(problem, Cancelled):
            self._images_are_due = True
            return
        if problem is None:
            self._window.message.settle(_TOPIC)
        elif not self._failed:
            self._window.message.show_error(
                BraggscopeError(
                    "what is on screen is not kept against a crash",
                    why=str(problem),
                    remedy="Save the session where there is room (File ▸ Save session)",
                ),
                _TOPIC,
            )
        self._failed = problem is not None

    def close(self, keep: bool) -> None:
        """End. What was kept goes, unless it is not saved and nobody gave it up."""
        was_on = self._timer.isActive()
        self._timer.stop()
        self._no_images.set()
        self._worker.close()
        if keep and was_on:
            # The record says at once which images are missing, should there be no time for them.
            self._keep(snapshot(self._window), CancelToken())
        if self._keeper is not None:
            if keep:
                self._keeper.journal.release()
            else:
                self._keeper.journal.remove()


def _are_equal(a: SessionContent, b: SessionContent) -> bool:
    same = a.images.keys() == b.images.keys() and all(b.images[n] is i for n, i in a.images.items())
    return same and a.saved == b.saved


def _is_worth_it(saved: SavedSession, has_images: bool) -> bool:
    """Whether anybody would miss it: an experiment as its file has it is soon opened again."""
    document = saved.document
    edited = saved.experiment is not None and (
        (saved.experiment, saved.semantics) != (document.experiment, document.semantics)
    )
    drawn = bool(saved.regions) or saved.line is not None
    rows = len(saved.rows) > 2 or any(row.overrides for row in saved.rows)
    return has_images or edited or drawn or rows or bool(saved.edits.texts or saved.edits.values)
