"""The trace that a program printed, for the engine."""

from __future__ import annotations

from collections.abc import Iterable

from braggscope.api import EngineFailed, Pixel, PixelTrace
from braggscope.trace_files.complete import read_complete


def read_trace(lines: Iterable[str], pixel: Pixel, engine: str) -> PixelTrace:
    """The complete trace in a program's output.

    Raises:
        EngineFailed: there is none, or it is incomplete.
    """
    trace, notes = read_complete(lines, pixel, engine)
    if trace is None or trace.partial:
        raise EngineFailed(
            f"there is no trace of pixel (slow {pixel.slow}, fast {pixel.fast})",
            where=engine,
            why="; ".join(notes) or "the program did not print a complete one",
        )
    return trace
