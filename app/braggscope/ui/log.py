"""What the application, its workers and its engines said: a book of bounded size."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from PySide6.QtCore import QObject, Signal

Level = Literal["debug", "info", "warning", "error"]
LEVELS: Final[tuple[Level, ...]] = ("debug", "info", "warning", "error")
#: What the book holds at most, and one entry of it, in letters.
_MOST_ENTRIES: Final = 10_000
_MOST_LETTERS: Final = 4_000_000
_LONGEST_TEXT: Final = 20_000
_CUT: Final = "\n… (cut)"


@dataclass(frozen=True)
class LogEntry:
    """One thing that was said.

    Attributes:
        source: who said it, such as "torch-cpu" or "window".
        text: in one line or more.
        details: what is worth knowing in addition, such as a traceback.
        time_s: when, in seconds since 1970.
    """

    level: Level
    source: str
    text: str
    details: str = ""
    time_s: float = field(default_factory=time.time)

    @property
    def letters(self) -> int:
        """How much room it takes."""
        return len(self.source) + len(self.text) + len(self.details)

    def cut(self) -> LogEntry:
        """The entry with texts of bounded length."""
        return LogEntry(self.level, self.source, _cut(self.text), _cut(self.details), self.time_s)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + _CUT


class LogBook(QObject):
    """The last entries, in the order in which they came. In the window's thread only.

    Entries are numbered from 0 as they come; the oldest are dropped where there is no more room.

    Signals:
        changed: entries came, or were dropped.
    """

    changed = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        most_entries: int = _MOST_ENTRIES,
        most_letters: int = _MOST_LETTERS,
    ) -> None:
        super().__init__(parent)
        self._most_entries, self._most_letters = most_entries, most_letters
        self._entries: deque[LogEntry] = deque()
        self._letters = 0
        self._first = 0

    @property
    def first(self) -> int:
        """Number of the oldest entry that is there."""
        return self._first

    @property
    def end(self) -> int:
        """Number that the next entry will have."""
        return self._first + len(self._entries)

    def since(self, number: int) -> list[tuple[int, LogEntry]]:
        """The entries from a number on that are there, each with its number."""
        start = max(number - self._first, 0)
        entries = islice(reversed(self._entries), max(len(self._entries) - start, 0))
        return list(enumerate(reversed(list(entries)), self._first + start))

    def add(self, *entries: LogEntry) -> None:
        """Write entries into the book."""
        self.extend(entries)

    def extend(self, entries: Iterable[LogEntry]) -> None:
        """Write entries into the book, and tell it once."""
        before = self.end
        for entry in entries:
            short = entry.cut()
            self._entries.append(short)
            self._letters += short.letters
        if self.end == before:
            return
        while len(self._entries) > self._most_entries or self._letters > self._most_letters:
            self._letters -= self._entries.popleft().letters
            self._first += 1
        self.changed.emit()

    def clear(self) -> None:
        """Drop all entries."""
        self._first = self.end
        self._entries.clear()
        self._letters = 0
        self.changed.emit()
