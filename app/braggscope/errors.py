"""Errors that say what happened, where, why, and what to do about it."""

from __future__ import annotations


class BraggscopeError(Exception):
    """An error meant for the user's eyes.

    Attributes:
        what: what went wrong, one sentence.
        where: the field, flag, file or engine concerned; empty when there is none.
        why: the cause, as far as it is known.
        remedy: what the user can do about it.
        details: longer text to copy into a report (a log's end, a traceback).
    """

    def __init__(
        self, what: str, *, where: str = "", why: str = "", remedy: str = "", details: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy
        self.details = details

    def __str__(self) -> str:
        """Everything but the details, on one line."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        return " ".join(
            part if part.endswith((".", "!", "?")) else f"{part}."
            for part in (text, self.why, self.remedy)
            if part
        )

    def to_dict(self) -> dict[str, str]:
        """The error as plain data, for a message or a report."""
        return {
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "remedy": self.remedy,
            "details": self.details,
        }


class InvalidInput(BraggscopeError):
    """What the user said is wrong: a value out of range, an unreadable file."""


class NotSimulatedYet(BraggscopeError):
    """Physics that the specification knows and this version refuses to ignore."""


class EngineFailed(BraggscopeError):
    """An engine could not do what was asked: not available, crashed, killed, timed out."""


class Cancelled(BraggscopeError):
    """The user asked for the work to stop."""

    def __init__(self, what: str = "cancelled") -> None:
        super().__init__(what)
