"""`braggscope compare --bundle` and `braggscope verify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import typer
from rich.console import Console

from braggscope.api import (
    Bounds,
    BraggscopeError,
    DetectorImage,
    ImageRegion,
    MetricContribution,
    Pixel,
    PixelTrace,
    Run,
    Tolerances,
)
from braggscope.api.tolerances import UNCHANGED
from braggscope.cli.exit_codes import AGREES, DIFFERS, ENGINE_FAILED
from braggscope.cli.inputs import open_host
from braggscope.cli.paper import Paper
from braggscope.cli.progress import Teller
from braggscope.cli.tables import Sheet
from braggscope.engine_files.finding import announced
from braggscope.evidence.bundle import ENGINES, Evidence, Marks
from braggscope.evidence.engines import BundledEngine, unknown_engines
from braggscope.evidence.opening import opened
from braggscope.evidence.verifying import Check, Outcome, outcome_of, verify
from braggscope.evidence.writing import write_bundle
from braggscope.explain.start import sample_pixels
from braggscope.host.discovery import discovered
from braggscope.host.host import Analysis, Host
from braggscope.host.settings import load_settings

_TRACED: Final = 8
_STATUS: Final[Mapping[Outcome, int]] = {
    "holds": AGREES, "differs": DIFFERS, "cannot be repeated": ENGINE_FAILED,
}  # fmt: skip
_LOOK: Final[Mapping[Outcome, tuple[str, str]]] = {
    "holds": ("✓", ""), "differs": ("✗", "bold red"), "cannot be repeated": ("?", "yellow"),
}  # fmt: skip
_SAID: Final[Mapping[Outcome, tuple[str, str]]] = {
    "holds": ("The bundle still holds.", "bold green"),
    "differs": ("The bundle does NOT hold any more.", "bold red"),
    "cannot be repeated": ("Not all of the bundle can be repeated here.", "bold yellow"),
}


def keep_evidence(
    host: Host,
    runs: Sequence[Run],
    images: tuple[DetectorImage, DetectorImage],
    found: Analysis,
    known: Mapping[str, MetricContribution],
    bounds: Mapping[str, Bounds | None],
    target: Path,
    regions: Sequence[ImageRegion] = (),
    tolerances: Tolerances = UNCHANGED,
) -> None:
    """Trace the pixels that tell most, and write the bundle; says where it is.

    Raises:
        InvalidInput: it cannot be written.
    """
    traces, missing = _traces(host, runs, sample_pixels(*images, _TRACED))
    evidence = Evidence(
        runs=(runs[0], runs[1]),
        images=images,
        metrics=found.metrics,
        known=known,
        bounds=bounds,
        agrees=found.agrees,
        reasons=found.reasons,
        difference=found.difference,
        traces=traces,
        tolerances=tolerances,
        marks=Marks(tuple(regions)),
        region_metrics=found.regions,
        engines=host.registry.engines(),
        missing=missing,
    )
    write_bundle(evidence, target)
    Paper().print(f"{target}: written", highlight=False)


def _traces(
    host: Host, runs: Sequence[Run], pixels: Sequence[Pixel]
) -> tuple[tuple[tuple[PixelTrace, PixelTrace], ...], tuple[str, ...]]:
    """Traces of both, or why an engine cannot trace, which is said too."""
    try:
        in_a, in_b = (host.trace(run, list(pixels)).result() for run in runs)
    except BraggscopeError as error:
        Console(stderr=True).print(f"The bundle has no traces: {error}", highlight=False)
        return (), (f"traces: {error}",)
    return tuple(zip(in_a, in_b, strict=True)), ()


def verify_bundle(path: Path, *, as_json: bool, runs_programs: bool = False) -> int:
    """Run a bundle again; the exit status says whether it holds.

    Args:
        runs_programs: whether engine files of the bundle may be used without a question.
    """
    with opened(path) as bundle:
        describes = (bundle.folder / ENGINES).is_dir()
        described = unknown_engines(bundle, _known_engines()) if describes else ()
        allowed = [one.path for one in described if runs_programs or _allows(one)]
        with announced(allowed), open_host() as host, Teller("verify") as tell:
            checks = verify(bundle, host, tell)
    outcome = outcome_of(checks)
    if as_json:
        said = [{**vars(check), "holds": check.holds} for check in checks]
        print(json.dumps({"holds": outcome == "holds", "checks": said}, allow_nan=False))  # noqa: T201
    else:
        _print(checks, outcome)
    return _STATUS[outcome]


def _known_engines() -> Mapping[str, object]:
    settings, _ = load_settings()
    return discovered(settings).engines()


def _allows(engine: BundledEngine) -> bool:
    """Whether the program of a bundle may run; nobody to be asked allows nothing."""
    console = Console(stderr=True)
    console.print(engine.question, highlight=False, markup=False)
    if sys.stdin.isatty() and sys.stderr.isatty():
        return typer.confirm("Run that program?", default=False, err=True)
    console.print("--run-programs allows it.", highlight=False)
    return False


def _print(checks: Sequence[Check], outcome: Outcome) -> None:
    console = Paper()
    sheet = Sheet("", "check", "then and now", keys=2)
    for check in checks:
        sign, style = _LOOK[check.outcome]
        sheet.add(sign, check.what, check.detail, style=style)
    sheet.show(console)
    said, style = _SAID[outcome]
    console.print(said, style=style)
