"""Offers sessions of windows that were killed: restore, discard, or later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from braggscope.api import BraggscopeError
from braggscope.gui.document import Document
from braggscope.gui.session_files.autosave import Autosave
from braggscope.gui.session_files.snapshot import show
from braggscope.gui.session_files.work import FileWork
from braggscope.gui.tasks import TaskRunner
from braggscope.gui.widgets import set_role
from braggscope.session_files.journal import (
    Journal,
    Record,
    Restored,
    abandoned,
    journals_folder,
    restored,
)

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

Found = tuple[Journal, Record | None]


class OfferBar(QFrame):
    """Above the images: what there is, and what to do with it.

    Signals:
        restore_asked, discard_asked, later_asked: as they say.
    """

    restore_asked = Signal()
    discard_asked = Signal()
    later_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_role(self, "notes")
        sign = QLabel("ℹ", self)
        set_role(sign, "muted")
        self.text = QLabel(self)
        self.text.setWordWrap(True)
        self.restore = QPushButton("Re&store", self)
        set_role(self.restore, "primary")
        self.restore.setToolTip("Show that session in the place of this one")
        self.restore.clicked.connect(self.restore_asked)
        self.discard = QPushButton("Dis&card", self)
        self.discard.setToolTip("Remove what was kept of that session")
        self.discard.clicked.connect(self.discard_asked)
        self.later = QPushButton("&Later", self)
        self.later.setToolTip("It stays, and is offered again at the next start")
        self.later.clicked.connect(self.later_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 6)
        layout.setSpacing(6)
        layout.addWidget(sign)
        layout.addSpacing(4)
        layout.addWidget(self.text, 1)
        for button in (self.restore, self.discard, self.later):
            layout.addWidget(button)
        self.hide()

    def offer(self, text: str, readable: bool) -> None:
        """Offer a session."""
        self.text.setText(text)
        self.setAccessibleName(text)
        self.restore.setEnabled(readable)
        self.setEnabled(True)
        self.show()


class UnsavedSessions:
    """Finds journals of dead windows and offers one after the other, the last one first.

    Attributes:
        was_put_off: whether there are some that may be offered again.
    """

    def __init__(self, window: MainWindow, autosave: Autosave, work: FileWork) -> None:
        self._window, self._autosave, self._work = window, autosave, work
        self._tasks = TaskRunner(window)
        self._found: list[Found] = []
        self.was_put_off = False
        center = window.message.parentWidget()
        self.bar = OfferBar(center)
        layout = center.layout() if center is not None else None
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(0, self.bar)
        self.bar.restore_asked.connect(self._restore)
        self.bar.discard_asked.connect(self._discard)
        self.bar.later_asked.connect(self._put_off)

    @Slot()
    def look(self) -> None:
        """Look for sessions, in a thread, and offer them."""
        root = journals_folder()
        if root is not None and not self._found and not self._tasks.is_running("look"):
            self._tasks.start("look", lambda: abandoned(root), self._offer, self._failed)

    def _offer(self, found: list[Found]) -> None:
        self._found = found
        self.was_put_off = False
        self._show_next()

    def _show_next(self) -> None:
        self.bar.hide()
        if self._found:
            _, record = self._found[0]
            self.bar.offer(_said(record, len(self._found) - 1), record is not None)

    def _restore(self) -> None:
        journal, record = self._found[0]
        if record is None or not self._window.files.may_go_on():
            return
        self.bar.setEnabled(False)
        self._work.begin(
            "Restoring a session",
            lambda watch: restored(journal, record, watch),
            lambda back: self._show(journal, record, back),
            lambda: self.bar.setEnabled(True),
        )

    def _show(self, journal: Journal, record: Record, back: Restored) -> None:
        window, saved = self._window, record.session
        del self._found[0]
        document = saved.document
        window.message.hide()
        show(
            window,
            back.content,
            Document(document.name, document.path, document.experiment, document.semantics),
        )
        # The journal is the window's own from here on: killed again, it is offered again.
        self._autosave.adopt(journal, back)
        if back.notes:
            window.message.show_notes("The session was restored, but not all of it", back.notes)
        self._show_next()

    def _discard(self) -> None:
        journal, _ = self._found.pop(0)
        # A key of its own: a task would take the place of one that has not begun.
        key = f"discard {journal.folder}"
        self._tasks.start(key, journal.remove, lambda _: None, self._failed)
        self._show_next()

    def _put_off(self) -> None:
        self.was_put_off = True
        self._release()
        self.bar.hide()

    def _release(self) -> None:
        for journal, _ in self._found:
            journal.release()
        self._found = []

    def _failed(self, error: Exception) -> None:
        self._window.show_problem(
            error if isinstance(error, BraggscopeError) else BraggscopeError(str(error))
        )

    def close(self) -> None:
        """Leave what was not decided to the next window."""
        self._release()


def _said(record: Record | None, more: int) -> str:
    others = f" {more} more after it." if more else ""
    if record is None:
        return f"What was kept of a session that ended unexpectedly cannot be read.{others}"
    saved = record.session
    when = QLocale().toString(
        QDateTime.fromSecsSinceEpoch(int(record.written.timestamp())), "d MMM yyyy, HH:mm"
    )
    holds = [
        saved.document.name or "an experiment without a name",
        _counted(len(record.images), "image"),
        _counted(len(saved.regions), "region"),
    ]
    return (
        f"A session that ended unexpectedly ({when}) can be restored:"
        f" {', '.join(filter(None, holds))}.{others}"
    )


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number > 1 else ''}" if number else ""
