"""`braggscope compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.cli.options import (
    ENGINE_FILES,
    NONE,
    EngineFiles,
    ExperimentFile,
    FlagsText,
    SemanticsA,
    SemanticsB,
    SemanticsBoth,
    SetA,
    SetB,
    SetBoth,
    TolerancesFile,
)


@guarded
def command(
    experiment: ExperimentFile = None,
    a: Annotated[str, typer.Option("--a", "-a", help="Reference engine.")] = "torch-cpu",
    b: Annotated[str, typer.Option("--b", "-b", help="Candidate engine.")] = "nanobragg-c",
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    overrides_a: SetA = NONE,
    overrides_b: SetB = NONE,
    semantics: SemanticsBoth = NONE,
    semantics_a: SemanticsA = NONE,
    semantics_b: SemanticsB = NONE,
    bounds: Annotated[
        list[str],
        typer.Option("--bound", help="Bounds of a metric: correlation=0.9999: or rmse=:0.1."),
    ] = NONE,
    regions: Annotated[
        list[str],
        typer.Option(
            "--region",
            help="Metrics for a part too: NAME=rect:slow,fast,height,width, NAME=ellipse:slow,fast,"
            "half height,half width, NAME=shell:dmin,dmax (Å) or NAME=masked. May be repeated.",
        ),
    ] = NONE,
    noise_floor: Annotated[
        bool,
        typer.Option(
            "--noise-floor",
            help="Also by how much each engine differs from itself: run again, other precision,"
            " other threads.",
        ),
    ] = False,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="Folder for metrics.json, pictures and a summary."),
    ] = None,
    bundle: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--bundle", help="Folder or .zip for the whole evidence, to be verified."),
    ] = None,
    tolerances: TolerancesFile = None,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Run an experiment twice and say whether the images agree.

    Exit status: 0 they agree, 3 they do not, 2 bad input, 4 an engine or a metric that decides
    failed.
    """
    from braggscope.cli.compare import Wishes, compare_runs
    from braggscope.cli.inputs import Side

    raise typer.Exit(
        compare_runs(
            experiment,
            flags,
            Side(a, (*overrides, *overrides_a), (*semantics, *semantics_a)),
            Side(b, (*overrides, *overrides_b), (*semantics, *semantics_b)),
            Wishes(tuple(bounds), tuple(regions), noise_floor, output, bundle, tolerances),
        )
    )
