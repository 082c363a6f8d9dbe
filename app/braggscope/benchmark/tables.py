"""Measurements as rows of text, for the terminal, the window and the documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from braggscope.benchmark.contestants import FOREIGN, OWN_C
from braggscope.benchmark.measuring import Measurement
from braggscope.benchmark.record import Times, before_of, outcome_of, titled
from braggscope.benchmark.scaling import all_series

_SERIES = {series.name: series for series in all_series(1)}


def references(measurements: Sequence[Measurement]) -> list[str]:
    """Whom the others are held against: the C programs, or else whoever came first."""
    names = list(dict.fromkeys(one.engine for one in measurements))
    return [name for name in names if name in (OWN_C, FOREIGN)] or names[:1]


def headers(held_against: Sequence[str]) -> tuple[str, ...]:
    """Of the columns, the engine first."""
    return (
        "engine", "ns/step", *(f"vs {name}" for name in held_against), "of the limit",
        "warm s", "cold s", "ready s", "peak MB", "error", "last time",
    )  # fmt: skip


def cells(
    one: Measurement, among: Sequence[Measurement], held_against: Sequence[str], before: Times
) -> tuple[str, ...]:
    """The row of a measurement under `headers`; "" where there is nothing to say.

    Args:
        among: the measurements of all workloads or of its own.
        before: ns per step of the last benchmark.
    """
    times = {
        other.engine: other.ns_per_step
        for other in among
        if other.workload == one.workload and other.warm_s
    }
    last = before.get((one.workload, one.engine))
    if not one.warm_s:
        rest = ("",) * (2 + len(held_against))
        first = (_number(one.cold_s, ".2f"), _number(one.ready_s, ".2f"))
        return (one.engine, *rest, "", *first, "", "", "")
    ratios = [times[name] / one.ns_per_step if name in times else None for name in held_against]
    return (
        one.engine,
        nanoseconds(one.ns_per_step),
        *("" if ratio is None else f"{ratio:.3g}×" for ratio in ratios),
        _number(one.share, ".0%"),
        f"{one.median_s:.3f}",
        _number(one.cold_s, ".2f"),
        _number(one.ready_s, ".2f"),
        f"{one.peak_bytes / 1e6:.0f}" if one.peak_bytes else "",
        _number(one.error, ".1e"),
        "" if last is None else f"{one.ns_per_step / last:.2f}×",
    )


def nanoseconds(value: float) -> str:
    """Three figures."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def scaling_rows(
    points: Sequence[tuple[int, Sequence[Measurement]]],
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headers and rows of a series: ns per step of each engine; – where it would take too long."""
    engines = list(dict.fromkeys(one.engine for _, found in points for one in found))
    rows = []
    for value, found in points:
        times = {one.engine: one.ns_per_step for one in found if one.warm_s}
        numbers = (nanoseconds(times[name]) if name in times else "–" for name in engines)
        rows.append((f"{value:,}".replace(",", " "), *numbers))
    return ("", *engines), rows


def series_title(name: str) -> str:
    """What a series goes over."""
    return _SERIES[name].title if name in _SERIES else name


def series_axis(name: str) -> str:
    """What its numbers are."""
    return _SERIES[name].axis if name in _SERIES else name


def verdict_line(one: Measurement, reference: str) -> str:
    """Whether an image agrees with the reference's."""
    if one.verdict is None:
        return ""
    word = {True: "agrees", False: "DIFFERS", None: "cannot be judged"}[one.verdict.agrees]
    return f"{one.engine} {word} with {reference}. {'; '.join(one.verdict.reasons)}"


def markdown_of(record: Mapping[str, Any]) -> str:
    """Tables for docs/performance.md.

    Raises:
        InvalidInput: it is no record.
    """
    outcome = outcome_of(record)
    found, before = outcome.measurements, before_of(record)
    lines = [titled(record) + ".", ""]
    if found:
        held_against = references(found)
        lines += _table(
            ("workload", *headers(held_against)),
            [(_workload(one), *cells(one, found, held_against, before)) for one in found
             if not one.problem],
        )  # fmt: skip
    for one in found:
        if one.problem:
            lines.append(f"{one.workload}: {one.engine} was not measured. {one.problem}")
        if one.verdict is not None:
            lines.append(f"- {verdict_line(one, found[0].engine)}")
    for name, points in outcome.scaling.items():
        names, rows = scaling_rows(points)
        lines += ["", f"ns/step, {series_title(name)}:", ""]
        lines += _table((series_axis(name), *names[1:]), rows)
    return "\n".join(lines) + "\n"


def _workload(one: Measurement) -> str:
    return f"{one.workload}: {one.title}" if one.title else one.workload


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table without the columns that say nothing; a name that comes again is not repeated."""
    used = [n for n, _ in enumerate(names) if any(row[n] for row in rows)]
    lines = [_line([names[n] for n in used]), _line(["---"] * len(used))]
    last = ""
    for row in rows:
        first = "" if row[0] == last else row[0]
        last = row[0]
        lines.append(_line([first, *(row[n] for n in used[1:])]))
    return [*lines, ""]


def _line(cells_of_row: Sequence[str]) -> str:
    return f"| {' | '.join(cells_of_row)} |"
