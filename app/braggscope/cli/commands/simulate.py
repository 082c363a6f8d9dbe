"""`braggscope simulate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.cli.options import (
    ENGINE_FILES,
    NONE,
    EngineFiles,
    ExperimentFile,
    FlagsText,
    SemanticsBoth,
    SetBoth,
)


@guarded
def command(
    experiment: ExperimentFile = None,
    engine: Annotated[
        str, typer.Option("--engine", "-e", help="Engine, such as torch-cpu,precision=mixed.")
    ] = "torch-cpu",
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Image to write, by its suffix: .npy .npz .h5 .cbf .img .tif .bin.",
        ),
    ] = Path("image.npy"),
    flags: FlagsText = None,
    overrides: SetBoth = NONE,
    semantics: SemanticsBoth = NONE,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """Make one detector image."""
    from braggscope.cli.inputs import Side
    from braggscope.cli.simulate import simulate_to_file

    simulate_to_file(experiment, flags, Side(engine, overrides, semantics), output)
