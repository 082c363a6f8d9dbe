"""`braggscope bench`: how fast the engines are here, and how exact."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from braggscope.benchmark.contestants import contestants
from braggscope.benchmark.measuring import HostMaker, Measurement, Watcher
from braggscope.benchmark.pictures import (
    Frame,
    roofline_picture,
    scaling_picture,
    times_picture,
)
from braggscope.benchmark.record import (
    Times,
    before_of,
    keep,
    latest_path,
    outcome_of,
    read_record,
    read_times,
    record_of,
    titled,
    write_record,
)
from braggscope.benchmark.scaling import all_series
from braggscope.benchmark.session import Outcome, Plan, run_plan, with_best_rates
from braggscope.benchmark.tables import (
    cells,
    headers,
    markdown_of,
    references,
    scaling_rows,
    series_axis,
    series_title,
    verdict_line,
)
from braggscope.benchmark.workloads import WORKLOADS, Workload, named_workloads
from braggscope.cli.exit_codes import AGREES, DIFFERS, ENGINE_FAILED
from braggscope.cli.tables import Sheet
from braggscope.errors import InvalidInput
from braggscope.host.discovery import discovered
from braggscope.host.host import Host
from braggscope.host.settings import Settings, load_settings
from braggscope.whole_files import check_writable, write_text

PICTURES: Final = (".svg", ".png")


@dataclass(frozen=True)
class Wishes:
    """What was asked for; see the command's help."""

    workloads: Sequence[str] = ()
    engines: Sequence[str] = ()
    repeats: int = 7
    full_frame: bool = False
    scaling: bool = False
    output: Path | None = None
    picture: Path | None = None
    markdown: bool = False
    source: Path | None = None


def run_bench(wishes: Wishes) -> int:
    """Measure, print, keep; the exit status says whether every engine could run, and agreed."""
    _check(wishes)
    if wishes.source is not None:
        record = read_record(wishes.source)
        outcome = outcome_of(record)
        if not wishes.markdown:
            _print_all(outcome, before_of(record))
    else:
        before = read_times(latest_path())
        outcome = _measured(wishes, before)
        record = record_of(outcome, before)
    console = Console(stderr=wishes.markdown)
    if wishes.markdown:
        print(markdown_of(record), end="")  # noqa: T201
    if wishes.output is not None:
        write_record(record, wishes.output)
        console.print(f"{wishes.output}: written", highlight=False, soft_wrap=True)
    if wishes.picture is not None:
        for path in _write_pictures(record, wishes.picture):
            console.print(f"{path}: written", highlight=False, soft_wrap=True)
    if wishes.source is None:
        try:
            keep(record)
            Console(stderr=True).print(
                f"kept in {latest_path()}", style="dim", highlight=False, soft_wrap=True
            )
        except InvalidInput as error:
            Console(stderr=True).print(
                f"It is not kept for the next time: {error}", highlight=False
            )
    return _status(outcome)


def _check(wishes: Wishes) -> None:
    """Refuse what cannot be done before the work is."""
    if wishes.repeats < 1:
        raise InvalidInput("there is nothing to measure", why=f"--repeats is {wishes.repeats}")
    if wishes.full_frame and (wishes.workloads or wishes.scaling):
        raise InvalidInput(
            "--full-frame is a workload of its own", remedy="Leave the other workloads out"
        )
    if wishes.source is not None and (wishes.workloads or wishes.engines or wishes.full_frame):
        raise InvalidInput(
            "--from shows what was measured before", remedy="Leave workloads and engines out"
        )
    for path in (wishes.output, *_picture_paths(wishes.picture)):
        if path is not None:
            check_writable(path)


def _picture_paths(path: Path | None) -> list[Path]:
    """Of the times, the roofline and the scaling.

    Raises:
        InvalidInput: no such pictures are made.
    """
    if path is None:
        return []
    if path.suffix.lower() not in PICTURES:
        raise InvalidInput(
            f"{path} is no picture that can be written", remedy="Let it end in .svg or .png"
        )
    named = (path.with_name(f"{path.stem}-{what}{path.suffix}") for what in ("roofline", "scaling"))
    return [path, *named]


