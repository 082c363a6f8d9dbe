"""`braggscope plugins`."""

from __future__ import annotations

from typing import Annotated

import typer

from braggscope.cli.exit_codes import guarded
from braggscope.cli.options import ENGINE_FILES, EngineFiles


@guarded
def command(
    check: Annotated[
        bool, typer.Option("--check", help="Also import every part that a plugin names.")
    ] = False,
    engine_files: EngineFiles = ENGINE_FILES,
) -> None:
    """List the plugins: from where, which version, and what is wrong with them."""
    from braggscope.cli.listing import list_plugins

    raise typer.Exit(list_plugins(check))
