"""`braggscope engines`: list them, try out an engine file, write an example of one."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from braggscope.cli.exit_codes import AGREES, DIFFERS, ENGINE_FAILED, guarded
from braggscope.cli.options import ENGINE_FILES, EngineFiles
from braggscope.errors import InvalidInput

command = typer.Typer(
    help="List the engines, and try out files that describe one (docs/adapters.md).",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode=None,
)
_SIGNS: Final = {
    "ok": "✓", "differs": "≠", "ignored": "≠", "refused": "–", "failed": "✗", "missing": "–",
}  # fmt: skip


@command.callback(invoke_without_command=True)
def engines(context: typer.Context, engine_files: EngineFiles = ENGINE_FILES) -> None:
    """List the engines and whether they can run here."""
    if context.invoked_subcommand is None:
        raise typer.Exit(_list())


@guarded
def _list() -> int:
    from braggscope.cli.listing import list_engines

    return list_engines()


@command.command()
@guarded
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="File with an engine.")],
    as_json: Annotated[bool, typer.Option("--json", help="All findings as JSON.")] = False,
) -> None:
    """Try an engine file out on tiny experiments, against Braggscope's own C program.

    Exit status: 0 what it promises works, 3 something differs, 2 the file is wrong, 4 there is no
    image or no trace.
    """
    raise typer.Exit(check_engine(file, as_json=as_json))


@command.command()
@guarded
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="File to write.")],
) -> None:
    """Write an example of an engine file, with every key explained."""
    from braggscope.engine_files.template import example
    from braggscope.whole_files import write_text

    if file.suffix != ".toml":
        raise InvalidInput(f"{file} does not end in .toml", remedy="Engine files are TOML files")
    if file.exists():
        raise InvalidInput(f"{file} is there already", remedy="Choose another name")
    name = re.sub(r"[^A-Za-z0-9_.+-]", "-", file.stem).lstrip("_.+-") or "my-port"
    write_text(file, example(name))
    Console().print(
        f"{file}: written. Say your command in it, then: braggscope engines check {file}",
        highlight=False,
        soft_wrap=True,
    )


def check_engine(path: Path, *, as_json: bool) -> int:
    """Try everything, print a table; gives the exit status."""
    from braggscope.cli.inputs import open_host
    from braggscope.cli.progress import Teller
    from braggscope.engine_check.checking import Checker, Finding
    from braggscope.engine_files.finding import announce_file
    from braggscope.engine_files.reading import read_description
    from braggscope.host.settings import load_settings

    description = read_description(path)
    announce_file(path)
    settings, problem = load_settings()
    if problem is not None:
        raise problem
    own = {**settings.engine("nanobragg-c"), "program": "own"}
    settings = settings.model_copy(update={"engines": {**settings.engines, "nanobragg-c": own}})
    found = [Finding("file", "ok", str(path))]
    with (
        open_host(settings) as host,
        tempfile.TemporaryDirectory(prefix="engine-check-") as folder,
        Teller("check") as tell,
    ):
        reference = "nanobragg-c"
        if not host.availability(reference).result().available:
            reference = "torch-cpu"
        for finding in Checker(host, description, reference, Path(folder)).findings():
            found.append(finding)
            tell(min(1.0, len(found) / 27.0), finding.name)
    if as_json:
        print(json.dumps([asdict(finding) for finding in found], indent=2))  # noqa: T201
    else:
        _show(found, description.title)
    return _status(found)


def _show(found: list[Any], title: str) -> None:
    from braggscope.cli.tables import Sheet

    console = Console()
    sheet = Sheet("", "tried", "result", "found", keys=3)
    for finding in found:
        style = "red" if finding.is_fault else "dim" if finding.state != "ok" else ""
        sheet.add(_SIGNS[finding.state], finding.name, finding.state, finding.text, style=style)
    sheet.show(console)
    faults = [finding for finding in found if finding.is_fault]
    console.print(
        f"{title}: what it promises works."
        if not faults
        else f"{title}: to mend: {', '.join(finding.name for finding in faults)}.",
        highlight=False,
        soft_wrap=True,
    )


def _status(found: list[Any]) -> int:
    essential = ("program", "image", "trace")
    if any(one.state == "failed" and one.name in essential for one in found):
        return ENGINE_FAILED
    return DIFFERS if any(one.is_fault for one in found) else AGREES
