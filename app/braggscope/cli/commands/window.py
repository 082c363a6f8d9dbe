"""`braggscope window`."""

from __future__ import annotations

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.cli.options import ENGINE_FILES, EngineFiles, ExperimentFile


@guarded
def command(experiment: ExperimentFile = None, engine_files: EngineFiles = ENGINE_FILES) -> None:
    """Open the window on an experiment, a session, or an image beside the example."""
    from braggscope.cli.display import check_display

    check_display()
    from braggscope.gui.main import run_window

    raise typer.Exit(run_window(experiment))
