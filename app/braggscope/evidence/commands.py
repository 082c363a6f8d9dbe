"""The command lines that make a bundle's runs again, for its folder."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

from braggscope.api import DetectorImage, InvalidInput, Run
from braggscope.evidence.bundle import Evidence
from braggscope.evidence.inputs import Inputs
from braggscope.experiment.nanobragg_inputs import write_inputs
from braggscope.experiment.nanobragg_writer import flags_of


def commands_of(evidence: Evidence, inputs: Inputs) -> str:
    """Of both runs, as lines of a shell; files that they need are put into the bundle."""
    sides = zip("AB", evidence.runs, evidence.images, strict=True)
    return "\n".join(_command(letter, run, image, inputs) for letter, run, image in sides)


def _command(letter: str, run: Run, image: DetectorImage, inputs: Inputs) -> str:
    options = "".join(f",{name}={value}" for name, value in run.options if value)
    lines = [f"# {letter}: {run.engine}{options}"]
    ran = image.provenance.command
    if ran:
        # With the folders of the machine it ran on: not to be run again as it is.
        lines.append(f"# run as: {shlex.join(ran)}".replace("\n", " "))
    return "\n".join([*lines, _flags(letter, run, inputs)])


def _flags(letter: str, run: Run, inputs: Inputs) -> str:
    own = run.engine != "nanobragg-c" or bool(run.semantics.model_dump(exclude_defaults=True))
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
    return f"nanoBragg {shlex.join(flags)}"
