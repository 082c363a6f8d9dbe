"""`braggscope trace`: one pixel on two engines, variable by variable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from braggscope.api import Pixel, PixelTrace, Run, TraceComparison, Variable, compare_traces
from braggscope.api.semantics import semantics_text, unlike_nanobragg
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import Side, make_run, open_host, read_said
from braggscope.cli.tables import Sheet


def trace_pixel(
    experiment_file: Path | None,
    flags: str,
    place: tuple[int, int],
    a: Side,
    b: Side | None,
    as_json: bool,
) -> int:
    """Trace a pixel on A and, if there is one, B; gives the exit status."""
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
        _print_single(traces[0])
    else:
        _print_comparison(comparison)
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


def _print_single(trace: PixelTrace) -> None:
    sheet = Sheet("variable", "unit", trace.engine, keys=2)
    for item in trace.variables:
        sheet.add(item.name, item.unit, short(item))
    console = Console()
    sheet.show(console)
    console.print(f"value {trace.value:.10g} photons", highlight=False)


def _print_comparison(comparison: TraceComparison) -> None:
    sheet = Sheet("", "variable", "unit", "A", "B", "difference", "relative", "verdict", keys=3)
    for row in comparison.rows:
        sheet.add(
            "▶" if row.first else "",
            row.name,
            row.either.unit,
            short(row.a) if row.a else "—",
            short(row.b) if row.b else "—",
            "" if np.isnan(row.difference) else f"{row.difference:.2g}",
            "" if np.isnan(row.relative) else f"{row.relative:.2g}",
            row.verdict,
            style="bold red" if row.first else "",
        )
    console = Console()
    sheet.show(console)
    console.print(
        f"value: A {comparison.a.value:.10g}, B {comparison.b.value:.10g} photons", highlight=False
    )
    console.print(comparison.explanation, style="bold")


def short(item: Variable) -> str:
    """The variable's first value, and how many more there are."""
    steps = int(np.prod(item.values.shape[: len(item.dims)])) if item.dims else 1
    first = item.values.reshape(steps, -1)[0]
    text = " ".join(value if isinstance(value, str) else f"{value:.8g}" for value in first.tolist())
    return text if steps == 1 else f"{text}  … × {steps}"
