"""nanoBragg command lines as text: from the clipboard and to it. No Qt."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.doubts import doubts
from braggscope.experiment.matrix import write_matrix
from braggscope.experiment.nanobragg import parse_command_line
from braggscope.experiment.reflections import load_reflections, write_hkl
from braggscope.experiment.semantics import Semantics, semantics_text
from braggscope.gui.experiment_panel.wording import sentence, words_of

_TELLING_FLAG: Final = re.compile(
    r"(?:^|\s)-(?:cell|hkl|mat|lambda|distance|pixel|detpixels\w*|detsize\w*|default_F|N[abc]?|misset)\s"
)
_AFTER_COMMAND: Final = {"|", ">", ">>", "2>", "2>&1", "&>", "<", "&", "&&", "||", ";"}


@dataclass(frozen=True)
class Reading:
    """What a pasted command line was understood as.

    Attributes:
        experiment: None when it was not understood.
        message: what it says, or what is wrong with it.
        concerns: what the user should know although it was understood.
    """

    experiment: Experiment | None
    message: str
    concerns: str = ""


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
        command = parse_command_line(arguments, folder, strict=True)
    except BraggscopeError as error:
        return Reading(None, sentence(str(error)))
    message = describe(command.experiment)
    if command.output.files:
        message += f" Output files are left out: {', '.join(command.output.files.values())}."
    try:
        resolve(command.experiment)
    except BraggscopeError as error:
        return Reading(command.experiment, message, f"It cannot be run as it is. {words_of(error)}")
    marked = "; ".join(str(doubt) for doubt in doubts(command.experiment))
    if marked:
        marked = f"The form will mark what nanoBragg would take in silence: {marked}."
    return Reading(command.experiment, message, marked)


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

    hkl: bool
    matrix: bool

    def __bool__(self) -> bool:
        return self.hkl or self.matrix


def missing_files(experiment: Experiment) -> Missing:
    """Which files have to be written before the experiment can be said in flags."""
    return Missing(
        hkl=_refused(experiment, matrix="matrix"), matrix=_refused(experiment, hkl="hkl")
    )


def command_line_of(experiment: Experiment, **files: str) -> str:
    """The experiment as one line for a shell.

    Raises:
        InvalidInput: nanoBragg cannot read one of its files and no other was named.
    """
    return shlex.join(["nanoBragg", *experiment.to_nanobragg(**files)])


def unsaid_in_flags(experiment: Experiment, semantics: Semantics) -> str:
    """What the flags leave out, for the user to know; "" when nothing."""
    unsaid = []
    if experiment.background.water_um:
        unsaid.append("The water background is not on it.")
    if named := semantics_text(semantics):
        unsaid.append(f"The semantics ({named}) are not on it: nanoBragg's own apply.")
    return " ".join(unsaid)


def write_files(experiment: Experiment, *, hkl: str = "", matrix: str = "") -> dict[str, str]:
    """Write what nanoBragg needs as files of its own; returns those names by role.

    Args:
        experiment: what is to be said in flags.
        hkl: path of the text file for the structure factors; "" to write none.
        matrix: path of the matrix file; "" to write none.

    Raises:
        InvalidInput: a file cannot be read, or written.
    """
    factors, said_matrix = experiment.crystal.structure_factors, experiment.crystal.matrix
    try:
        if hkl and factors is not None:
            write_hkl(load_reflections(factors), Path(hkl))
        if matrix and said_matrix is not None:
            write_matrix(said_matrix, Path(matrix))
    except OSError as error:
        raise InvalidInput(
            f"cannot write {error.filename}",
            why=error.strerror or str(error),
            remedy="Choose another place",
        ) from error
    return {role: name for role, name in (("hkl", hkl), ("matrix", matrix)) if name}


def _refused(experiment: Experiment, **files: str) -> bool:
    try:
        experiment.to_nanobragg(**files)
    except InvalidInput:
        return True
    return False
