"""Reads the files that a form field names. Slow work: for a thread. No Qt."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from braggscope.errors import InvalidInput
from braggscope.experiment import OrientationMatrix, StructureFactors, UnitCell
from braggscope.experiment.files import read_bytes, sha256_of
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import MaskFile, SourceList, SourceRow
from braggscope.experiment.reflections import (
    amplitude_columns,
    cell_of_mtz,
    structure_factors_from,
)

FACTORS_FILTER = "Structure factors (*.hkl *.mtz);;All files (*)"
MATRIX_FILTER = "Orientation matrices (*.mat);;All files (*)"
SOURCES_FILTER = "Source files (*.txt *.dat);;All files (*)"
MASK_FILTER = "SMV images (*.img *.smv);;All files (*)"
_COLUMNS: Final = ("x", "y", "z", "weight", "wavelength_m")


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
    """Read a file of point sources: X Y Z weight wavelength, columns at the end may be missing.

    Raises:
        InvalidInput: it cannot be used.
    """
    rows = []
    text = read_bytes(path, "source").decode("latin-1")
    for number, line in enumerate(text.splitlines(), start=1):
        words = [word for word in re.split(r"[\s,;:!]+", line) if word]
        if words:
            values = [_finite(path, number, word) for word in words[: len(_COLUMNS)]]
            rows.append(SourceRow.model_validate(dict(zip(_COLUMNS, values, strict=False))))
    if not rows:
        raise InvalidInput(f"{path.name} holds no source", where=str(path))
    return SourceList(rows=tuple(rows), path=path.absolute())


def _finite(path: Path, line: int, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidInput(
            f"{path.name} is no file of sources",
            where=str(path),
            why=f"line {line} holds {word!r}",
            remedy="Each line holds up to five numbers: X Y Z weight wavelength",
        )
    return value


def open_mask(path: Path) -> MaskFile:
    """Check that a file is an SMV image.

    Raises:
        InvalidInput: it is not.
    """
    content = read_bytes(path, "mask")
    header = content[:512]
    if not header.lstrip().startswith(b"{") or b"SIZE1" not in header or b"SIZE2" not in header:
        raise InvalidInput(
            f"{path.name} is not an SMV image",
            where=str(path),
            why="its header holds no SIZE1 and SIZE2",
        )
    return MaskFile(path=path.absolute(), sha256=sha256_of(content))


def _is_mtz(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"MTZ "
    except OSError as error:
        raise InvalidInput(
            f"cannot read {path.name}", where=str(path), why=error.strerror or str(error)
        ) from error
