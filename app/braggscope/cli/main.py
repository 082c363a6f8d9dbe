"""The command `braggscope`: the window, and the same things without one."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup

from braggscope import __version__
from braggscope.cli.exit_codes import BAD_INPUT
from braggscope.openable import IMAGES, OPENABLE, is_evidence, is_image

#: In the order of --help; each is the module of that name in `braggscope.cli.commands`.
COMMANDS: Final = (
    "window", "simulate", "compare", "verify", "trace", "explain", "engines", "plugins", "convert",
    "nanobragg", "bench", "self-test",
)  # fmt: skip
#: Those that ask an engine first thing: a worker comes up while they import and read.
_ASKING: Final = ("window", "simulate", "compare", "verify", "trace", "explain", "nanobragg")


class _Commands(TyperGroup):
    """Commands by name; only the one that is asked for is imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        return command_of(cmd_name)


def command_of(name: str) -> Any:
    """A command as click runs it."""
    module = import_module(f"braggscope.cli.commands.{name.replace('-', '_')}")
    found = module.command
    if not isinstance(found, typer.Typer):
        found = typer.Typer(add_completion=False, rich_markup_mode=None)
        found.command(name, context_settings=getattr(module, "CONTEXT", None))(module.command)
    command = typer.main.get_command(found)
    command.name = name
    return command


app = typer.Typer(
    name="braggscope",
    help="See whether and where two X-ray diffraction simulators differ.",
    cls=_Commands,
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@app.callback(invoke_without_command=True)
def _no_command(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(f"braggscope {__version__}")
        raise typer.Exit()
    if context.invoked_subcommand is None:
        from braggscope.cli.commands.window import command

        command(None)


def _refuse_negative_index(arguments: list[str]) -> None:
    """An option parser would call a pixel's index below 0 an unknown option."""
    before = ["", *arguments]
    for option, word in zip(before, arguments, strict=False):
        if re.fullmatch(r"-\d+", word) and not option.startswith("-"):
            typer.echo(
                f"braggscope: the index {word} is not on the detector. Slow and fast begin at 0.",
                err=True,
            )
            raise SystemExit(BAD_INPUT)


def opens_in_window(name: str) -> bool:
    """Whether a first word is no command but a file for the window."""
    path = Path(name)
    return name.lower().endswith(OPENABLE) or is_image(path) or is_evidence(path)


def _worker_ahead(given: list[str]) -> AbstractContextManager[None]:
    if given[0] not in _ASKING or "--help" in given:
        return nullcontext()
    from braggscope.host.head_start import early_worker

    return early_worker()


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the command; gives the exit status by SystemExit."""
    try:
        return _main(arguments)
    except KeyboardInterrupt:
        # Commands answer themselves; this is Ctrl+C while they are imported.
        from braggscope.cli.exit_codes import CANCELLED, report
        from braggscope.errors import Cancelled

        report(Cancelled())
        raise SystemExit(CANCELLED) from None


def _main(arguments: list[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] == "--worker":
        from braggscope.worker import main as worker_main

        return worker_main(given[1:])
    if given and given[0] == "--qt-probe":
        from braggscope.cli.qt_probe import main as probe_main

        return probe_main()
    if given and given[0] == "nanobragg":
        # nanoBragg's flags have one dash and long names, which no option parser would leave alone.
        with _worker_ahead(given):
            from braggscope.cli.nanobragg import run_nanobragg

            raise SystemExit(run_nanobragg(given[1:]))
    if given and given[0] == "trace":
        _refuse_negative_index(given[1:])
    if given and opens_in_window(given[0]):
        given = ["window", *given]
    elif given and not given[0].startswith("-") and given[0] not in COMMANDS:
        typer.echo(
            f"braggscope: there is no command {given[0]!r}. Commands: {', '.join(COMMANDS)};"
            f" a file that ends in {', '.join((*OPENABLE, *IMAGES))} opens in the window.",
            err=True,
        )
        raise SystemExit(BAD_INPUT)
    with _worker_ahead(given or ["window"]):
        app(given)
    return 0
