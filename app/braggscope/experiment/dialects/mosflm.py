"""MOSFLM orientation matrices: A including the wavelength (spec 5.2)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from braggscope.experiment.dialects.imported import Imported, imported_from
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolve import resolve

#: MOSFLM's own files go on with missets (3), U (9), the cell (6) and missets (3).
_LONG, _CELL_AT = 27, 21


def read_matrix(path: Path, content: bytes) -> Imported:
    """The orientation of a matrix file."""
    matrix = matrix_from(path)
    notes = ["the matrix includes the wavelength, which the experiment must say the same"]
    wavelength = _wavelength(matrix.rows, content)
    if wavelength is not None:
        notes.append(f"by the file's own cell that wavelength is {wavelength:.5f} Å")
    lost = ["missetting angles, U matrix and cell"] if wavelength is not None else []
    return imported_from(path, {"crystal": {"matrix": matrix}}, lost=lost, notes=notes)


def _wavelength(rows: tuple[tuple[float, ...], ...], content: bytes) -> float | None:
    """λ = (det A · V)^⅓ with V of the cell in MOSFLM's long form, or None."""
    from braggscope.physics.cell import cell_volume

    words = content.decode("ascii", errors="replace").split()
    if len(words) < _LONG:
        return None
    try:
        cell = np.array([float(word) for word in words[_CELL_AT : _CELL_AT + 6]])
    except ValueError:
        return None
    if not np.all(np.isfinite(cell)) or np.any(cell <= 0):
        return None
    cell[3:] = np.radians(cell[3:])
    cube = abs(float(np.linalg.det(np.array(rows)))) * float(cell_volume(cell))
    return math.cbrt(cube) if cube > 0 else None


def matrix_of(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """Nine numbers that keep every bit, and what they do not hold."""
    said = experiment.crystal
    if said.matrix is not None and not any((said.cell, said.misset_deg, said.misset_seed)):
        rows = np.array(said.matrix.rows)
    else:
        direct_A = resolve(experiment).crystal.direct_m * 1e10
        rows = np.linalg.inv(direct_A) * experiment.beam.wavelength_A
    text = "".join(" ".join(repr(value) for value in row) + "\n" for row in rows.tolist())
    return text, (
        "everything but the crystal's orientation and cell",
        f"the wavelength, {experiment.beam.wavelength_A} Å, which the matrix includes",
    )
