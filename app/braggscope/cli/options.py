"""Options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Optional

import typer

from braggscope.cli.exit_codes import guarded

ExperimentFile = Annotated[
    Optional[Path],  # noqa: UP045 - typer needs it spelled out
    typer.Argument(
        help="Experiment: TOML, or another format that says all of it. Default: the example.",
        show_default=False,
    ),
]
FlagsText = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--flags", help="A nanoBragg command line instead of a file."),
]
SetBoth = Annotated[
    list[str], typer.Option("--set", help="Set a field: path=value or path*=factor.")
]
SetA = Annotated[list[str], typer.Option("--set-a", help="As --set, for A alone.")]
SetB = Annotated[list[str], typer.Option("--set-b", help="As --set, for B alone.")]
SemanticsBoth = Annotated[
    list[str],
    typer.Option("--semantics", help="Meaning of a surprise: option=value, or physical for all."),
]
SemanticsA = Annotated[list[str], typer.Option("--semantics-a", help="As --semantics, A alone.")]
SemanticsB = Annotated[list[str], typer.Option("--semantics-b", help="As --semantics, B alone.")]
TolerancesFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--tolerances",
        metavar="FILE.toml",
        help="Tolerances of traces in place of the profiles' own, as the window saves them.",
    ),
]
NONE: Final[list[str]] = []


def announce_files(names: list[str]) -> list[str]:
    """Have engine files looked at; for the option --engine-file."""
    from braggscope.engine_files.finding import announce, announce_file

    for name in names:
        path = Path(name).expanduser()
        if path.is_dir():
            guarded(announce)([path])
        else:
            guarded(announce_file)(path)
    return names


EngineFiles = Annotated[
    list[str],
    typer.Option(
        "--engine-file",
        callback=announce_files,
        metavar="FILE.toml",
        help="Also know the engine that this file describes; may be a folder, and repeated.",
    ),
]
ENGINE_FILES: Final[list[str]] = []
