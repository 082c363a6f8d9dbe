"""`braggscope compare --bundle` and `braggscope verify`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

from braggscope.api import (
    Bounds,
    BraggscopeError,
    DetectorImage,
    MetricContribution,
    Pixel,
    PixelTrace,
    Run,
)
from braggscope.cli.exit_codes import AGREES, DIFFERS
from braggscope.cli.inputs import open_host
from braggscope.cli.progress import Teller
from braggscope.cli.tables import Sheet
from braggscope.evidence.bundle import Evidence
from braggscope.evidence.opening import opened
from braggscope.evidence.verifying import Check, verify
from braggscope.evidence.writing import write_bundle
from braggscope.explain.start import sample_pixels
from braggscope.host.host import Analysis, Host

_TRACED: Final = 8


def keep_evidence(
    host: Host,
    runs: Sequence[Run],
    images: tuple[DetectorImage, DetectorImage],
    found: Analysis,
    known: Mapping[str, MetricContribution],
    bounds: Mapping[str, Bounds | None],
    target: Path,
) -> None:
    """Trace the pixels that tell most, and write the bundle; says where it is.

    Raises:
        InvalidInput: it cannot be written.
    """
    evidence = Evidence(
        runs=(runs[0], runs[1]),
        images=images,
        metrics=found.metrics,
        known=known,
        bounds=bounds,
        agrees=found.agrees,
        reasons=found.reasons,
        difference=found.difference,
        traces=_traces(host, runs, sample_pixels(*images, _TRACED)),
    )
    write_bundle(evidence, target)
    Console().print(f"{target}: written", highlight=False)


def _traces(
    host: Host, runs: Sequence[Run], pixels: Sequence[Pixel]
) -> tuple[tuple[PixelTrace, PixelTrace], ...]:
    """Traces of both; none where an engine cannot trace, which it says."""
    try:
        in_a, in_b = (host.trace(run, list(pixels)).result() for run in runs)
    except BraggscopeError as error:
        Console(stderr=True).print(f"The bundle has no traces: {error}", highlight=False)
        return ()
    return tuple(zip(in_a, in_b, strict=True))


def verify_bundle(path: Path, *, as_json: bool) -> int:
    """Run a bundle again; the exit status says whether it holds."""
    with opened(path) as bundle, open_host() as host, Teller("verify") as tell:
        checks = verify(bundle, host, tell)
    holds = all(check.holds for check in checks)
    if as_json:
        report = {"holds": holds, "checks": [vars(check) for check in checks]}
        print(json.dumps(report, allow_nan=False))  # noqa: T201
    else:
        _print(checks, holds)
    return AGREES if holds else DIFFERS


def _print(checks: Sequence[Check], holds: bool) -> None:
    console = Console()
    sheet = Sheet("", "check", "then and now", keys=2)
    for check in checks:
        style = "" if check.holds else "bold red"
        sheet.add("✓" if check.holds else "✗", check.what, check.detail, style=style)
    sheet.show(console)
    said = "The bundle still holds." if holds else "The bundle does NOT hold any more."
    console.print(said, style="bold green" if holds else "bold red")
