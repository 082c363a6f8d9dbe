"""What a program is given: flags, and files in the form that nanoBragg reads."""

from __future__ import annotations

from pathlib import Path

from braggscope.api import Run
from braggscope.experiment import Experiment
from braggscope.experiment.nanobragg_inputs import write_inputs
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope_external.program import Program


def flags_for(program: Program, run: Run, folder: Path) -> list[str]:
    """The run as flags of a program; its input files are put into the folder.

    Raises:
        InvalidInput: an input file cannot be read, or an option cannot be said to this program.
    """
    experiment = with_region(run)
    flags = flags_of(
        experiment,
        semantics=run.semantics,
        own_program=program.knows_semantics,
        **write_inputs(experiment, run.setup, folder),
    )
    quiet = ["-nodump", "-noint"] if program.knows_semantics else []
    return [*flags, *quiet, "-nonoise", "-nopgm"]


def with_region(run: Run) -> Experiment:
    """The experiment whose region of interest is the run's."""
    if run.region is None:
        return run.effective_experiment
    roi = run.setup.detector.roi
    return run.effective_experiment.with_override("detector.roi", vars(roi))
