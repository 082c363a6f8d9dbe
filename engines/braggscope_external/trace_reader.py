"""The traces that a program printed, for the engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from braggscope.api import EngineFailed, Pixel, PixelTrace
from braggscope.errors import InvalidInput
from braggscope.trace_files.complete import read_complete, read_pixels
from braggscope.trace_files.reading import read_trace_text


def read_trace(lines: Iterable[str], pixel: Pixel, engine: str) -> PixelTrace:
    """The complete trace in a program's output.

    Raises:
        EngineFailed: there is none, or it is incomplete.
    """
    return _checked(*read_complete(lines, pixel, engine), pixel, engine)


def read_traces(lines: Iterable[str], pixels: Sequence[Pixel], engine: str) -> list[PixelTrace]:
    """The complete traces of several pixels, in the order given.

    Raises:
        EngineFailed: one is missing or incomplete.
    """
    found = {pixel: (trace, notes) for pixel, trace, notes in read_pixels(lines, engine)}
    missing: tuple[None, tuple[str, ...]] = (None, ())
    return [_checked(*found.get(pixel, missing), pixel, engine) for pixel in pixels]


def read_printed(lines: Iterable[str], pixel: Pixel, engine: str) -> PixelTrace:
    """The trace of a program that prints the original's lines, or none.

    Raises:
        EngineFailed: it printed no trace.
    """
    try:
        return read_trace_text("\n".join(lines), engine, pixel).trace
    except InvalidInput as error:
        raise EngineFailed(
            "the program printed no trace",
            where=engine,
            why="it does not know -trace_pixel: only instrumented versions of nanoBragg do",
            remedy="Use an instrumented version, or Braggscope's own C program for traces: remove"
            " NB_C_BIN and the setting",
        ) from error


def _checked(
    trace: PixelTrace | None, notes: tuple[str, ...], pixel: Pixel, engine: str
) -> PixelTrace:
    if trace is None or trace.partial:
        raise EngineFailed(
            f"there is no trace of pixel (slow {pixel.slow}, fast {pixel.fast})",
            where=engine,
            why="; ".join(notes) or "the program did not print a complete one",
        )
    return trace
