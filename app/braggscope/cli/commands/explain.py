"""`braggscope explain`."""

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
    a: Annotated[
        str, typer.Option("--a", "-a", help="Engine that is trusted, and whose run is changed.")
    ] = "torch-cpu",
    b: Annotated[str, typer.Option("--b", "-b", help="Engine to be explained.")] = "nanobragg-c",
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    overrides_a: SetA = NONE,
    overrides_b: SetB = NONE,
    semantics: SemanticsBoth = NONE,
    semantics_a: SemanticsA = NONE,
    semantics_b: SemanticsB = NONE,
    samples: Annotated[
        int, typer.Option("--samples", min=0, max=100_000, help="Pixels to trace; 0: none.")
    ] = 40,
    where: Annotated[
        list[str],
        typer.Option(
            "--where",
            help="How to choose pixels to trace: difference, strongest or grid; may be repeated."
            " Default: in all three ways.",
        ),
    ] = NONE,
    region: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--region",
            help="Trace pixels and try changes in a part of the image alone: rect:slow,fast,height,"
            "width, ellipse:slow,fast,half height,half width, shell:dmin,dmax (Å) or masked.",
        ),
    ] = None,
    refines: Annotated[
        bool, typer.Option("--refine", help="As many again, between neighbours that disagree.")
    ] = False,
    map_file: Annotated[
        Path | None,
        typer.Option("--map", help="Save the map of first divergences: .png .svg .csv or .json."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole result as JSON.")] = False,
    tolerances: TolerancesFile = None,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Say where two runs begin to differ, and which one change of A gives the image of B.

    Exit status: 0 they differ by rounding alone, 3 by more, 2 bad input, 4 an engine failed.
    """
    from braggscope.cli.explain import Wishes, explain_runs
    from braggscope.cli.inputs import Side

    raise typer.Exit(
        explain_runs(
            experiment,
            flags,
            Side(a, (*overrides, *overrides_a), (*semantics, *semantics_a)),
            Side(b, (*overrides, *overrides_b), (*semantics, *semantics_b)),
            Wishes(samples, tuple(where), region, refines, map_file, as_json, tolerances),
        )
    )
