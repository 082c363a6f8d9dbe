"""`braggscope explain`: where two runs begin to differ, and which one change explains it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from braggscope.api import Run
from braggscope.cli.divergence_map import check_map_file, write_map
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import Side, make_run, open_host, read_said
from braggscope.cli.progress import Teller
from braggscope.cli.tables import Sheet
from braggscope.explain.explaining import Explanation, Trial, explain
from braggscope.explain.sampling import Plan
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings, Cause, survey
from braggscope.explain.survey_files import survey_report
from braggscope.explain.wording import percent, share_text, verdict_of
from braggscope.host.checks import find_engine
from braggscope.host.host import Host

_SHOWN: Final = 10


def explain_runs(
    experiment_file: Path | None,
    flags: str | None,
    a: Side,
    b: Side,
    *,
    samples: int,
    as_json: bool,
    refines: bool = False,
    map_file: Path | None = None,
) -> int:
    """Trace sampled pixels on A and B, change A in every known way; gives the exit status.

    Args:
        experiment_file: the experiment; None with flags, or for the example.
        flags: a nanoBragg command line instead of a file.
        a: the run that is changed; its engine is trusted.
        b: the run to be explained.
        samples: pixels to trace; 0: none.
        as_json: whether to print JSON.
        refines: whether as many again are traced between neighbours that disagree.
        map_file: where to save the map of first divergences; None: nowhere.

    Raises:
        InvalidInput: there can be no such file, or no map.
    """
    if map_file is not None:
        check_map_file(map_file, samples)
    experiment, semantics = read_said(experiment_file, flags)
    run_a, run_b = (make_run(experiment, side, semantics) for side in (a, b))
    with open_host() as host, Teller("explain") as tell:
        start = _beginnings(host, (run_a, run_b), Plan(samples, refines=refines), tell)
        if start is not None and map_file is not None:
            write_map(start, host, (run_a, run_b), map_file)
        engine = find_engine(host.registry.engines(), run_a.engine)
        found = explain(host, run_a, run_b, engine, tell=tell)
    (_print_json if as_json else _print)(start, found)
    return AGREES if found.before.is_rounding else DIFFERS


def _beginnings(host: Host, runs: tuple[Run, Run], plan: Plan, tell: Teller) -> Beginnings | None:
    if plan.many < 1:
        return None
    tell(0.0, "A and B")
    images = host.render(runs[0]).result(), host.render(runs[1]).result()
    if images[0].shape != images[1].shape:
        return None
    return survey(host, runs, images, plan, tell)


def _print(start: Beginnings | None, found: Explanation) -> None:
    console = Console()
    if start is not None:
        _print_beginnings(start, console)
    if found.before.is_rounding:
        console.print(verdict_of(found))
        return
    region = found.region
    console.print(
        f"Changes of A, judged by B in slow {region.slow_min}–{region.slow_max},"
        f" fast {region.fast_min}–{region.fast_max}",
        highlight=False,
    )
    sheet = Sheet("removes", "as if …", "change", keys=2)
    tried = [trial for trial in found.trials if not trial.problem]
    for trial in tried[:_SHOWN]:
        sheet.add(share_text(trial), trial.hypothesis.title, trial.hypothesis.id)
    sheet.show(console)
    not_tried = len(found.trials) - len(tried)
    rest = f" {not_tried} could not be tried." if not_tried else ""
    console.print(f"{len(tried)} changes were tried.{rest}", highlight=False)
    console.print(verdict_of(found), style="bold", highlight=False)


def _print_beginnings(start: Beginnings, console: Console) -> None:
    sheet = Sheet("share", "differs first", "stage", "by at most", "example", keys=3)
    for cause in start.causes:
        sheet.add(*_cause_cells(cause))
    console.print(f"{len(start.samples)} pixels traced", highlight=False)
    sheet.show(console)


def _cause_cells(cause: Cause) -> tuple[str, ...]:
    example = f"slow {cause.example.slow}, fast {cause.example.fast}"
    if cause.outcome == NO_TRACE:
        return (f"{cause.count} pixels", "no trace", "", "", example)
    if cause.outcome == AGREEING:
        return (percent(cause.share), "nothing does", "", "", example)
    name = cause.outcome if cause.label == cause.outcome else f"{cause.label} ({cause.outcome})"
    worst = f"{cause.worst:.2g} of its size" if math.isfinite(cause.worst) else "—"
    return (percent(cause.share), name, cause.stage, worst, example)


def _print_json(start: Beginnings | None, found: Explanation) -> None:
    report: dict[str, Any] = {
        "agrees": found.before.is_rounding,
        "verdict": verdict_of(found),
        "region": found.region.model_dump(),
        "trials": [_trial_report(trial) for trial in found.trials],
    }
    if start is not None:
        report["first_divergence"] = survey_report(start)
    print(json.dumps(report, allow_nan=False, default=str))  # noqa: T201


def _trial_report(trial: Trial) -> dict[str, Any]:
    hypothesis = trial.hypothesis
    removed = trial.removed if math.isfinite(trial.removed) else None
    return {
        "id": hypothesis.id,
        "as_if": hypothesis.title,
        "overrides": dict(hypothesis.overrides),
        "semantics": dict(hypothesis.semantics),
        "removed": None if trial.problem else removed,
        "explains": trial.explains,
        "problem": trial.problem,
    }
