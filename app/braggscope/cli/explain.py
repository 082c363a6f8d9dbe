"""`braggscope explain`: where two runs begin to differ, and which one change explains it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from braggscope.api import Run
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import Side, make_run, open_host, read_said
from braggscope.cli.progress import Teller
from braggscope.cli.tables import Sheet
from braggscope.explain.explaining import Explanation, Trial, explain
from braggscope.explain.start import Beginnings, beginnings, sample_pixels
from braggscope.explain.wording import share_text, verdict_of
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
) -> int:
    """Trace sampled pixels on A and B, change A in every known way; gives the exit status.

    Args:
        experiment_file: the experiment; None with flags, or for the example.
        flags: a nanoBragg command line instead of a file.
        a: the run that is changed; its engine is trusted.
        b: the run to be explained.
        samples: pixels to trace; 0: none.
        as_json: whether to print JSON.
    """
    experiment, semantics = read_said(experiment_file, flags)
    run_a, run_b = (make_run(experiment, side, semantics) for side in (a, b))
    with open_host() as host, Teller("explain") as tell:
        start = _beginnings(host, run_a, run_b, samples, tell)
        engine = find_engine(host.registry.engines(), run_a.engine)
        found = explain(host, run_a, run_b, engine, tell=tell)
    (_print_json if as_json else _print)(start, found)
    return AGREES if found.before.is_rounding else DIFFERS


def _beginnings(host: Host, a: Run, b: Run, samples: int, tell: Teller) -> Beginnings | None:
    if samples < 1:
        return None
    tell(0.0, "A and B")
    image_a, image_b = (host.render(run).result() for run in (a, b))
    if image_a.shape != image_b.shape:
        return None
    return beginnings(host, a, b, sample_pixels(image_a, image_b, samples), tell)


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
    sheet = Sheet("share of pixels", "differs first", keys=1)
    for name, share in start.shares.items():
        sheet.add(f"{share:.1%}", "nothing does" if name is None else start.sentences[name])
    console.print(f"{len(start.pixels)} pixels traced", highlight=False)
    sheet.show(console)


def _print_json(start: Beginnings | None, found: Explanation) -> None:
    report: dict[str, Any] = {
        "agrees": found.before.is_rounding,
        "verdict": verdict_of(found),
        "region": found.region.model_dump(),
        "trials": [_trial_report(trial) for trial in found.trials],
    }
    if start is not None:
        report["first_divergence"] = {
            "shares": {name or "": share for name, share in start.shares.items()},
            "pixels": [
                {"slow": pixel.slow, "fast": pixel.fast, "variable": name}
                for pixel, name in zip(start.pixels, start.firsts, strict=True)
            ],
        }
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
