"""`braggscope verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.cli.options import ENGINE_FILES, EngineFiles


@guarded
def command(
    bundle: Annotated[Path, typer.Argument(help="Evidence: a folder or a .zip.")],
    as_json: Annotated[bool, typer.Option("--json", help="All checks as JSON.")] = False,
    runs_programs: Annotated[
        bool,
        typer.Option(
            "--run-programs",
            help="Run the programs of engine files in the bundle, where their engines are not known"
            " here. Trust whoever made it.",
        ),
    ] = False,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Run a bundle's comparison again and say whether what it says still holds.

    Exit status: 0 it holds, 3 it does not, 2 bad input, 4 something cannot be repeated here.
    """
    from braggscope.cli.evidence import verify_bundle

    raise typer.Exit(verify_bundle(bundle, as_json=as_json, runs_programs=runs_programs))
