"""`braggscope nanobragg`."""

from __future__ import annotations

from typing import Any, Final

import typer

#: nanoBragg's flags are not for the option parser.
CONTEXT: Final[dict[str, Any]] = {"ignore_unknown_options": True, "allow_extra_args": True}


def command(context: typer.Context) -> None:
    """A drop-in for the nanoBragg program: braggscope nanobragg [--engine ID] FLAGS…"""
    from braggscope.cli.nanobragg import run_nanobragg

    raise typer.Exit(run_nanobragg(context.args))
