"""Errors in the form's words."""

from __future__ import annotations

from braggscope.errors import BraggscopeError, sentence


def words_of(error: Exception) -> str:
    """What went wrong, why and what to do; not where: the message stands there."""
    if not isinstance(error, BraggscopeError):
        return f"Unexpected fault: {type(error).__name__}: {error}"
    parts = (error.what, error.why, error.remedy)
    return ". ".join(sentence(part.rstrip(".")) for part in parts if part) + "."
