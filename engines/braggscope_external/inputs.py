"""What a program is given: flags, and files in the form that nanoBragg reads."""

from __future__ import annotations

from pathlib import Path

from braggscope.api import Run
from braggscope.experiment import Experiment
from braggscope.experiment.matrix import write_matrix
from braggscope.experiment.nanobragg_writer import flags_of
from braggscope.experiment.reflections import is_nanobragg_text, load_reflections, write_hkl
from braggscope.experiment.smv import load_mask, write_mask
from braggscope.experiment.source_file import write_sources
from braggscope_external.program import Program


def flags_for(program: Program, run: Run, folder: Path) -> list[str]:
    """The run as flags of a program; its input files are put into the folder.

    Raises:
        InvalidInput: an input file cannot be read, or an option cannot be said to this program.
    """
    experiment = _with_region(run)
    flags = flags_of(
        experiment,
        semantics=run.semantics,
        own_program=program.knows_semantics,
        **_write_inputs(experiment, run, folder),
    )
    quiet = ["-nodump", "-noint"] if program.knows_semantics else []
    return [*flags, *quiet, "-nonoise", "-nopgm"]


def _with_region(run: Run) -> Experiment:
    """The experiment whose region of interest is the run's."""
    if run.region is None:
        return run.effective_experiment
    roi = run.setup.detector.roi
    return run.effective_experiment.with_override("detector.roi", vars(roi))


def _write_inputs(experiment: Experiment, run: Run, folder: Path) -> dict[str, str]:
    """Put the files that nanoBragg needs, and cannot read as they are, into the folder."""
    files: dict[str, str] = {}
    crystal, beam, detector = experiment.crystal, experiment.beam, experiment.detector
    if crystal.structure_factors is not None:
        reference = crystal.structure_factors
        if is_nanobragg_text(reference):
            files["hkl"] = str(reference.path)
        else:
            write_hkl(load_reflections(reference), folder / "structure_factors.hkl")
            files["hkl"] = "structure_factors.hkl"
    if crystal.matrix is not None:
        write_matrix(crystal.matrix, folder / "orientation.mat")
        files["matrix"] = "orientation.mat"
    if beam.sources is not None:
        direction = run.setup.beam.direction.tolist()
        write_sources(beam.sources, folder / "sources.txt", direction)
        files["sources"] = "sources.txt"
    if detector.mask is not None:
        write_mask(load_mask(detector.mask, run.setup.detector.shape), folder / "mask.img")
        files["mask"] = "mask.img"
    return files
