"""`braggscope explain`: where two runs begin to differ, and which one change explains it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from braggscope.api import ImageRegion, InvalidInput, Run, Tolerances
from braggscope.cli.divergence_map import check_map_file, write_map
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import (
    Side,
    make_run,
    open_host,
    parse_region,
    read_said,
    tolerances_of,
)
from braggscope.cli.progress import Teller
from braggscope.cli.tables import Sheet
from braggscope.explain.explaining import Explanation, Trial, explain
from braggscope.explain.sampling import WHERE, Flags, Plan, Where, inside_of
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings, Cause, survey
from braggscope.explain.survey_files import survey_report
from braggscope.explain.wording import percent, share_text, verdict_of
from braggscope.host.checks import find_engine
from braggscope.host.host import Host

_SHOWN: Final = 10


@dataclass(frozen=True)
class Wishes:
    """What to find out, as it was said.

    Attributes:
        samples: pixels to trace; 0: none.
        where: ways to choose them; none: all.
        region: where; None: anywhere.
        refines: whether as many again are traced between neighbours that disagree.
        map_file: where to save the map of first divergences; None: nowhere.
        as_json: whether to print JSON.
        tolerances: a file of those that judge traces; None: the profiles' own.
    """

    samples: int
    where: tuple[str, ...] = ()
    region: str | None = None
    refines: bool = False
    map_file: Path | None = None
    as_json: bool = False
    tolerances: Path | None = None


def explain_runs(
    experiment_file: Path | None,
    flags: str | None,
    a: Side,
    b: Side,
    wishes: Wishes,
) -> int:
    """Trace sampled pixels on A and B, change A in every known way; gives the exit status.

    Args:
        experiment_file: the experiment; None with flags, or for the example.
        flags: a nanoBragg command line instead of a file.
        a: the run that is changed; its engine is trusted.
        b: the run to be explained.

    Raises:
        InvalidInput: a wish cannot be met.
    """
    map_file, tolerances = wishes.map_file, tolerances_of(wishes.tolerances)
    if map_file is not None:
        check_map_file(map_file, wishes.samples)
    ways = _ways(wishes.where)
    region = None if wishes.region is None else parse_region(wishes.region)
    for option, said in (("--where", wishes.where), ("--tolerances", wishes.tolerances)):
        if said and wishes.samples < 1:
            raise InvalidInput(
                f"{option} has no effect without traced pixels",
                why="--samples is 0",
                remedy="Give it a number of pixels",
            )
    experiment, semantics = read_said(experiment_file, flags)
    run_a, run_b = (make_run(experiment, side, semantics) for side in (a, b))
    with open_host() as host, Teller("explain") as tell:
        inside = _inside(host, region, run_a)
        plan = Plan(wishes.samples, ways, inside, wishes.refines)
        start = _beginnings(host, (run_a, run_b), plan, tolerances, tell)
        if start is not None and map_file is not None:
            write_map(start, host, (run_a, run_b), map_file, inside)
        engine = find_engine(host.registry.engines(), run_a.engine)
        found = explain(host, run_a, run_b, engine, inside=inside, tell=tell)
    (_print_json if wishes.as_json else _print)(start, found)
    return AGREES if found.before.is_rounding else DIFFERS


def _ways(said: Sequence[str]) -> tuple[Where, ...]:
    unknown = next((way for way in said if way not in WHERE), None)
    if unknown is not None:
        raise InvalidInput(
            f"--where {unknown}: there is no such way to choose pixels",
            remedy=f"Ways: {', '.join(WHERE)}; repeat --where for several",
        )
    return tuple(way for way in WHERE if way in said) or WHERE


def _inside(host: Host, region: ImageRegion | None, run: Run) -> Flags | None:
    """Where pixels count; the image is asked for as regions may be made of its mask."""
    return None if region is None else inside_of(region, run, host.render(run).result())


def _beginnings(
    host: Host, runs: tuple[Run, Run], plan: Plan, tolerances: Tolerances, tell: Teller
) -> Beginnings | None:
    if plan.many < 1:
        return None
    tell(0.0, "A and B")
    images = host.render(runs[0]).result(), host.render(runs[1]).result()
    if images[0].shape != images[1].shape:
        return None
    return survey(host, runs, images, plan, tell, tolerances=tolerances)


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
