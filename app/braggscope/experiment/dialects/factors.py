"""Files of structure factors as parts of experiments: what they hold, and the cell they offer."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.imported import Choice, Imported, imported_from
from braggscope.experiment.model import Experiment, UnitCell
from braggscope.experiment.reflection_files.cif import sf_cif_of
from braggscope.experiment.reflection_files.mtz import mtz_of
from braggscope.experiment.reflection_files.text import hkl_of
from braggscope.experiment.reflections import (
    Reflections,
    load_reflections,
    offer_of,
    structure_factors_from,
)
from braggscope.experiment.resolve import resolve


def read_factors(path: Path, choice: Choice) -> Imported:
    """A reference to the file; its cell and wavelength count where nothing else says them."""
    reference = structure_factors_from(path, choice.column, choice.resolution_A)
    offer = offer_of(path, choice.column)
    offered: dict[str, dict[str, object]] = {
        "crystal": {} if offer.cell is None else {"cell": offer.cell},
        "beam": {} if offer.wavelength_A is None else {"wavelength_A": offer.wavelength_A},
    }
    return imported_from(
        path,
        {"crystal": {"structure_factors": reference}},
        offered,
        lost=["other columns, standard deviations and phases"] if offer.columns else [],
        notes=load_reflections(reference).notes,
    )


def mtz_file_of(experiment: Experiment) -> tuple[bytes, tuple[str, ...]]:
    """An MTZ file of the structure factors, and what it does not hold."""
    reflections = _reflections(experiment)
    lost = [*_lost(experiment, reflections)]
    if np.any(reflections.amplitude.astype(np.float32) != reflections.amplitude):
        lost.append("amplitudes are rounded to single precision")
    content = mtz_of(reflections, cell_in(experiment), experiment.beam.wavelength_A)
    return content, (*lost, "the cell and the wavelength are rounded as MTZ headers are")


def sf_cif_file_of(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """A CIF file of the structure factors, and what it does not hold."""
    reflections = _reflections(experiment)
    content = sf_cif_of(reflections, cell_in(experiment), experiment.beam.wavelength_A)
    return content, _lost(experiment, reflections)


def hkl_file_of(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """The `h k l F` text that nanoBragg reads, in P1, and what it does not hold."""
    lost = ["everything but the structure factors"]
    if experiment.crystal.default_F != 0:
        lost.append(f"crystal.default_F = {experiment.crystal.default_F}")
    return hkl_of(_reflections(experiment)), tuple(lost)


def cell_in(experiment: Experiment) -> UnitCell:
    """The cell that is simulated: as said, or of the orientation matrix."""
    said = experiment.crystal
    if said.cell is not None and said.matrix is None:
        return said.cell
    direct_A = resolve(experiment).crystal.direct_m * 1e10
    lengths = np.linalg.norm(direct_A, axis=1)
    cosines = (direct_A / lengths[:, None]) @ (direct_A / lengths[:, None]).T
    angles = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
    a, b, c = lengths.tolist()
    return UnitCell(
        a_A=a,
        b_A=b,
        c_A=c,
        alpha_deg=float(angles[1, 2]),
        beta_deg=float(angles[0, 2]),
        gamma_deg=float(angles[0, 1]),
    )


def _reflections(experiment: Experiment) -> Reflections:
    reference = experiment.crystal.structure_factors
    if reference is None:
        raise InvalidInput(
            "the experiment has no structure factors to write",
            why="it has one value for all, crystal.default_F",
            where="crystal.structure_factors",
        )
    return load_reflections(reference).without_duplicates()


def _lost(experiment: Experiment, reflections: Reflections) -> tuple[str, ...]:
    lost = ["everything but the structure factors, the cell and the wavelength"]
    if experiment.crystal.default_F != 0:
        lost.append(f"crystal.default_F = {experiment.crystal.default_F}")
    listed = {tuple(row) for row in reflections.hkl.tolist()}
    alone = sum((-h, -k, -index_l) not in listed for h, k, index_l in listed)
    if alone:
        lost.append(f"{alone} reflections are listed without their Friedel mate, which is added")
    return tuple(lost)
