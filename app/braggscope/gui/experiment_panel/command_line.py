"""nanoBragg command lines as text: from the clipboard and to it. No Qt."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Final

from braggscope.errors import BraggscopeError, InvalidInput, sentence
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.doubts import doubts
from braggscope.experiment.matrix import write_matrix
from braggscope.experiment.nanobragg import CommandLine, parse_command_line
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope.experiment.reflections import load_reflections, write_hkl
from braggscope.experiment.semantics import Semantics, unlike_nanobragg
from braggscope.experiment.smv import load_mask, write_mask
from braggscope.experiment.source_file import write_sources
from braggscope.gui.experiment_panel.wording import words_of

_TELLING_FLAG: Final = re.compile(
    r"(?:^|\s)-(?:cell|hkl|mat|lambda|distance|pixel|detpixels\w*|detsize\w*|default_F|N[abc]?|misset)\s"
)
#: The value of semantics that nanoBragg has flags for, -oversample_omega and the like.
_SAYABLE: Final = "compounding"
_AFTER_COMMAND: Final = {"|", ">", ">>", "2>", "2>&1", "&>", "<", "&", "&&", "||", ";"}


@dataclass(frozen=True)
class Reading:
    """What a pasted command line was understood as.

    Attributes:
        experiment: None when it was not understood.
        message: what it says, or what is wrong with it.
        concerns: what the user should know although it was understood.
        semantics: what the flags say about the meaning of a run.
    """

    experiment: Experiment | None
    message: str
    concerns: str = ""
    semantics: Semantics = field(default_factory=Semantics)


def looks_like_command_line(text: str) -> bool:
    """Whether a text may be a nanoBragg command line."""
    return len(text) < 100_000 and len(_TELLING_FLAG.findall(f"{text} ")) >= 2


def arguments_of(text: str) -> list[str]:
    """The flags and values of a command line as a shell would split it.

    Continued lines are joined; what stands before the first flag (a prompt, the program) and after
    the command (a pipe, a redirection) is left out.

    Raises:
        InvalidInput: a quotation mark is not closed.
    """
    joined = re.sub(r"\\[ \t]*\r?\n", " ", text).strip()
    try:
        words = shlex.split(joined, comments=False)
    except ValueError as error:
        raise InvalidInput(
            "the command line cannot be split into words",
            why=str(error),
            remedy="Close the quotation mark, or write \\' for a single one",
        ) from None
    start = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    end = next((i for i, word in enumerate(words) if word in _AFTER_COMMAND), len(words))
    return words[start:end]


def read_command_line(text: str, folder: Path) -> Reading:
    """Try to understand a command line; relative file names are looked for in folder."""
    if not text.strip():
        return Reading(None, "Paste the command line above.")
    try:
        arguments = arguments_of(text)
        if not arguments:
            return Reading(
                None, "There is no flag in it. Flags look like -cell 100 100 100 90 90 90"
            )
        command = _parsed(arguments, folder)
    except BraggscopeError as error:
        return Reading(None, sentence(str(error)))
    message = describe(command.experiment)
    if command.output.files:
        message += f" Output files are left out: {', '.join(command.output.files.values())}."
    try:
        resolve(command.experiment)
    except BraggscopeError as error:
        problem = f"It cannot be run as it is. {words_of(error)}"
        return Reading(command.experiment, message, problem, command.semantics)
    # What is in doubt nanoBragg would take in silence; the form marks it.
    concerns = "\n".join(f"{sentence(text)}." for text in (*command.warnings, *command.notes))
    return Reading(command.experiment, message, concerns, command.semantics)


def _parsed(arguments: list[str], folder: Path) -> CommandLine:
    """A command line in which nothing is in doubt but values, which the form marks.

    Raises:
        InvalidInput: nanoBragg cannot use it, or a word of it can hardly be meant.
    """
    command = parse_command_line(arguments, folder)
    if len(command.warnings) > len(doubts(command.experiment)):
        return parse_command_line(arguments, folder, strict=True)
    return command


def describe(experiment: Experiment) -> str:
    """An experiment in one line."""
    crystal, detector = experiment.crystal, experiment.detector
    parts = []
    if crystal.cell is not None:
        parts.append("cell " + " ".join(f"{v:g}" for v in crystal.cell.model_dump().values()))
    if crystal.matrix is not None:
        parts.append(f"matrix {crystal.matrix.path.name if crystal.matrix.path else 'given'}")
    if crystal.structure_factors is not None:
        parts.append(crystal.structure_factors.path.name)
    elif crystal.default_F:
        parts.append(f"every F = {crystal.default_F:g}")
    parts.append(f"λ {experiment.beam.wavelength_A:g} Å")
    parts.append(f"{detector.convention.upper()} detector at {detector.distance_mm:g} mm")
    return "Understood: " + ", ".join(parts) + "."


@dataclass(frozen=True)
class Missing:
    """What nanoBragg would need as a file of its own before a command line can name it."""

    hkl: bool = False
    matrix: bool = False
    sources: bool = False
    mask: bool = False

    def roles(self) -> tuple[str, ...]:
        """The names of those that are missing."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))

    def __bool__(self) -> bool:
        return bool(self.roles())