def _measured(wishes: Wishes, before: Times) -> Outcome:
    plan = _plan(wishes)
    console, errors = Console(stderr=wishes.markdown), Console(stderr=True)
    ranked = plan.contestants[0].name

    def tell(fraction: float, text: str) -> None:
        errors.print(f"{fraction:4.0%}  {text}", style="dim", highlight=False)

    so_far: list[Measurement] = []

    def finished(workload: Workload, found: list[Measurement]) -> None:
        so_far.extend(found)
        found = with_best_rates(so_far)[-len(found) :]
        if not wishes.markdown and workload in plan.workloads:
            _print(workload, found, before, console)
        for one in found:
            if one.verdict is not None:
                console.print(verdict_line(one, ranked), highlight=False, soft_wrap=True)

    settings = _settings()
    with _hosts() as make_host:
        watcher = Watcher(tell=tell)
        outcome = run_plan(plan, make_host, settings, watcher, finished)
    if not wishes.markdown:
        _print_scaling(outcome, console)
    return outcome


def _plan(wishes: Wishes) -> Plan:
    who = contestants(wishes.engines)
    if wishes.full_frame:
        return Plan([WORKLOADS["W2"]], who, wishes.repeats, judges=True)
    series = all_series() if wishes.scaling else ()
    named = named_workloads(wishes.workloads) if wishes.workloads or not series else []
    return Plan(named, who, wishes.repeats, series)


def _settings() -> Settings:
    settings, problem = load_settings()
    if problem is not None:
        raise problem
    return settings


@contextmanager
def _hosts() -> Iterator[HostMaker]:
    """Makes hosts that share the installed plugins."""
    registry = discovered(_settings())
    yield lambda settings: Host(registry, settings)


def _print_all(outcome: Outcome, before: Times) -> None:
    console = Console()
    groups: dict[str, list[Measurement]] = {}
    for one in outcome.measurements:
        groups.setdefault(one.workload, []).append(one)
    for name, found in groups.items():
        _print(Workload(name, found[0].title, ""), found, before, console)
    _print_scaling(outcome, console)


def _print(
    workload: Workload, found: Sequence[Measurement], before: Times, console: Console
) -> None:
    console.print(f"\n{workload.name}: {workload.title}", highlight=False, style="bold")
    held_against = references(found)
    sheet = Sheet(*headers(held_against))
    measured = [one for one in found if not one.problem]
    for one in measured:
        sheet.add(*cells(one, measured, held_against, before))
    if measured:
        sheet.show(console)
    for one in found:
        if one.problem:
            console.print(f"{one.engine} was not measured. {one.problem}", highlight=False)


def _print_scaling(outcome: Outcome, console: Console) -> None:
    for name, points in outcome.scaling.items():
        console.print(f"\nns/step, {series_title(name)}", highlight=False, style="bold")
        names, rows = scaling_rows(points)
        sheet = Sheet(series_axis(name), *names[1:])
        for row in rows:
            sheet.add(*row)
        sheet.show(console)
    for one in outcome.all_measurements:
        if one.problem and one not in outcome.measurements:
            text = f"{one.workload}: {one.engine} was not measured. {one.problem}"
            console.print(text, highlight=False)


def _write_pictures(record: dict[str, Any], path: Path) -> list[Path]:
    """Write those for which there is something to show."""
    outcome, before = outcome_of(record), before_of(record)
    frame = Frame(about=titled(record))
    times, roofline, scaling = _picture_paths(path)
    made: list[tuple[Path, Callable[[], str]]] = []
    if outcome.measurements:
        made.append((times, lambda: times_picture(outcome.measurements, before, frame)))
        made.append((roofline, lambda: roofline_picture(outcome.measurements, frame)))
    if outcome.scaling:
        made.append((scaling, lambda: scaling_picture(outcome.scaling, frame)))
    for target, draw in made:
        _write_picture(draw(), target)
    return [target for target, _ in made]


def _write_picture(svg: str, path: Path) -> None:
    if path.suffix.lower() == ".svg":
        write_text(path, svg)
        return
    # Imported here: only this needs Qt.
    from braggscope.ui.svg import write_png

    write_png(svg, path)


def _status(outcome: Outcome) -> int:
    found = outcome.all_measurements
    if any(one.problem for one in found):
        return ENGINE_FAILED
    differs = any(one.verdict is not None and one.verdict.agrees is not True for one in found)
    return DIFFERS if differs else AGREES
