"""The nanoBragg command line as a dialect of the experiment (spec cli.md).

What nanoBragg accepts is accepted, with a warning where it can hardly be meant. What makes it give
up, crash or compute with undefined numbers is an error.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from braggscope.errors import InvalidInput
from braggscope.experiment.doubts import doubts
from braggscope.experiment.model import Experiment
from braggscope.experiment.nanobragg_finish import complete
from braggscope.experiment.nanobragg_flags import FLAGS, Flag
from braggscope.experiment.nanobragg_headers import read_headers
from braggscope.experiment.nanobragg_state import Reader
from braggscope.experiment.semantics import Semantics

_KNOWN: Final = sorted({flag.text for flag in FLAGS})
_STRAY: Final = "belongs to no flag"
#: How many doubts an error names beside its cause.
_DOUBTS_SHOWN: Final = 3
_NUMBER: Final = re.compile(r"^-?(\d|\.\d)")


@dataclass(frozen=True)
class OutputFlags:
    """What a command line says about output; not part of the experiment.

    Attributes:
        files: kind of file ("float", "float64", "int", "pgm", "noise") -> name given.
        seen: every output flag met, as typed.
        int_scale: ADU per photon of the integer image; 0 or less chooses it.
        adc: offset of the integer and noise images, ADU.
        pgm_scale: grey levels per photon of the PGM picture; 0 or less chooses it.
        wants_float, wants_int, wants_pgm, wants_noise, wants_dump: whether each file is wanted.
        noise_seed: seed of the noise; from the clock where none was given.
        dump_name: name of the dump file.
        progress, printout: whether these are printed.
        printout_pixel: (fast, slow) of the only pixel to print.
        notes: a seed of the noise that was drawn.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    int_scale: float = 0.0
    adc: float = 40.0
    pgm_scale: float = 0.0
    wants_float: bool = True
    wants_int: bool = True
    wants_pgm: bool = True
    wants_noise: bool = True
    wants_dump: bool = True
    noise_seed: int = 1
    dump_name: str = "Fdump.bin"
    progress: bool = True
    printout: bool = False
    printout_pixel: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CommandLine:
    """A parsed nanoBragg command line.

    Attributes:
        experiment: what it simulates.
        semantics: its options; nanoBragg's own but for -oversample_* and -semantics.
        output: what it says about output.
        warnings: what was accepted and can hardly be meant, each with its flag.
        notes: what the user should know of the experiment: a seed that was drawn.
    """

    experiment: Experiment
    semantics: Semantics
    output: OutputFlags
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_command_line(
    argv: Sequence[str],
    folder: Path | None = None,
    *,
    strict: bool = False,
    implicit_dump: bool = False,
) -> CommandLine:
    """Read nanoBragg flags; a leading program name is skipped.

    Args:
        argv: the arguments.
        folder: what relative file names are relative to; the current directory if None.
        strict: whether every warning is an error.
        implicit_dump: whether an existing dump file is used where nothing names one (Q36).

    Raises:
        InvalidInput: nanoBragg could not use it, or would compute undefined numbers; the message
            names the flag.
    """
    arguments = [str(argument) for argument in argv]
    if arguments and not arguments[0].startswith("-"):
        arguments = arguments[1:]
    reader = Reader((folder or Path.cwd()).absolute())
    seed = int(time.time())
    try:
        read_headers(reader, arguments)
        _read_flags(reader, arguments)
        reader.words = ""
        notes = complete(reader, seed, strict=strict, implicit_dump=implicit_dump)
        reader.sources.setdefault("", "the command line")
        said = {group: part for group, part in reader.data.items() if part or group == "crystal"}
        experiment = Experiment.build(said, reader.sources, strict=False)
    except InvalidInput as error:
        error.why = _with_doubts(error.why, reader.warnings)
        raise
    for doubt in doubts(experiment):
        reader.warn(f"{_flag_of(reader, doubt.path)}{doubt}")
    if strict:
        _refuse(reader.warnings)
    output = _output(reader, seed)
    return CommandLine(experiment, reader.semantics, output, tuple(reader.warnings), notes)


def _with_doubts(why: str, warnings: Sequence[str]) -> str:
    """A cause, and the doubts that may be behind it: a misspelt -cell is a missing cell."""
    telling = [text for text in warnings if _STRAY not in text] or list(warnings)
    shown, more = telling[:_DOUBTS_SHOWN], len(telling) - _DOUBTS_SHOWN
    if more > 0:
        shown.append(f"and {more} more doubts")
    return "; ".join(part for part in (why, *shown) if part)


def _output(reader: Reader, clock: int) -> OutputFlags:
    is_drawn = "noise_seed" not in reader.output and reader.output.get("wants_noise", True)
    return OutputFlags(
        files=dict(reader.files),
        seen=tuple(reader.seen_output),
        notes=(f"the noise has the seed {clock}, from the clock",) if is_drawn else (),
        **{"noise_seed": clock, **reader.output},
    )


def experiment_from_flags(
    argv: Sequence[str], folder: Path | None = None, *, strict: bool = False
) -> Experiment:
    """The experiment that a nanoBragg command line describes; see `parse_command_line`."""
    return parse_command_line(argv, folder, strict=strict).experiment


def _read_flags(reader: Reader, arguments: Sequence[str]) -> None:
    """Every argument is looked at, also those that were values before (spec cli.md section 1)."""
    values_of: dict[int, str] = {}
    for position, argument in enumerate(arguments):
        flags = [flag for flag in FLAGS if flag.matches(argument)]
        if not argument.startswith("-") or not flags:
            if position not in values_of:
                reader.warn(_unknown(argument))
            continue
        if "=" in argument:
            flag_text, _, value = argument.partition("=")
            reader.warn(f"{argument}: nanoBragg knows no =; write {flag_text} {value}")
        if position in values_of:
            reader.warn(f"{argument}, the value of {values_of[position]}, acts as a flag too")
        main = max(flags, key=lambda flag: len(flag.text))
        for flag in flags:
            rest = list(arguments[position + 1 :])
            values = flag.take(rest)
            if values is None:
                _too_few(reader, flag, argument, quiet=flag is not main)
                continue
            reader.words = " ".join([argument, *values])
            flag.action(reader, argument, values)
            if flag is main:
                end = position + 1 + len(values)
                values_of |= dict.fromkeys(range(position + 1, end), argument)


def _too_few(reader: Reader, flag: Flag, argument: str, *, quiet: bool) -> None:
    if flag.essential:
        raise InvalidInput(
            f"{argument} needs a value",
            where=argument,
            why="" if flag.text == "-semantics" else "nanoBragg crashes here",
            remedy="Give the value, or remove the flag",
        )
    if not quiet:
        reader.warn(f"{argument}: ignored, because too little follows it")


def _unknown(argument: str) -> str:
    if not argument.startswith("-") or _NUMBER.match(argument):
        return f"{argument!r} {_STRAY}; nanoBragg ignores it"
    close = difflib.get_close_matches(argument, _KNOWN, n=1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"{argument} is not a flag of nanoBragg, which ignores it{hint}"


def _flag_of(reader: Reader, path: str) -> str:
    """The words that said a field, for the front of a message."""
    while path:
        if path in reader.said:
            return f"{reader.said[path]}: "
        path = path.rpartition(".")[0]
    return ""


def _refuse(warnings: Sequence[str]) -> None:
    if not warnings:
        return
    raise InvalidInput(
        "the command line can hardly be meant as it is"
        if len(warnings) == 1
        else f"{len(warnings)} things on the command line can hardly be meant",
        why="; ".join(warnings),
        remedy="Correct or remove it and try again",
    )
