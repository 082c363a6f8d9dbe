"""Opening a trace from disk, in whatever grammar it was written."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from braggscope.api import InvalidInput, Pixel, PixelTrace
from braggscope.trace_files.complete import PREFIX, read_complete
from braggscope.trace_files.lines import traced_pixel, whole_lines
from braggscope.trace_files.original import read_original
from braggscope.trace_files.printout import read_printout

#: Logs are read into memory; nothing that a program prints about one pixel is as large.
_MOST_BYTES: Final = 1 << 30


TraceGrammar = Literal["complete", "trace_c", "printout_pixel"]


@dataclass(frozen=True)
class TraceFile:
    """A trace and where it comes from.

    Attributes:
        trace: what was read.
        grammar: how it was written.
        notes: what was not, or what to know.
    """

    trace: PixelTrace
    notes: tuple[str, ...] = ()
    grammar: TraceGrammar = "complete"

    @property
    def says_pixel(self) -> bool:
        """Whether the trace names its pixel, or whoever read it did."""
        return self.trace.pixel.slow >= 0 and not any("which pixel" in note for note in self.notes)


def read_trace_file(path: Path, pixel: Pixel | None = None) -> TraceFile:
    """Read a trace: complete or original grammar, a report of -printout_pixel, or JSON of
    `braggscope trace --json`.

    Args:
        pixel: which one was traced, where the file does not say it.

    Raises:
        InvalidInput: there is no such file, or no trace in it.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InvalidInput(
                f"{path} is too large for a trace",
                why=f"it has {path.stat().st_size / 1e9:.1f} GB",
                remedy="Keep its lines with TRACE alone: grep TRACE log > trace.log",
            )
        text = path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read", why=error.strerror or "") from error
    if text.lstrip()[:1] == "{":
        return _from_json(text, path)
    return read_trace_text(text, path.name, pixel, where=str(path))


def read_trace_text(
    text: str, engine: str, pixel: Pixel | None = None, where: str = "the log"
) -> TraceFile:
    """Read what a program printed: the complete grammar, the original's, or a report of
    -printout_pixel; the first that is there wins.

    Raises:
        InvalidInput: there is no trace in it.
    """
    lines = list(whole_lines(text.splitlines()))
    complete = [line for _, line in lines if line.startswith(PREFIX)]
    trace, notes = read_complete(complete, _said_pixel(lines, pixel), engine)
    grammar: TraceGrammar = "complete"
    if trace is None:
        grammar = "trace_c"
        trace, more = read_original(lines, engine, pixel)
        notes = (*notes, *more)
    if trace is None:
        grammar = "printout_pixel"
        trace, more = read_printout(text.splitlines(), engine, pixel)
        notes = more or notes
    if trace is None:
        raise InvalidInput(
            f"there is no trace in {where}",
            why="; ".join(notes)
            or f"none of its {text.count(chr(10)) + 1} lines begins with TRACE_",
            remedy="Run the program with -trace_pixel SLOW FAST and keep what it prints",
        )
    return TraceFile(trace, notes, grammar)


def _said_pixel(lines: list[tuple[int, str]], pixel: Pixel | None) -> Pixel | None:
    said = next((place for _, line in lines if (place := traced_pixel(line))), None)
    return pixel or (None if said is None else Pixel(*said))


def _from_json(text: str, path: Path) -> TraceFile:
    try:
        data: Any = json.loads(text)
        traces = data.get("traces", [data])
        first = PixelTrace.from_dict(traces[0])
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        why = f"it is JSON, but not of `braggscope trace --json` ({type(error).__name__}: {error})"
        raise InvalidInput(f"{path} holds no trace", why=why) from error
    others = len(traces) - 1
    notes = (f"{others} more traces in the file were not read",) if others else ()
    return TraceFile(replace(first, engine=f"{first.engine} ({path.name})"), notes)
