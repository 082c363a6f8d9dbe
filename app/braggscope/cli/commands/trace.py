"""`braggscope trace`."""

from __future__ import annotations

from typing import Annotated

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
    slow: Annotated[int | None, typer.Argument(help="Slow index of the pixel.")] = None,
    fast: Annotated[int | None, typer.Argument(help="Fast index of the pixel.")] = None,
    experiment: ExperimentFile = None,
    a: Annotated[str, typer.Option("--a", "-a", help="Reference engine, or a log.")] = "torch-cpu",
    b: Annotated[
        str, typer.Option("--b", "-b", help="Candidate engine, or a log; empty traces A alone.")
    ] = "nanobragg-c",
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    overrides_a: SetA = NONE,
    overrides_b: SetB = NONE,
    semantics: SemanticsBoth = NONE,
    semantics_a: SemanticsA = NONE,
    semantics_b: SemanticsB = NONE,
    every_row: Annotated[
        bool, typer.Option("--all", help="Every variable, not only those that tell the story.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As --format json.")] = False,
    form: Annotated[
        str,
        typer.Option("--format", help="table, json, complete (TRACE2 lines), trace_c (original)."),
    ] = "table",
    asymmetry: Annotated[
        bool,
        typer.Option(
            "--asymmetry",
            help="First, last, mean and range over the sub-pixels, beside those of the centre;"
            " without a pixel of an edge and a corner.",
        ),
    ] = False,
    tolerances: TolerancesFile = None,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Walk a pixel through its physics on two engines, to the first variable that differs.

    Instead of an engine, -a and -b take the log of a program that was run elsewhere.

    Exit status: 0 nothing differs, 3 something does, 2 bad input, 4 an engine failed.
    """
    from braggscope.cli.inputs import Side
    from braggscope.cli.trace import trace_pixel, trace_place

    side_a = Side(a, (*overrides, *overrides_a), (*semantics, *semantics_a))
    side_b = Side(b, (*overrides, *overrides_b), (*semantics, *semantics_b)) if b else None
    form = "json" if as_json else form
    place = trace_place(slow, fast, needed=not asymmetry)
    if tolerances is not None and (asymmetry or side_b is None):
        from braggscope.errors import InvalidInput

        raise InvalidInput(
            "--tolerances has no effect here",
            why="nothing is held against anything",
            remedy="Leave it out, or compare two sides without --asymmetry",
        )
    if asymmetry:
        from braggscope.cli.asymmetry import show_asymmetry

        raise typer.Exit(
            show_asymmetry(
                experiment,
                flags,
                place,
                [side for side in (side_a, side_b) if side is not None],
                form=form,
                every_row=every_row,
            )
        )
    assert place is not None
    raise typer.Exit(
        trace_pixel(
            experiment,
            flags,
            place,
            side_a,
            side_b,
            form=form,
            every_row=every_row,
            tolerances=tolerances,
        )
    )
