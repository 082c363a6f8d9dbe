"""Lines that a program printed as entries of the log. No Qt beside the book's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from braggscope.ui.log import Level, LogEntry

#: A word that programs put before what they say, with the level that it stands for.
_WORDS: Final[tuple[tuple[re.Pattern[str], Level], ...]] = (
    (
        re.compile(r"\b(CRITICAL|FATAL|ERROR)\b|^\s*(fatal|error)\b|\b\w*(Error|Exception):"),
        "error",
    ),
    (re.compile(r"\b(WARNING|WARN)\b|^\s*warning\b|\b\w*Warning:", re.ASCII), "warning"),
    (re.compile(r"\bDEBUG\b"), "debug"),
)
_TRACEBACK: Final = "Traceback (most recent call last):"


def level_of(line: str) -> Level:
    """How serious a line is, going by the words in it."""
    return next((level for pattern, level in _WORDS if re.search(pattern, line)), "info")


def entries_of(lines: Sequence[str], source: str) -> Iterator[LogEntry]:
    """One entry a line; a traceback is one entry with its last line as text."""
    waiting: list[str] = []
    for line in lines:
        if waiting:
            waiting.append(line)
            if not line.startswith((" ", "\t")) and line:
                yield _traceback(waiting, source)
                waiting = []
        elif line.startswith(_TRACEBACK):
            waiting = [line]
        elif line.strip():
            yield LogEntry(level_of(line), source, line.rstrip())
    if waiting:
        yield _traceback(waiting, source)


def _traceback(lines: Sequence[str], source: str) -> LogEntry:
    return LogEntry("error", source, lines[-1].strip(), "\n".join(lines))
