"""What the benchmark dialog shows and can be asked to do. No Qt.

The measuring goes on in a thread of its own; `post` brings its news to the window's thread, in
which everything else here runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from braggscope.api import BraggscopeError, Cancelled, EngineContribution
from braggscope.benchmark.contestants import FOREIGN, OWN_C, USUAL, contestants, foreign_program
from braggscope.benchmark.measuring import HostMaker, Measurement, Watcher
from braggscope.benchmark.record import (
    keep,
    latest_path,
    read_times,
    record_of,
    titled,
)
from braggscope.benchmark.scaling import all_series
from braggscope.benchmark.session import Outcome, Plan, run_plan, with_best_rates
from braggscope.benchmark.tables import Times, cells, headers, markdown_of, references
from braggscope.benchmark.workloads import WORKLOADS, named_workloads
from braggscope.host.jobs import CancelToken, Job, JobRunner
from braggscope.host.settings import load_settings

#: Measured in seconds, also by the C program.
_QUICK: Final = ("W1", "W4")
_CLOSE_LIMIT_S: Final = 5.0
_BROKEN_OFF = "Times in italics are of what was broken off, and are not kept."
_WAITING: Final = "waiting"


@dataclass(frozen=True)
class Choice:
    """Something to measure or not; `note` explains it."""

    name: str
    note: str
    chosen: bool


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        cells: texts under the headers.
        is_final: False while runs are to come.
        problem: why there are no times.
    """

    cells: tuple[str, ...]
    is_final: bool = True
    problem: str = ""


def workload_choices() -> list[Choice]:
    """All workloads, the quick ones chosen."""
    return [Choice(one.name, one.title, one.name in _QUICK) for one in WORKLOADS.values()]


def engine_choices(engines: Mapping[str, EngineContribution]) -> list[Choice]:
    """Engines in each of their precisions, the usual ones chosen and first.

    Those that need to be told something, such as a file, simulate nothing by themselves.
    """
    able = [one for one in engines.values() if not any(o.required for o in one.options)]
    names = [name for engine in able for name in _variants(engine)]
    names.sort(key=lambda name: USUAL.index(name) if name in USUAL else len(USUAL))
    choices = [Choice(name, _note(name, engines), name in USUAL) for name in names]
    if foreign_program():
        choices.insert(1, Choice(FOREIGN, foreign_program(), True))
    return choices


def _variants(engine: EngineContribution) -> list[str]:
    precisions = [o.choices for o in engine.options if o.name == "precision"]
    others = precisions[0][1:] if precisions else ()
    return [engine.id, *(f"{engine.id},precision={value}" for value in others)]


def _note(name: str, engines: Mapping[str, EngineContribution]) -> str:
    if name == OWN_C:
        return "Braggscope's own C program"
    return engines[name.partition(",")[0]].description


