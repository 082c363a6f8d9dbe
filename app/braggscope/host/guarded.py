"""Calling a stranger's code so that whatever it does, we go on."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_LONGEST_TEXT = 64 * 1024


def attempt(
    function: Callable[P, T], *arguments: P.args, **named: P.kwargs
) -> tuple[T | None, BaseException | None]:
    """Call function with arguments: (its value, None), or (None, what it raised).

    Everything is caught but KeyboardInterrupt, which is the user's: plugins end in SystemExit, and
    some libraries raise classes of their own that are no Exception.
    """
    try:
        return function(*arguments, **named), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the point of this module
        return None, error


def describe(error: BaseException) -> str:
    """The error's class and message on one line, even if its message cannot be made."""
    text, problem = attempt(lambda: " ".join(str(error).split()))
    message = "(its message cannot be shown)" if problem is not None else shortened(text or "")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def traceback_of(error: BaseException) -> str:
    """The error's traceback as text."""
    text, problem = attempt(lambda: "".join(traceback.format_exception(error)))
    return describe(error) if problem is not None else shortened(text or "")


def shortened(text: str, limit: int = _LONGEST_TEXT) -> str:
    """The text, without its middle where it is too long for a message."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"
