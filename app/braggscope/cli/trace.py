"""`braggscope trace`: one pixel on two engines, variable by variable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console

from braggscope.api import (
    Pixel,
    PixelTrace,
    Run,
    TraceComparison,
    VariableComparison,
    compare_traces,
)
from braggscope.api.catalogue import is_option
from braggscope.api.semantics import semantics_text, unlike_nanobragg
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import Side, make_run, open_host, read_said, tell, tolerances_of
from braggscope.cli.paper import Paper
from braggscope.cli.tables import Sheet
from braggscope.errors import InvalidInput
from braggscope.host.discovery import is_engine_file
from braggscope.trace_files.reading import read_trace_file
from braggscope.trace_files.telling import AGREEING, STORY, known_rows, short, telling_rows
from braggscope.trace_files.writing import complete_lines, original_lines

_GRAMMARS: Final[Mapping[str, Callable[[PixelTrace], Iterable[str]]]] = {
    "complete": complete_lines,
    "trace_c": original_lines,
}
FORMS: Final = ("table", "json", *_GRAMMARS)


def trace_pixel(
    experiment_file: Path | None,
    flags: str | None,
    place: tuple[int, int],
    a: Side,
    b: Side | None,
    *,
    form: str = "table",
    every_row: bool = False,
    tolerances: Path | None = None,
) -> int:
    """Trace a pixel on A and, if there is one, B; gives the exit status.

    A side is an engine, or a file: what a program printed elsewhere.

    Args:
        experiment_file: the experiment; None with flags, or for the example.
        flags: a nanoBragg command line instead of a file.
        place: (slow, fast) of the pixel.
        a, b: the sides; b is None to trace A alone.
        form: one of `FORMS`.
        every_row: whether to print all variables instead of those that tell the pixel's story.
        tolerances: a file of them; None: the profiles' own.
    """
    if form not in FORMS:
        raise InvalidInput(f"there is no format {form!r}", remedy=f"Formats: {', '.join(FORMS)}")
    judged_by = tolerances_of(tolerances)
    sides = [side for side in (a, b) if side is not None]
    runs, of_sides = traced(experiment_file, flags, sides, [Pixel(*place)])
    traces = [traces[0] for traces in of_sides]
    comparison = compare_traces(*traces, tolerances=judged_by) if len(traces) == 2 else None
    if form == "json":
        _print_json(runs, traces, comparison)
    elif form in _GRAMMARS:
        _print_lines(traces, _GRAMMARS[form])
    else:
        _print_table(runs, traces, comparison, every_row)
    return DIFFERS if comparison and comparison.first_divergence else AGREES


def trace_place(slow: int | None, fast: int | None, *, needed: bool) -> tuple[int, int] | None:
    """The pixel that was said; None where none was and none is needed.

    Raises:
        InvalidInput: a number is missing.
    """
    if slow is not None and fast is not None:
        return slow, fast
    if slow is None and not needed:
        return None
    raise InvalidInput(
        "which pixel shall be traced?", remedy="Give both numbers: braggscope trace SLOW FAST"
    )


def traced(
    experiment_file: Path | None, flags: str | None, sides: Sequence[Side], pixels: Sequence[Pixel]
) -> tuple[list[Run | None], list[list[PixelTrace]]]:
    """Runs (None for files) of all sides, and a trace for each side and pixel.

    Engines are started only where needed; a file has one pixel.

    Raises:
        BraggscopeError: a pixel cannot be traced on a side.
    """
    logs = [log_of(side) for side in sides]
    runs: list[Run | None] = [None] * len(sides)
    if any(log is None for log in logs):
        experiment, semantics = read_said(experiment_file, flags)
        runs = [
            make_run(experiment, side, semantics) if log is None else None
            for side, log in zip(sides, logs, strict=True)
        ]
    traces = {n: [_read(log, pixels[0])] for n, log in enumerate(logs) if log is not None}
    if any(runs):
        with open_host() as host:
            for number, run in enumerate(runs):
                if run is not None:
                    traces[number] = host.trace(run, list(pixels)).result()
    return runs, [traces[number] for number in range(len(sides))]


def log_of(side: Side) -> Path | None:
    """The file that a side names instead of an engine."""
    path = Path(side.engine)
    is_log = path.suffix and not is_engine_file(side.engine) and path.is_file()
    return path if is_log else None


def _read(path: Path, pixel: Pixel) -> PixelTrace:
    found = read_trace_file(path, None)
    tell((f"{path.name}: {note}" for note in found.notes), ())
    said = found.trace.pixel
    if said != pixel and not any("which pixel" in note for note in found.notes):
        raise InvalidInput(
            f"{path} traces another pixel",
            why=f"slow {said.slow}, fast {said.fast}, not slow {pixel.slow}, fast {pixel.fast}",
            remedy=f"Ask for that one: braggscope trace {said.slow} {said.fast}",
        )
    return replace(found.trace, pixel=pixel)


def _print_lines(
    traces: Sequence[PixelTrace], grammar: Callable[[PixelTrace], Iterable[str]]
) -> None:
    for trace in traces:
        if len(traces) > 1:
            print(f"# {trace.engine}")  # noqa: T201
        for line in grammar(trace):
            print(line)  # noqa: T201


def _print_table(
    runs: Sequence[Run | None],
    traces: Sequence[PixelTrace],
    comparison: TraceComparison | None,
    every_row: bool,
) -> None:
    for letter, run in zip("AB", runs, strict=False):
        if run is not None and (named := semantics_text(run.semantics)):
            Paper().print(f"{letter}  semantics: {named}", highlight=False)
    if comparison is None:
        _print_single(traces[0], every_row)
    else:
        _print_comparison(comparison, every_row)


def _print_json(
    runs: Sequence[Run | None], traces: Sequence[PixelTrace], comparison: TraceComparison | None
) -> None:
    report = {
        "semantics_unlike_nanobragg": [
            {} if run is None else unlike_nanobragg(run.semantics) for run in runs
        ],
        "traces": [trace.to_dict() for trace in traces],
        "first_divergence": comparison.first_divergence if comparison else None,
        "explanation": comparison.explanation if comparison else "",
    }
    print(json.dumps(report, allow_nan=False))  # noqa: T201


def _print_single(trace: PixelTrace, every_row: bool) -> None:
    sheet = Sheet("variable", "unit", trace.engine, keys=2)
    shown = [item for item in trace.variables if every_row or item.name in STORY]
    for item in sorted(shown, key=lambda item: is_option(item.name)):
        sheet.add(item.name, item.unit, short(item))
    console = Paper()
    sheet.show(console)
    _say_hidden(console, len(trace.variables) - len(shown), 0)
    console.print(f"value {trace.value:.10g} photons", highlight=False)


def _print_comparison(comparison: TraceComparison, every_row: bool) -> None:
    console = Paper()
    rows = known_rows(comparison)
    shown = rows if every_row else telling_rows(comparison)
    if every_row:
        _whole_sheet(shown).show(console)
    else:
        _short_sheet(shown).show(console)
    hidden = [row for row in rows if row not in shown]
    _say_hidden(console, len(hidden), sum(row.verdict not in AGREEING for row in hidden))
    console.print(
        f"value: A {comparison.a.value:.10g}, B {comparison.b.value:.10g} photons", highlight=False
    )
    console.print(comparison.explanation, style="bold")


def _say_hidden(console: Console, hidden: int, differing: int) -> None:
    if hidden:
        among = f", {differing} of which differ" if differing else ""
        console.print(f"{hidden} more variables{among}: --all shows them", highlight=False)


def _short_sheet(rows: Sequence[VariableComparison]) -> Sheet:
    sheet = Sheet("", "variable", "unit", "A", "B", "verdict", keys=3)
    for row in rows:
        agrees = row.verdict in AGREEING
        sheet.add(
            *_names(row),
            short(row.a) if row.a else "—",
            "=" if agrees else short(row.b) if row.b else "—",
            row.verdict if np.isnan(row.relative) or agrees else f"differs by {row.relative:.2g}",
            style="bold red" if row.first else "",
        )
    return sheet


def _whole_sheet(rows: Sequence[VariableComparison]) -> Sheet:
    sheet = Sheet("", "variable", "unit", "A", "B", "difference", "relative", "verdict", keys=3)
    for row in rows:
        sheet.add(
            *_names(row),
            short(row.a) if row.a else "—",
            short(row.b) if row.b else "—",
            "" if np.isnan(row.difference) else f"{row.difference:.2g}",
            "" if np.isnan(row.relative) else f"{row.relative:.2g}",
            row.verdict,
            style="bold red" if row.first else "",
        )
    return sheet


def _names(row: VariableComparison) -> tuple[str, str, str]:
    return "▶" if row.first else "", row.name, row.either.unit
