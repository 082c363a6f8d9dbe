"""`braggscope self-test`."""

from __future__ import annotations

from typing import Annotated

import typer

from braggscope.cli.exit_codes import guarded


@guarded
def command(
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check this installation: imports, Qt, plugins, every engine, and their parity."""
    from braggscope.cli.self_test import run_self_test

    raise typer.Exit(run_self_test(as_json))
