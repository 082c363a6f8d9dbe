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
        parts = [self._head(), sentence(self.why), sentence(self.remedy)]
        return " ".join(
            part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part
        )

    def _head(self) -> str:
        """Where and what; a place that the sentence begins with is said once."""
        name = self.where.replace("\\", "/").rpartition("/")[2]
        if not name:
            return self.what
        if self.what.startswith(f"{name} "):
            return f"{self.where}{self.what.removeprefix(name)}"
        return f"{self.where}: {self.what}"

    def to_dict(self) -> dict[str, str]:
        """The error as plain data, for a message or a report."""
        return {
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "remedy": self.remedy,
            "details": self.details,
        }


def sentence(text: str) -> str:
    """With a capital; names of fields, flags and files stay as they are."""
    first = text.partition(" ")[0].rstrip(".,;")
    return text[:1].upper() + text[1:] if first.isalpha() else text


class InvalidInput(BraggscopeError):
    """What the user said is wrong: a value out of range, an unreadable file."""


class ShapeMismatch(InvalidInput):
    """An image that is there already does not fit the detector of the experiment.

    Attributes:
        shape: (slow, fast) of the image.
        detector: (slow, fast) of the experiment's detector.
    """

    def __init__(self, name: str, shape: tuple[int, int], detector: tuple[int, int]) -> None:
        slow, fast = shape
        super().__init__(
            f"the image has {slow} × {fast} pixels, the detector {detector[0]} × {detector[1]}"
            " (slow × fast)",
            where=name,
            why="Images are never resampled in silence",
            remedy="Choose an image of the detector, or take the detector's size from the image:"
            f" detector.pixels_slow = {slow}, detector.pixels_fast = {fast}",
        )
        self.shape = shape
        self.detector = detector


class NotSimulatedYet(BraggscopeError):
    """Physics that the specification knows and this version refuses to ignore."""


class EngineFailed(BraggscopeError):
    """An engine could not do what was asked: not available, crashed, killed, timed out."""


class Cancelled(BraggscopeError):
    """The user asked for the work to stop."""

    def __init__(self, what: str = "cancelled") -> None:
        super().__init__(what)
