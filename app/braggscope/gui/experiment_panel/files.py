"""Reads the files that a form field names. Slow work: for a thread. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from braggscope.errors import InvalidInput
from braggscope.experiment import OrientationMatrix, StructureFactors, UnitCell
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.reflections import (
    amplitude_columns,
    cell_of_mtz,
    structure_factors_from,
)

FACTORS_FILTER = "Structure factors (*.hkl *.mtz);;All files (*)"
MATRIX_FILTER = "Orientation matrices (*.mat);;All files (*)"


@dataclass(frozen=True)
class FactorsFile:
    """What a file of structure factors offers.

    Attributes:
        factors: the reference to put into the experiment.
        columns: amplitude columns to choose from; empty for a text file.
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
    if not _is_mtz(factors.path):
        return FactorsFile(factors)
    try:
        columns = tuple(amplitude_columns(factors.path))
    except (RuntimeError, ValueError, OSError) as error:
        raise InvalidInput(
            f"cannot read the MTZ file {factors.path.name}", where=str(factors.path), why=str(error)
        ) from error
    try:
        cell = cell_of_mtz(factors.path)
    except ValidationError:
        cell = None
    return FactorsFile(factors, columns, cell)


def open_matrix(path: Path) -> OrientationMatrix:
    """Read a matrix file.

    Raises:
        InvalidInput: it cannot be used.
    """
    return matrix_from(path)


def _is_mtz(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"MTZ "
    except OSError as error:
        raise InvalidInput(
            f"cannot read {path.name}", where=str(path), why=error.strerror or str(error)
        ) from error
