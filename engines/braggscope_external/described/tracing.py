"""The trace that a described program printed or wrote."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from braggscope.api import EngineFailed, InvalidInput, Pixel, PixelTrace, Run
from braggscope.engine_files.model import EngineDescription, TraceOutput
from braggscope.trace_files.reading import read_trace_file, read_trace_text
from braggscope_external.process import Printed
from braggscope_external.trace_reader import read_report

_WORDS = {
    "complete": "lines TRACE2",
    "trace_c": "lines TRACE_C",
    "printout_pixel": "a report of -printout_pixel",
    "any": "a trace",
}


def read_described(
    description: EngineDescription, printed: Printed, folder: Path, run: Run, pixel: Pixel
) -> PixelTrace:
    """The trace of a pixel, partial where the program does not say all.

    Raises:
        EngineFailed: there is none, or it is of another pixel.
    """
    said = description.trace
    assert said is not None
    trace = _read(said, description, printed, folder, run, pixel)
    if trace.pixel != pixel:
        raise EngineFailed(
            "the program traced another pixel",
            where=description.id,
            why=f"slow {trace.pixel.slow}, fast {trace.pixel.fast}, not slow {pixel.slow}, fast"
            f" {pixel.fast}",
            remedy="Check the order of {trace_slow} and {trace_fast}",
        )
    precision = description.precision if trace.precision == "float64" else trace.precision
    return replace(trace, engine=description.id, precision=precision)


def _read(
    said: TraceOutput,
    description: EngineDescription,
    printed: Printed,
    folder: Path,
    run: Run,
    pixel: Pixel,
) -> PixelTrace:
    try:
        if said.output not in ("stdout", "stderr"):
            if said.grammar != "printout_pixel":
                return _of_form(read_trace_file(folder / said.output).trace, said, pixel)
            text = (folder / said.output).read_text(encoding="utf-8", errors="replace")
            return read_report(text.splitlines(), run, pixel, description.id)
        lines = printed.stderr if said.output == "stderr" else printed.stdout
        if said.grammar == "printout_pixel":
            return read_report(lines, run, pixel, description.id)
        trace = read_trace_text("\n".join(lines), description.id).trace
        if trace.precision.startswith("printed"):
            # With the run at hand more of it has a meaning.
            trace = read_report(lines, run, pixel, description.id)
        return _of_form(trace, said, pixel)
    except (InvalidInput, OSError) as error:
        why = getattr(error, "why", "") or getattr(error, "strerror", "") or str(error)
        raise EngineFailed(
            f"there is no trace of pixel (slow {pixel.slow}, fast {pixel.fast})",
            where=description.id,
            why=f"{_WORDS[said.grammar]} was expected in {said.output}: {why}",
            remedy="Correct [trace], or what the program prints",
        ) from error


def _of_form(trace: PixelTrace, said: TraceOutput, pixel: Pixel) -> PixelTrace:
    """The trace, refused where it is of another grammar than was promised."""
    if trace.pixel in (Pixel(0, 0), Pixel(-1, -1)):
        trace = replace(trace, pixel=pixel)  # It does not say which one it is of.
    found = "printout_pixel" if trace.precision.startswith("printed") else "complete"
    if found == "complete" and trace.partial:
        found = "trace_c"
    if said.grammar == "complete" and found == "printout_pixel":
        raise InvalidInput("there is no trace", why=f"only {_WORDS[found]} is there")
    return trace
