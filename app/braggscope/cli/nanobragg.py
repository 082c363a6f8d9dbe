"""`braggscope nanobragg`: a drop-in for the nanoBragg program on any engine."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from braggscope.api import Run
from braggscope.cli.exit_codes import CANCELLED, ENGINE_FAILED, exit_code_of, report
from braggscope.cli.inputs import open_host
from braggscope.cli.progress import wait_for
from braggscope.errors import BraggscopeError, Cancelled, InvalidInput
from braggscope.experiment.nanobragg import CommandLine, parse_command_line
from braggscope.experiment.nanobragg_flags import FLAG_GROUPS
from braggscope.io.files import check_writable
from braggscope.io.images import write_raw

#: nanoBragg's exit status for everything that it cannot use (spec section 11).
UNUSABLE: Final = 9
_USAGE = (
    "usage: braggscope nanobragg [--engine ID] -cell A B C AL BE GA | -mat FILE\n      "
    "  -hkl FILE | -default_F F  [nanoBragg flags…]"
)
_NOT_WRITTEN: Final = {"int": "-intfile", "pgm": "-pgmfile", "noise": "-noisefile"}


def run_nanobragg(arguments: Sequence[str]) -> int:
    """Simulate a nanoBragg command line and write its float file; gives the exit status."""
    try:
        if "--help" in arguments:
            print(help_text())  # noqa: T201
            return 0
        engine, flags = _split(list(arguments))
        if not flags:
            print(_USAGE, file=sys.stderr)  # noqa: T201
            return UNUSABLE
        command = parse_command_line(flags)
        _warn_about_files(command)
        _simulate(command, engine)
    except BraggscopeError as error:
        report(error)
        status = exit_code_of(error)
        return status if status in (ENGINE_FAILED, CANCELLED) else UNUSABLE
    except KeyboardInterrupt:
        report(Cancelled())
        return CANCELLED
    return 0


def help_text() -> str:
    """The usage, and all flags by group with how many words follow each."""
    lines = [_USAGE, "", "A drop-in for the nanoBragg program on any engine.", ""]
    for group, flags in FLAG_GROUPS.items():
        words = dict.fromkeys(f"{flag.text}{' N' * flag.words}" for flag in flags)
        lines += [f"{group}:", *textwrap.wrap(", ".join(w.replace(" ", "\0") for w in words), 76)]
    text = "\n".join(lines).replace("\0", " ")
    return (
        f"{text}\n\nEach N is a word: a number, a file or a name. Most flags may be written longer"
        " (-mosaic_spread)."
    )


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    """The engine's id and the nanoBragg flags."""
    if not arguments or not arguments[0].startswith("--engine"):
        return "torch-cpu", arguments
    first = arguments.pop(0)
    if first.startswith("--engine="):
        return first.removeprefix("--engine="), arguments
    if first != "--engine" or not arguments:
        raise InvalidInput("--engine needs the id of an engine", remedy="See `braggscope engines`")
    return arguments[0], arguments[1:]


def _warn_about_files(command: CommandLine) -> None:
    for kind, flag in _NOT_WRITTEN.items():
        if kind in command.output.files:
            print(  # noqa: T201
                f"WARNING: {flag} {command.output.files[kind]}: not written yet", file=sys.stderr
            )


def _simulate(command: CommandLine, engine: str) -> None:
    run = Run(experiment=command.experiment, engine=engine)
    for note in run.setup.notes:
        print(f"WARNING: {note}", file=sys.stderr)  # noqa: T201
    outputs = _outputs(command)
    for path in outputs.values():
        check_writable(path)
    with open_host() as host:
        image = wait_for(lambda progress: host.render(run, on_progress=progress), engine)
        for dtype, path in outputs.items():
            size = np.dtype(dtype).itemsize
            print(f"writing {path} as {image.data.size} {size}-byte floats")  # noqa: T201
            write_raw(image.data, path, dtype)
        slow, fast = np.unravel_index(int(np.nanargmax(image.data)), image.shape)
        print(f"max_I = {float(image.data[slow, fast]):g}  at slow {slow}, fast {fast}")  # noqa: T201


def _outputs(command: CommandLine) -> dict[str, Path]:
    """Type of number -> file; nanoBragg's default when none is named."""
    kinds = {"float": "float32", "float64": "float64"}
    named = {kinds[k]: Path(name) for k, name in command.output.files.items() if k in kinds}
    return named or {"float32": Path("floatimage.bin")}
