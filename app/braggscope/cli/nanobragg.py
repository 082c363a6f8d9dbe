"""`braggscope nanobragg`: a drop-in for the nanoBragg program on any engine."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Run
from braggscope.cli.exit_codes import CANCELLED, ENGINE_FAILED, exit_code_of, report
from braggscope.cli.inputs import open_host
from braggscope.cli.nanobragg_output import Outputs, files_of
from braggscope.cli.progress import wait_for
from braggscope.errors import BraggscopeError, Cancelled, InvalidInput
from braggscope.experiment.nanobragg import CommandLine, parse_command_line
from braggscope.experiment.nanobragg_flags import FLAG_GROUPS
from braggscope.experiment.reflections import is_nanobragg_text, load_reflections
from braggscope.host.discovery import named_engine

#: nanoBragg's exit status for everything that it cannot use (spec section 11).
UNUSABLE: Final = 9
_USAGE: Final = (
    "usage: braggscope nanobragg [--engine ID] [--strict]"
    "\n         -cell A B C AL BE GA | -mat FILE  -hkl FILE | -default_F F  [nanoBragg flags…]"
    "\n       braggscope nanobragg --help lists the flags"
)


@dataclass(frozen=True)
class Options:
    """What stands before the flags.

    Attributes:
        engine: the engine's id, or a TOML file that describes one.
        strict: whether every warning is an error.
    """

    engine: str = "torch-cpu"
    strict: bool = False


def run_nanobragg(arguments: Sequence[str]) -> int:
    """Simulate a nanoBragg command line and write its files; gives the exit status."""
    try:
        if "--help" in arguments:
            print(help_text())  # noqa: T201
            return 0
        options, flags = _split(list(arguments))
        if not flags or flags[0] in ("-h", "-help"):
            print(_USAGE, file=sys.stderr)  # noqa: T201
            return UNUSABLE
        command = parse_command_line(flags, strict=options.strict, implicit_dump=True)
        for warning in command.warnings:
            _warn(warning)
        _simulate(command, options.engine)
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


def _warn(text: str) -> None:
    print(f"WARNING: {text}", file=sys.stderr)  # noqa: T201


def _split(arguments: list[str]) -> tuple[Options, list[str]]:
    """Our own options, and the nanoBragg flags behind them."""
    engine, strict = Options.engine, Options.strict
    while arguments and arguments[0].startswith(("--engine", "--strict")):
        option, equals, value = arguments.pop(0).partition("=")
        if option == "--strict" and not equals:
            strict = True
            continue
        if option == "--engine" and not equals and arguments:
            value = arguments.pop(0)
        if option != "--engine" or not value:
            raise InvalidInput(
                f"{option} cannot be used like this",
                remedy="Write --engine ID (see `braggscope engines`) or --strict",
            )
        engine = value
    return Options(engine, strict), arguments


def _simulate(command: CommandLine, engine: str) -> None:
    """Render, and write all files or none."""
    engine_id, _ = named_engine(engine)
    run = Run(experiment=command.experiment, engine=engine_id, semantics=command.semantics)
    outputs = Outputs.of(command)
    outputs.check()
    for note in _factor_notes(command):
        print(f"note: {note}", file=sys.stderr)  # noqa: T201
    for note in (*command.notes, *command.output.notes):
        print(note)  # noqa: T201
    if command.output.printout:
        _warn("-printout: there is no report here; `braggscope trace SLOW FAST` walks a pixel")
    image = _render(run, is_shown=command.output.progress)
    for note in image.notes:
        if note not in run.setup.notes:
            _warn(note)
    for text, file in files_of(command, run.setup, image.data, outputs):
        print(text)  # noqa: T201
        if file is not None:
            file.write()


def _factor_notes(command: CommandLine) -> tuple[str, ...]:
    """What was taken from a file of structure factors that nanoBragg itself could not read."""
    factors = command.experiment.crystal.structure_factors
    if factors is None or is_nanobragg_text(factors):
        return ()
    return load_reflections(factors).notes


@dataclass(frozen=True, eq=False)
class _Rendered:
    data: NDArray[np.generic]
    notes: tuple[str, ...]


def _render(run: Run, *, is_shown: bool) -> _Rendered:
    with open_host() as host:
        if is_shown:
            image = wait_for(lambda progress: host.render(run, on_progress=progress), run.engine)
        else:
            image = host.render(run).result()
        return _Rendered(np.array(image.data), image.provenance.notes)
