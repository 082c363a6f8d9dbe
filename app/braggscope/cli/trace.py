"""`braggscope trace`: one pixel on two engines, variable by variable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from braggscope.api import Pixel, PixelTrace, TraceComparison, Variable, compare_traces
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import make_run, open_host, read_said


def trace_pixel(
    experiment_file: Path | None,
    flags: str,
    place: tuple[int, int],
    engines: tuple[str, str],
    overrides: Sequence[str],
    own_overrides: tuple[Sequence[str], Sequence[str]],
    as_json: bool,
) -> int:
    """Trace a pixel on A and, if there is one, B; gives the exit status."""
    experiment, semantics = read_said(experiment_file, flags)
    runs = [
        make_run(experiment, engine, [*overrides, *own], semantics)
        for engine, own in zip(engines, own_overrides, strict=True)
        if engine
    ]
    with open_host() as host:
        traces = [host.trace(run, [Pixel(*place)]).result()[0] for run in runs]
    comparison = compare_traces(*traces) if len(traces) == 2 else None
    if as_json:
        _print_json(traces, comparison)
    elif comparison is None:
        _print_single(traces[0])
    else:
        _print_comparison(comparison)
    return DIFFERS if comparison and comparison.first_divergence else AGREES


def _print_json(traces: Sequence[PixelTrace], comparison: TraceComparison | None) -> None:
    report = {
        "traces": [trace.to_dict() for trace in traces],
        "first_divergence": comparison.first_divergence if comparison else None,
        "explanation": comparison.explanation if comparison else "",
    }
    print(json.dumps(report, allow_nan=False))  # noqa: T201


def _print_single(trace: PixelTrace) -> None:
    table = Table("variable", "unit", trace.engine)
    for item in trace.variables:
        table.add_row(item.name, item.unit, short(item))
    console = Console()
    console.print(table, highlight=False)
    console.print(f"value {trace.value:.10g} photons", highlight=False)


def _print_comparison(comparison: TraceComparison) -> None:
    table = Table("", "variable", "unit", "A", "B", "difference", "relative", "verdict")
    for row in comparison.rows:
        table.add_row(
            "▶" if row.first else "",
            row.name,
            row.either.unit,
            short(row.a) if row.a else "—",
            short(row.b) if row.b else "—",
            "" if np.isnan(row.difference) else f"{row.difference:.2g}",
            "" if np.isnan(row.relative) else f"{row.relative:.2g}",
            row.verdict,
            style="bold red" if row.first else None,
        )
    console = Console()
    console.print(table, highlight=False)
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
