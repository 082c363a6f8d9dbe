"""`braggscope trace`: one pixel on two engines, variable by variable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console

from braggscope.api import (
    Pixel,
    PixelTrace,
    Run,
    TraceComparison,
    Variable,
    VariableComparison,
    compare_traces,
)
from braggscope.api.catalogue import is_option
from braggscope.api.semantics import semantics_text, unlike_nanobragg
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import Side, make_run, open_host, read_said
from braggscope.cli.tables import Sheet

#: The way from the beam to the photons, variable by variable.
_STORY: Final = frozenset(
    (
        *("lambda", "phi_rad", "pos_m", "R_m", "stol", "hkl", "F_latt", "F_cell", "I_total"),
        *("val_unscaled", "capture", "polar", "omega", "val"),
    )
)
_AGREEING: Final = ("equal", "within")


def trace_pixel(
    experiment_file: Path | None,
    flags: str | None,
    place: tuple[int, int],
    a: Side,
    b: Side | None,
    *,
    as_json: bool,
    every_row: bool = False,
) -> int:
    """Trace a pixel on A and, if there is one, B; gives the exit status.

    Args:
        experiment_file: the experiment; None with flags, or for the example.
        flags: a nanoBragg command line instead of a file.
        place: (slow, fast) of the pixel.
        a, b: the sides; b is None to trace A alone.
        as_json: whether to print complete traces as JSON.
        every_row: whether to print all variables instead of those that tell the pixel's story.
    """
    experiment, semantics = read_said(experiment_file, flags)
    runs = [make_run(experiment, side, semantics) for side in (a, b) if side is not None]
    with open_host() as host:
        traces = [host.trace(run, [Pixel(*place)]).result()[0] for run in runs]
    comparison = compare_traces(*traces) if len(traces) == 2 else None
    if not as_json:
        for letter, run in zip("AB", runs, strict=False):
            if named := semantics_text(run.semantics):
                Console().print(f"{letter}  semantics: {named}", highlight=False)
    if as_json:
        _print_json(runs, traces, comparison)
    elif comparison is None:
        _print_single(traces[0], every_row)
    else:
        _print_comparison(comparison, every_row)
    return DIFFERS if comparison and comparison.first_divergence else AGREES


def _print_json(
    runs: Sequence[Run], traces: Sequence[PixelTrace], comparison: TraceComparison | None
) -> None:
    report = {
        "semantics_unlike_nanobragg": [unlike_nanobragg(run.semantics) for run in runs],
        "traces": [trace.to_dict() for trace in traces],
        "first_divergence": comparison.first_divergence if comparison else None,
        "explanation": comparison.explanation if comparison else "",
    }
    print(json.dumps(report, allow_nan=False))  # noqa: T201


def _print_single(trace: PixelTrace, every_row: bool) -> None:
    sheet = Sheet("variable", "unit", trace.engine, keys=2)
    shown = [item for item in trace.variables if every_row or item.name in _STORY]
    for item in sorted(shown, key=lambda item: is_option(item.name)):
        sheet.add(item.name, item.unit, short(item))
    console = Console()
    sheet.show(console)
    _say_hidden(console, len(trace.variables) - len(shown), 0)
    console.print(f"value {trace.value:.10g} photons", highlight=False)


def _print_comparison(comparison: TraceComparison, every_row: bool) -> None:
    console = Console()
    shown = comparison.rows if every_row else telling_rows(comparison)
    if every_row:
        _whole_sheet(shown).show(console)
    else:
        _short_sheet(shown).show(console)
    hidden = [row for row in comparison.rows if row not in shown]
    _say_hidden(console, len(hidden), sum(row.verdict not in _AGREEING for row in hidden))
    console.print(
        f"value: A {comparison.a.value:.10g}, B {comparison.b.value:.10g} photons", highlight=False
    )
    console.print(comparison.explanation, style="bold")


def telling_rows(comparison: TraceComparison) -> tuple[VariableComparison, ...]:
    """The pixel's story, the first divergence with its inputs, and options that differ."""
    first = next((row for row in comparison.rows if row.first), None)
    wanted = {*_STORY, *(first.either.inputs if first else ())}
    return tuple(
        row
        for row in comparison.rows
        if row.first or row.name in wanted or (is_option(row.name) and row.verdict != "equal")
    )


def _say_hidden(console: Console, hidden: int, differing: int) -> None:
    if hidden:
        among = f", {differing} of which differ" if differing else ""
        console.print(f"{hidden} more variables{among}: --all shows them", highlight=False)


def _short_sheet(rows: Sequence[VariableComparison]) -> Sheet:
    sheet = Sheet("", "variable", "unit", "A", "B", "verdict", keys=3)
    for row in rows:
        agrees = row.verdict in _AGREEING
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


def short(item: Variable) -> str:
    """The variable's first value, and how many more there are."""
    steps = int(np.prod(item.values.shape[: len(item.dims)])) if item.dims else 1
    first = item.values.reshape(steps, -1)[0]
    text = " ".join(value if isinstance(value, str) else f"{value:.8g}" for value in first.tolist())
    return text if steps == 1 else f"{text}  … × {steps}"
