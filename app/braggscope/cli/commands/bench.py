"""`braggscope bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.cli.options import ENGINE_FILES, NONE, EngineFiles


@guarded
def command(
    workloads: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            help="W1, W2, W4, W5, W6n, W6t, W7, W8, and with one step W6n1, W6t1. Default: all but"
            " those of one step.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[
        list[str],
        typer.Option(
            "--engine",
            "-e",
            help="Engine, such as torch-cpu,precision=mixed, or NB_C_BIN for the program that this"
            " environment variable names; may be repeated. The first one is the reference."
            " nanobragg-c is Braggscope's own C program. Default: nanobragg-c, NB_C_BIN where it is"
            " set, and torch-cpu in both precisions.",
        ),
    ] = NONE,
    repeats: Annotated[int, typer.Option("--repeats", help="Warm runs of each.")] = 7,
    full_frame: Annotated[
        bool,
        typer.Option("--full-frame", help="One 4096² frame on each engine, with the verdict."),
    ] = False,
    scaling: Annotated[
        bool, typer.Option("--scaling", help="Times over pixels, steps and threads.")
    ] = False,
    output: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--output", "-o", help="JSON file for everything that was measured."),
    ] = None,
    plot: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "--plot",
            help="Picture of the times, .svg or .png; the roofline goes beside it as …-roofline,"
            " the scaling as …-scaling.",
        ),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables for docs/performance.md.")
    ] = False,
    source: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--from", help="Show a JSON file of --output instead of measuring."),
    ] = None,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Measure how fast the engines are here, in turns, and how far they are from the first one.

    Exit status: 0, 3 a full frame does not agree, 2 bad input, 4 an engine failed.
    """
    from braggscope.cli.bench import Wishes, run_bench

    wishes = Wishes(
        workloads or [], engine, repeats, full_frame, scaling, output, plot, markdown, source
    )
    raise typer.Exit(run_bench(wishes))
