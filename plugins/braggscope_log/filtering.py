"""Which entries of the log are shown. No widgets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from braggscope.ui.log import LEVELS, Level, LogEntry


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, ready to be filtered: each letter that is typed asks all of them again.

    Attributes:
        number: in the book.
        rank: of its level in `LEVELS`.
        searched: all its texts without regard to case.
    """

    number: int
    entry: LogEntry
    rank: int
    searched: str


def line_of(number: int, entry: LogEntry) -> Line:
    """Get an entry of the book ready."""
    texts = f"{entry.source}\n{entry.text}\n{entry.details}"
    return Line(number, entry, LEVELS.index(entry.level), texts.casefold())


def passing(lines: Iterable[Line], least: Level, words: str) -> list[Line]:
    """Those that are at least so serious, and have all the words somewhere."""
    rank = LEVELS.index(least)
    found = [line for line in lines if line.rank >= rank]
    for word in words.casefold().split():
        found = [line for line in found if word in line.searched]
    return found


def older(lines: list[Line], number: int) -> int:
    """How many of the lines, which are in order, came before a number."""
    return bisect_left(lines, number, key=lambda line: line.number)
