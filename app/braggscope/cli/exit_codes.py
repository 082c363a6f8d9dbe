"""Exit statuses of the command, and how errors turn into them."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import typer

from braggscope.errors import BraggscopeError, Cancelled, EngineFailed

AGREES: Final = 0
BAD_INPUT: Final = 2
DIFFERS: Final = 3
ENGINE_FAILED: Final = 4
CANCELLED: Final = 130

P = ParamSpec("P")
R = TypeVar("R")


def exit_code_of(error: BraggscopeError) -> int:
    """2 for what the user can mend, 4 for an engine that failed, 130 for a cancelled run."""
    if isinstance(error, Cancelled):
        return CANCELLED
    return ENGINE_FAILED if isinstance(error, EngineFailed) else BAD_INPUT


def report(error: BraggscopeError) -> None:
    """Print an error for the user, with its details."""
    print(f"braggscope: {error}", file=sys.stderr)  # noqa: T201
    if error.details:
        print(f"\n{error.details}", file=sys.stderr)  # noqa: T201


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """Turn the project's errors and Ctrl-C into a message and an exit status."""

    @functools.wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except BraggscopeError as error:
            report(error)
            raise typer.Exit(exit_code_of(error)) from None
        except KeyboardInterrupt:
            report(Cancelled())
            raise typer.Exit(CANCELLED) from None

    return wrapper
