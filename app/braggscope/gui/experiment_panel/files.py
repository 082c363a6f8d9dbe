"""Reads the files that a form field names. Slow work: for a thread. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from braggscope.experiment import OrientationMatrix, StructureFactors, UnitCell
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.reflections import offer_of, structure_factors_from

FACTORS_FILTER = "Structure factors (*.hkl *.mtz *.cif *.mmcif *.pdb *.pdb.gz);;All files (*)"
MATRIX_FILTER = "Orientation matrices (*.mat);;All files (*)"


@dataclass(frozen=True)
class FactorsFile:
    """What a file of structure factors offers.

    Attributes:
        factors: the reference to put into the experiment.
        columns: amplitude and intensity columns to choose from; empty for text and models.
        cell: the cell that the file names, if it does.
    """

    factors: StructureFactors
    columns: tuple[str, ...] = ()
    cell: UnitCell | None = None


def open_factors(path: Path, column: str | None = None) -> FactorsFile:
    """Check a file of structure factors and see what it offers.

    Raises:
        InvalidInput: it cannot be used.
    """
    return look_into(structure_factors_from(path, column))


def look_into(factors: StructureFactors) -> FactorsFile:
    """What the file of a known reference offers besides it."""
    offer = offer_of(factors.path, factors.column)
    return FactorsFile(factors, offer.columns, offer.cell)


def open_matrix(path: Path) -> OrientationMatrix:
    """Read a matrix file.

    Raises:
        InvalidInput: it cannot be used.
    """
    return matrix_from(path)
