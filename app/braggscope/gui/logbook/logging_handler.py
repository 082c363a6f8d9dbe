"""Python's logging as a source of the log."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable

from braggscope.ui.log import Level, LogEntry

_OURS = "braggscope."


class BookHandler(logging.Handler):
    """Hands records on as entries, from any thread.

    Args:
        write: takes an entry; callable from any thread.
    """

    def __init__(self, write: Callable[[LogEntry], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        try:
            error = record.exc_info
            details = "".join(traceback.format_exception(*error)) if error else ""
            text = record.getMessage()
            if error and error[1] is not None:
                text = f"{text}: {type(error[1]).__name__}: {error[1]}"
            source = record.name.removeprefix(_OURS)
            self._write(LogEntry(_level(record.levelno), source, text, details, record.created))
        except Exception:  # noqa: BLE001 - as logging asks of its handlers
            self.handleError(record)


def _level(number: int) -> Level:
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warning"
    return "info" if number >= logging.INFO else "debug"
