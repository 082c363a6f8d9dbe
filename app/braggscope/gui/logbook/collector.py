"""Brings everything that is said into the book of a window."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from braggscope.api import BraggscopeError
from braggscope.errors import sentence
from braggscope.gui.logbook.following import LogFollower
from braggscope.gui.logbook.logging_handler import BookHandler
from braggscope.gui.logbook.news import SessionNews
from braggscope.gui.messages import as_text
from braggscope.ui.log import LogEntry

if TYPE_CHECKING:
    from braggscope.gui.window import MainWindow

_WINDOW = "window"


class LogCollector(QObject):
    """Listens to message bar, status line, session, Python's logging and workers."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        workspace = window.workspace
        self._book, self._post = workspace.log, workspace.bridge.post
        self._status = window.status
        self._news = SessionNews(workspace.session)
        self._handler = BookHandler(lambda entry: self._bring([entry]))
        self._follower = LogFollower(workspace.session.host.worker_logs, self._bring)
        window.message.error_shown.connect(self._write_error)
        window.message.notes_shown.connect(self._write_notes)
        window.status.messageChanged.connect(self._write_status)
        for signal in (
            workspace.slots_changed,
            workspace.analysis_changed,
            workspace.trace_changed,
        ):
            signal.connect(self._look)
        root, handler = logging.getLogger(), self._handler
        root.addHandler(handler)
        # A window that ends without being closed reads no book either.
        self.destroyed.connect(lambda: root.removeHandler(handler))

    def start(self) -> None:
        """Follow the workers."""
        self._follower.start()

    def close(self) -> None:
        """Listen no longer."""
        logging.getLogger().removeHandler(self._handler)
        self._follower.close()

    def _bring(self, entries: list[LogEntry]) -> None:
        """From any thread."""
        self._post(lambda: self._book.extend(entries))

    @Slot()
    def _look(self) -> None:
        self._book.extend(self._news.read())

    @Slot(object)
    def _write_error(self, error: BraggscopeError) -> None:
        details = as_text(error)
        last = self._book.since(self._book.end - 1)
        # An exception that nobody caught is logged by who found it.
        if last and error.details and last[0][1].details == error.details:
            return
        self._book.add(LogEntry("error", _WINDOW, sentence(error.what), details))

    @Slot(str, object)
    def _write_notes(self, title: str, notes: Sequence[str]) -> None:
        self._book.add(LogEntry("info", _WINDOW, "\n".join((title, *notes))))

    @Slot(str)
    def _write_status(self, text: str) -> None:
        if text and text != self._status.hint:
            self._book.add(LogEntry("info", _WINDOW, text))
