"""`braggscope bench`: how fast the engines are here, and how exact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from braggscope.api import Run
from braggscope.benchmark.measuring import Measurement, measure
from braggscope.benchmark.record import (
    latest_path,
    read_times,
    record_of,
    with_earlier,
    write_record,
)
from braggscope.benchmark.workloads import WORKLOADS, Workload, named_workloads
from braggscope.cli.exit_codes import AGREES, DIFFERS, ENGINE_FAILED
from braggscope.cli.inputs import Side, make_run, open_host
from braggscope.cli.tables import Sheet
from braggscope.errors import InvalidInput
from braggscope.host.host import Host
from braggscope.host.resources import resource_path
from braggscope.whole_files import check_writable

#: The reference first: ratios and errors are against it.
ENGINES: Final = ("nanobragg-c", "torch-cpu", "torch-cpu,precision=mixed")


def run_bench(
    names: list[str], engines: Sequence[str], repeats: int, output: Path | None, full_frame: bool
) -> int:
    """Measure, print, keep; the exit status says whether every engine could run."""
    if repeats < 1:
        raise InvalidInput("there is nothing to measure", why=f"--repeats is {repeats}")
    if output is not None:
        check_writable(output)
    workloads = [WORKLOADS["W2"]] if full_frame else named_workloads(names)
    before = read_times(latest_path())
    console, errors = Console(), Console(stderr=True)
    measurements: list[Measurement] = []
    status = AGREES
    reflections = resource_path("examples", "lysozyme.mtz")
    for workload in workloads:
        # A host of its own makes the first run of each workload a cold one.
        with open_host() as host:
            runs = _runs(workload, engines or ENGINES, reflections)
            found = measure(
                host, workload.name, runs, repeats, lambda text: errors.print(text, style="dim")
            )
            if full_frame:
                status = max(status, _print_verdicts(host, runs, console))
        measurements += found
        _print(workload, found, before, console)
    record = record_of(measurements)
    if output is not None:
        write_record(record, output)
        console.print(f"{output}: written")
    try:
        write_record(with_earlier(record, latest_path()), latest_path())
    except InvalidInput as error:
        errors.print(f"It is not kept for the next time: {error}", highlight=False)
    return max(status, ENGINE_FAILED if any(one.problem for one in measurements) else AGREES)


def _runs(workload: Workload, engines: Sequence[str], reflections: Path) -> list[tuple[str, Run]]:
    experiment = workload.experiment(reflections)
    return [(engine, make_run(experiment, Side(engine, [], []))) for engine in engines]


def _print(
    workload: Workload,
    found: Sequence[Measurement],
    before: dict[tuple[str, str], float],
    console: Console,
) -> None:
    console.print(f"\n{workload.name}: {workload.title}", highlight=False, style="bold")
    sheet = Sheet("engine", "ns/step", "ratio", "warm s", "cold s", "peak MB", "error", "last time")
    reference = next((one for one in found if not one.problem), None)
    for one in found:
        if one.problem:
            continue
        ratio = reference.ns_per_step / one.ns_per_step if reference else float("nan")
        last = before.get((one.workload, one.engine))
        sheet.add(
            one.engine,
            f"{one.ns_per_step:.2f}",
            f"{ratio:.1f}×",
            f"{one.median_s:.3f}",
            "" if one.cold_s is None else f"{one.cold_s:.2f}",
            f"{one.peak_bytes / 1e6:.0f}",
            "" if one.error is None else f"{one.error:.1e}",
            "" if last is None else f"{one.ns_per_step / last:.2f}×",
        )
    if reference is not None:
        sheet.show(console)
    for one in found:
        if one.problem:
            console.print(f"{one.engine} was not measured. {one.problem}", highlight=False)


def _print_verdicts(host: Host, runs: Sequence[tuple[str, Run]], console: Console) -> int:
    """Whether the others agree with the first, by the usual bounds."""
    name, run = runs[0]
    reference = host.render(run).result()
    status = AGREES
    for other, its_run in runs[1:]:
        analysis = host.analyse(reference, host.render(its_run).result()).result()
        verdict = "agrees" if analysis.agrees else "DIFFERS"
        reasons = "; ".join(analysis.reasons)
        console.print(f"{other} {verdict} with {name}. {reasons}", highlight=False)
        status = status if analysis.agrees else DIFFERS
    return status
