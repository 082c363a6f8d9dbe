"""The trace that a described program printed or wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from braggscope.api import EngineFailed, InvalidInput, Pixel, PixelTrace, Run
from braggscope.engine_files.model import EngineDescription, Grammar, TraceOutput
from braggscope.trace_files.reading import read_trace_text
from braggscope_external.process import Printed
from braggscope_external.trace_reader import check_whole, read_report

_WORDS: Final[Mapping[Grammar, str]] = {
    "complete": "a trace in lines TRACE2",
    "trace_c": "a trace in lines TRACE_C",
    "printout_pixel": "a report of -printout_pixel",
    "any": "a trace",
}
_MOST_BYTES: Final = 2**30


def read_described(
    description: EngineDescription, printed: Printed, folder: Path, run: Run, pixel: Pixel
) -> PixelTrace:
    """The trace of a pixel, partial where the program does not say all.

    Raises:
        EngineFailed: there is none, a part of it was left out, or it is of another pixel.
    """
    said = description.trace
    assert said is not None
    if not said.is_file:
        check_whole(printed, description.id)
    trace = _read(said, description, printed, folder, run, pixel)
    if trace.pixel != pixel:
        raise EngineFailed(
            "the program traced another pixel",
            where=description.id,
            why=f"slow {trace.pixel.slow}, fast {trace.pixel.fast}, not slow {pixel.slow}, fast"
            f" {pixel.fast}",
            remedy="Check the order of {trace_slow} and {trace_fast}",
        )
    return replace(trace, engine=description.id, precision=description.precision)


def _read(
    said: TraceOutput,
    description: EngineDescription,
    printed: Printed,
    folder: Path,
    run: Run,
    pixel: Pixel,
) -> PixelTrace:
    try:
        lines = _lines(said, printed, folder)
        grammar: Grammar = said.grammar
        if grammar != "printout_pixel":
            found = read_trace_text("\n".join(lines), description.id)
            grammar = found.grammar
        if grammar == "printout_pixel" and said.grammar in ("any", "printout_pixel"):
            # With the run at hand more of it has a meaning.
            return read_report(lines, run, pixel, description.id)
        if said.grammar not in ("any", grammar):
            raise InvalidInput("", why=f"{_WORDS[grammar]} is there")
    except (InvalidInput, OSError) as error:
        why = getattr(error, "why", "") or getattr(error, "strerror", "") or str(error)
        raise EngineFailed(
            f"there is no trace of pixel (slow {pixel.slow}, fast {pixel.fast})",
            where=description.id,
            why=f"{_WORDS[said.grammar]} was expected in {said.output}: {why}",
            remedy="Correct [trace], or what the program prints",
        ) from error
    return found.trace if found.says_pixel else replace(found.trace, pixel=pixel)


def _lines(said: TraceOutput, printed: Printed, folder: Path) -> list[str]:
    if not said.is_file:
        return printed.stderr if said.output == "stderr" else printed.stdout
    path = folder / said.output
    if path.stat().st_size > _MOST_BYTES:
        raise InvalidInput("", why=f"the file has {path.stat().st_size / 1e9:.1f} GB")
    return path.read_text(encoding="utf-8", errors="replace").splitlines()