def missing_files(experiment: Experiment) -> Missing:
    """Which files have to be written before the experiment can be said in flags."""
    named = {field.name: field.name for field in fields(Missing)}
    if _refused(experiment, **named):  # No file would help.
        return Missing()
    others = {role: {k: v for k, v in named.items() if k != role} for role in named}
    return Missing(**{role: _refused(experiment, **files) for role, files in others.items()})


def command_line_of(experiment: Experiment, semantics: Semantics, **files: str) -> str:
    """The experiment as one line for a shell, with the semantics that nanoBragg has flags for.

    Raises:
        InvalidInput: nanoBragg cannot read one of its files and no other was named.
    """
    sayable = {
        name: value for name, value in unlike_nanobragg(semantics).items() if value == _SAYABLE
    }
    meant = Semantics.model_validate(sayable)
    named = {field.name: files.get(field.name) for field in fields(Missing)}
    flags = flags_of(experiment, semantics=meant, own_program=False, **named)
    return shlex.join(["nanoBragg", *flags])


def unsaid_in_flags(semantics: Semantics) -> str:
    """What the flags leave out, for the user to know; "" when nothing."""
    unsaid = ", ".join(
        f"{name}={value}"
        for name, value in unlike_nanobragg(semantics).items()
        if value != _SAYABLE
    )
    return f"nanoBragg has no flag for these semantics: {unsaid}." if unsaid else ""


def write_files(experiment: Experiment, **files: str) -> dict[str, str]:
    """Write what nanoBragg needs as files of its own; returns those names by role.

    Args:
        experiment: what is to be said in flags.
        files: where to write what is missing, by its name in Missing.

    Raises:
        InvalidInput: a file cannot be read, or written.
    """
    paths = {role: Path(name) for role, name in files.items()}
    said, setup = experiment.crystal, None
    if {"sources", "mask"} & paths.keys():
        setup = resolve(experiment)
    try:
        if "hkl" in paths and said.structure_factors is not None:
            write_hkl(load_reflections(said.structure_factors), paths["hkl"])
        if "matrix" in paths and said.matrix is not None:
            write_matrix(said.matrix, paths["matrix"])
        if "sources" in paths and setup is not None and experiment.beam.sources is not None:
            direction = setup.beam.direction.tolist()
            write_sources(experiment.beam.sources, paths["sources"], direction)
        if "mask" in paths and setup is not None and experiment.detector.mask is not None:
            mask = load_mask(experiment.detector.mask, setup.detector.shape)
            write_mask(mask, paths["mask"])
    except OSError as error:
        raise InvalidInput(
            f"cannot write {error.filename}",
            why=error.strerror or str(error),
            remedy="Choose another place",
        ) from error
    return files


def _refused(experiment: Experiment, **files: str) -> bool:
    try:
        experiment.to_nanobragg(**files)
    except InvalidInput:
        return True
    return False
