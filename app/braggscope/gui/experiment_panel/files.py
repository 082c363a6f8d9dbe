"""Reads the files that a form field names. Slow work: for a thread. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from braggscope.errors import InvalidInput
from braggscope.experiment import OrientationMatrix, StructureFactors, UnitCell
from braggscope.experiment.files import sha256_of
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import MaskFile, SourceList
from braggscope.experiment.reflections import (
    amplitude_columns,
    cell_of_mtz,
    structure_factors_from,
)
from braggscope.experiment.smv import read_smv
from braggscope.experiment.source_file import read_sources

FACTORS_FILTER = "Structure factors (*.hkl *.mtz);;All files (*)"
MATRIX_FILTER = "Orientation matrices (*.mat);;All files (*)"
SOURCES_FILTER = "Source files (*.txt *.dat);;All files (*)"
MASK_FILTER = "SMV images (*.img *.smv);;All files (*)"


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


def open_sources(path: Path) -> SourceList:
    """Read a file of point sources.

    Raises:
        InvalidInput: it cannot be used, or nanoBragg would read it otherwise than it looks.
    """
    sources, doubtful = read_sources(path)
    if doubtful:
        raise InvalidInput(
            f"{path.name} can hardly be meant", where=str(path), why="; ".join(doubtful)
        )
    return sources


def open_mask(path: Path) -> MaskFile:
    """Check that a file is an SMV image.

    Raises:
        InvalidInput: it is not.
    """
    image = read_smv(path, "mask")
    return MaskFile(path=path.absolute(), sha256=sha256_of(image.content))


def _is_mtz(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"MTZ "
    except OSError as error:
        raise InvalidInput(
            f"cannot read {path.name}", where=str(path), why=error.strerror or str(error)
        ) from error
