"""Files that nanoBragg needs beside its flags, in the form that it reads."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from braggscope.experiment.matrix import write_matrix
from braggscope.experiment.model import Experiment
from braggscope.experiment.model.crystal import StructureFactors
from braggscope.experiment.reflection_files.text import hkl_of
from braggscope.experiment.reflections import is_nanobragg_text, load_reflections
from braggscope.experiment.smv import load_mask, write_mask
from braggscope.experiment.source_file import write_sources
from braggscope.physics.setup import Setup

_FACTORS: Final = "structure_factors.hkl"


def write_inputs(experiment: Experiment, setup: Setup, folder: Path) -> dict[str, str]:
    """Put what nanoBragg cannot read as it is into a folder.

    Args:
        setup: of the experiment.

    Returns:
        Keyword arguments of `flags_of`: names of files in the folder, or whole paths of those that
        nanoBragg can read where they are.

    Raises:
        InvalidInput: an input file cannot be read, or the folder not written.
    """
    files: dict[str, str] = {}
    crystal, beam, detector = experiment.crystal, experiment.beam, experiment.detector
    if crystal.structure_factors is not None:
        files["hkl"] = write_factors(crystal.structure_factors, folder)
    if crystal.matrix is not None:
        write_matrix(crystal.matrix, folder / "orientation.mat")
        files["matrix"] = "orientation.mat"
    if beam.sources is not None:
        write_sources(beam.sources, folder / "sources.txt", setup.beam.direction.tolist())
        files["sources"] = "sources.txt"
    if detector.mask is not None:
        write_mask(load_mask(detector.mask, setup.detector.shape), folder / "mask.img")
        files["mask"] = "mask.img"
    return files


def write_factors(reference: StructureFactors, folder: Path) -> str:
    """Put the text with h k l F into a folder, unless nanoBragg can read the file where it is.

    Returns:
        The name of the file in the folder, or its whole path.
    """
    if is_nanobragg_text(reference):
        return str(reference.path)
    (folder / _FACTORS).write_bytes(_hkl_text(reference))
    return _FACTORS


@lru_cache(maxsize=2)
def _hkl_text(reference: StructureFactors) -> bytes:
    """The reflections as nanoBragg reads them; A's and B's are kept, for every trace needs them."""
    return hkl_of(load_reflections(reference)).encode("ascii")
