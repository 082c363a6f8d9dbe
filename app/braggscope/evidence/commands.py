"""The command lines that make a bundle's runs again, for its folder."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import Final

from braggscope.api import DetectorImage, InvalidInput, Run
from braggscope.evidence.bundle import Evidence
from braggscope.evidence.inputs import Inputs
from braggscope.experiment.nanobragg_inputs import write_inputs
from braggscope.experiment.nanobragg_writer import flags_of

_EXTERNAL: Final = "nanobragg-c"
_PROGRAM: Final = "nanoBragg"
_DROP_IN: Final = "braggscope nanobragg --engine"


def commands_of(evidence: Evidence, inputs: Inputs) -> str:
    """Of both runs, as lines of a shell; files that they need are put into the bundle."""
    sides = zip("AB", evidence.runs, evidence.images, strict=True)
    return "\n".join(
        _command(letter, run, image, inputs, path_options(evidence, run))
        for letter, run, image in sides
    )


def path_options(evidence: Evidence, run: Run) -> frozenset[str]:
    """Options of a run that name image files, which belong into the bundle."""
    engine = evidence.engines.get(run.engine)
    options = engine.options if engine is not None else ()
    return frozenset(one.name for one in options if one.kind == "path" and one.patterns)


def _command(
    letter: str, run: Run, image: DetectorImage, inputs: Inputs, paths: frozenset[str]
) -> str:
    # Of a file its name: where it lay is nobody's business.
    said = ((name, Path(v).name if name in paths else v) for name, v in run.options if v)
    options = "".join(f",{name}={value}" for name, value in said)
    lines = [f"# {letter}: {run.engine}{options}"]
    ran = image.provenance.command
    if ran:
        # With the folders of the machine it ran on: not to be run again as it is.
        lines.append(f"# run as: {shlex.join(ran)}".replace("\n", " "))
    files = [value for name, value in run.options if name in paths]
    if files:
        return "\n".join([*lines, f"# {letter} is no simulation but a file; a copy is in inputs/"])
    return "\n".join([*lines, _flags(letter, run, inputs)])


def _flags(letter: str, run: Run, inputs: Inputs) -> str:
    own = run.engine != _EXTERNAL or bool(run.semantics.model_dump(exclude_defaults=True))
    try:
        experiment = run.effective_experiment
        with tempfile.TemporaryDirectory(prefix="braggscope-bundle-") as scratch:
            folder = Path(scratch)
            names = {
                key: inputs.copied(folder / name, f"{letter.lower()}_")
                for key, name in write_inputs(experiment, run.setup, folder).items()
            }
        flags = flags_of(experiment, semantics=run.semantics, own_program=own, **names)
    except InvalidInput as error:
        return f"# {letter} cannot be said in nanoBragg's flags: {error}".replace("\n", " ")
    # Other engines take the same flags by way of the drop-in.
    program = _PROGRAM if run.engine == _EXTERNAL else f"{_DROP_IN} {shlex.quote(run.engine)}"
    return f"{program} {shlex.join(flags)}"