class BenchmarkPresenter:
    """Starts benchmarks and keeps what is known of the last one.

    Args:
        make_host: makes a host for settings; a benchmark closes what it was given.
        post: calls a function later in the window's thread; callable from any thread.
        tell: called when something changed.
    """

    def __init__(
        self,
        make_host: HostMaker,
        post: Callable[[Callable[[], None]], None],
        tell: Callable[[], None],
    ) -> None:
        self._make_host, self._post, self._tell = make_host, post, tell
        self._runner = JobRunner()
        self._job: Job[Outcome] | None = None
        self._token = CancelToken()
        self._before: Times = {}
        self._planned: list[tuple[str, str]] = []
        self._found: dict[tuple[str, str], Measurement] = {}
        self.outcome = Outcome()
        self.record: dict[str, Any] | None = None
        self.fraction = 0.0
        self.status = "Choose what to measure, and press Measure."
        self.problem = ""

    # ── doing ─────────────────────────────────────────────────────────────────────────────────

    @property
    def is_busy(self) -> bool:
        """Whether a benchmark is under way."""
        return self._job is not None

    def start(
        self,
        workloads: Sequence[str],
        engines: Sequence[str],
        repeats: int,
        *,
        scaling: bool = False,
        others_run: bool = False,
    ) -> None:
        """Measure; what was measured before is forgotten.

        Args:
            others_run: whether the window has work under way, of which the user is told.
        """
        if self.is_busy:
            return
        if not engines or not (workloads or scaling):
            self._say("Choose at least one workload and one engine.")
            return
        who = contestants(engines)
        measured = named_workloads(workloads) if workloads else []
        plan = Plan(measured, who, repeats, all_series() if scaling else ())
        self._planned = [(one.name, other.name) for one in measured for other in who]
        self._found, self.outcome, self.record = {}, Outcome(), None
        self._before = read_times(latest_path())
        self.problem = ""
        if others_run:
            self.problem = "Runs of the window are under way: these times will mean little."
        self.fraction, self.status = 0.0, "Starting…"
        self._token = token = CancelToken()
        watcher = Watcher(
            tell=lambda fraction, text: self._post(lambda: self._progress(token, fraction, text)),
            row=lambda one: self._post(lambda: self._row(token, one)),
            token=token,
        )
        settings, _ = load_settings()
        self._job = self._runner.start(
            "benchmark", lambda job: run_plan(plan, self._make_host, settings, watcher)
        )
        self._job.add_done_callback(lambda job: self._post(lambda: self._done(job)))
        self._tell()

    def cancel(self) -> None:
        """Stop; what was measured until now stays."""
        if self.is_busy:
            self._token.set()
            self._say("Stopping…")

    def close(self) -> None:
        """Stop for good."""
        self._token.set()
        self._runner.close(_CLOSE_LIMIT_S)

    # ── what is known ─────────────────────────────────────────────────────────────────────────

    @property
    def measurements(self) -> list[Measurement]:
        """Those of the workloads, in the order of the plan."""
        known = (self._found.get(name) for name in self._planned)
        return with_best_rates([one for one in known if one is not None])

    @property
    def before(self) -> Times:
        """ns per step of the benchmark before."""
        return self._before

    @property
    def about(self) -> str:
        """Date and machine, once a benchmark has ended."""
        return "" if self.record is None else titled(self.record)

    def table(self) -> tuple[tuple[str, ...], list[Row]]:
        """Headers, and a row for each workload and engine of the plan."""
        known = {(one.workload, one.engine): one for one in self.measurements}
        held_against = references(list(_stubs(self._planned)))
        names = ("workload", *headers(held_against))
        rows = []
        for workload, engine in self._planned:
            one = known.get((workload, engine))
            if one is None or not (one.warm_s or one.cold_s or one.problem):
                blank = ("",) * (len(names) - 3)
                text = _WAITING if self.is_busy else "–"
                rows.append(Row((workload, engine, text, *blank), is_final=False))
                continue
            shown = cells(one, list(known.values()), held_against, self._before)
            if one.problem:
                shown = (engine, "✗ failed", *shown[2:])
            rows.append(Row((workload, *shown), one.is_final, one.problem))
        return names, rows

    def markdown(self) -> str:
        """The tables for documentation; "" before there is anything."""
        return "" if self.record is None else markdown_of(self.record)

    # ── news from the thread ──────────────────────────────────────────────────────────────────

    def _progress(self, token: CancelToken, fraction: float, text: str) -> None:
        if token is self._token and not token.is_set:
            self.fraction = fraction
            self._say(text)

    def _row(self, token: CancelToken, one: Measurement) -> None:
        if token is self._token and (one.workload, one.engine) in self._planned:
            self._found[one.workload, one.engine] = one
            self._tell()

    def _done(self, job: Job[Outcome]) -> None:
        self._job = None
        try:
            self.outcome = job.result()
            self.fraction, self.status = 1.0, "Done."
        except Cancelled:
            self.outcome = Outcome([one for one in self.measurements if one.is_final])
            broken_off = any(not one.is_final for one in self.measurements)
            self.status = f"Stopped. {_BROKEN_OFF}" if broken_off else "Stopped."
        except BraggscopeError as error:
            self.outcome = Outcome([one for one in self.measurements if one.is_final])
            self.status, self.problem = "It could not go on.", str(error)
        if self.outcome.all_measurements:
            self.record = record_of(self.outcome, self._before)
            self._keep()
        failed = [one for one in self.outcome.all_measurements if one.problem]
        if failed:
            named = f"{failed[0].engine} was not measured. {failed[0].problem}"
            self.problem = "\n".join(filter(None, (self.problem, named)))
        self._tell()

    def _keep(self) -> None:
        assert self.record is not None
        try:
            keep(self.record)
        except BraggscopeError as error:
            self.problem = f"It is not kept for the next time: {error}"

    def _say(self, text: str) -> None:
        self.status = text
        self._tell()


def _stubs(planned: Iterable[tuple[str, str]]) -> Iterable[Measurement]:
    """Measurements to come, by name alone."""
    blank = Measurement("", "")
    return (replace(blank, workload=workload, engine=engine) for workload, engine in planned)
