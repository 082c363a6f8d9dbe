"""Entries of the log as text. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from braggscope.ui.log import Level, LogEntry

SIGNS: Final[dict[Level, str]] = {"debug": "·", "info": "ℹ", "warning": "⚠", "error": "✗"}
#: (least level that is shown, what the choice is called).
CHOICES: Final[tuple[tuple[Level, str], ...]] = (
    ("debug", "Everything"),
    ("info", "Info and above"),
    ("warning", "Warnings and errors"),
    ("error", "Errors"),
)


def clock(entry: LogEntry) -> str:
    """The time of day, to the millisecond."""
    return datetime.fromtimestamp(entry.time_s).strftime("%H:%M:%S.%f")[:-3]


def first_line(entry: LogEntry) -> str:
    """The text in one line; … where there is more."""
    head, _, rest = entry.text.partition("\n")
    return f"{head} …" if rest.strip() else head


def in_full(entry: LogEntry) -> str:
    """All of an entry, as it stands beside the list."""
    when = datetime.fromtimestamp(entry.time_s).isoformat(sep=" ", timespec="milliseconds")
    body = entry.text
    if entry.details and entry.details.strip() != entry.text.strip():
        body = f"{body}\n\n{entry.details}"
    return f"{when}  {entry.level}  {entry.source}\n{body}"


def as_text(entries: Iterable[LogEntry]) -> str:
    """Entries as lines; what goes on in further lines is indented."""
    return "".join(f"{in_full(entry).replace(chr(10), f'{chr(10)}    ')}\n" for entry in entries)
