"""Reads the files that a form field names. Slow work: for a thread. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from braggscope.errors import InvalidInput
from braggscope.experiment import OrientationMatrix, StructureFactors, UnitCell
from braggscope.experiment.files import read_bytes, sha256_of
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import MaskFile, SourceList
from braggscope.experiment.reflections import offer_of, structure_factors_from
from braggscope.experiment.smv import parse_smv
from braggscope.experiment.source_file import read_sources

FACTORS_FILTER = "Structure factors (*.hkl *.mtz *.cif *.mmcif *.pdb *.pdb.gz);;All files (*)"
MATRIX_FILTER = "Orientation matrices (*.mat);;All files (*)"
SOURCES_FILTER = "Source files (*.txt *.dat);;All files (*)"
MASK_FILTER = "SMV images (*.img *.smv);;All files (*)"


@dataclass(frozen=True)
class FactorsFile:
    """What a file of structure factors offers.

    Attributes:
        factors: the reference to put into the experiment.
        columns: amplitude and intensity columns to choose from; empty for text and models.
        cell: the cell that the file names, if it does.
        automatic: the column that is read where none is named.
    """

    factors: StructureFactors
    columns: tuple[str, ...] = ()
    cell: UnitCell | None = None
    automatic: str | None = None


def open_factors(path: Path, column: str | None = None) -> FactorsFile:
    """Check a file of structure factors and see what it offers.

    Raises:
        InvalidInput: it cannot be used.
    """
    return look_into(structure_factors_from(path, column))


def look_into(factors: StructureFactors) -> FactorsFile:
    """What the file of a known reference offers besides it."""
    offer = offer_of(factors.path, factors.column)
    return FactorsFile(factors, offer.columns, offer.cell, offer.automatic)


def open_matrix(path: Path) -> OrientationMatrix:
    """Read a matrix file.

    Raises:
        InvalidInput: it cannot be used.
    """
    return matrix_from(path)


def open_sources(path: Path) -> SourceList:
    """Read a file of point sources: X Y Z weight wavelength, columns at the end may be missing.

    Raises:
        InvalidInput: it cannot be used, or says what can hardly be meant.
    """
    sources, warnings = read_sources(path)
    if warnings:
        raise InvalidInput(
            f"{path.name} is not a clean list of sources",
            where=str(path),
            why="; ".join(warnings),
            remedy="Each line holds X Y Z weight wavelength (metres)",
        )
    return sources


def open_mask(path: Path) -> MaskFile:
    """Check that a file is an SMV image.

    Raises:
        InvalidInput: it is not.
    """
    path = path.absolute()
    content = read_bytes(path, "mask")
    parse_smv(content, path, "mask")
    return MaskFile(path=path, sha256=sha256_of(content))
