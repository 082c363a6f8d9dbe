"""Structure factors: references to files, and the reflections in them as a list in P1."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dump_file import parse_dump
from braggscope.experiment.files import checked_bytes, read_bytes, sha256_of
from braggscope.experiment.hkl_text import parse_hkl
from braggscope.experiment.model import Experiment, StructureFactors, UnitCell
from braggscope.experiment.recognise import Format, format_of, unpacked
from braggscope.experiment.reflection_files.cache import remembered
from braggscope.experiment.reflection_files.cif import offer_of_sf_cif, read_sf_cif
from braggscope.experiment.reflection_files.coordinates import (
    model_resolution,
    offer_of_model,
    read_model,
)
from braggscope.experiment.reflection_files.mtz import offer_of_mtz, read_mtz
from braggscope.experiment.reflection_files.table import Offer, Reflections, expand_to_p1
from braggscope.experiment.reflection_files.text import write_hkl

__all__ = [
    "FACTOR_FORMATS",
    "ROLE",
    "Offer",
    "Reflections",
    "amplitude_columns",
    "cell_of",
    "chosen_column",
    "expand_to_p1",
    "file_warnings",
    "is_nanobragg_text",
    "load_reflections",
    "offer_of",
    "structure_factors_from",
    "with_chosen_column",
    "write_hkl",
]

ROLE = "structure-factor"
#: Formats that give structure factors; what is none of these is taken for nanoBragg's text.
_OTHER_THAN_TEXT: tuple[Format, ...] = ("mtz", "sf-cif", "model-cif", "pdb", "dump")
FACTOR_FORMATS: tuple[Format, ...] = (*_OTHER_THAN_TEXT, "hkl")
#: Largest index table that is still sensible, entries; 8 bytes each.
_LARGEST_TABLE = 2**28
_last_text: dict[str, Reflections] = {}


def structure_factors_from(
    path: Path,
    column: str | None = None,
    resolution_A: float | None = None,
    *,
    strict: bool = True,
) -> StructureFactors:
    """A reference to a structure-factor file, after a look that it can be read.

    Args:
        path: the file.
        column: of an MTZ or CIF file.
        resolution_A: counts for atomic models only; where none is given, the reference records the
            one that is used.
        strict: whether text that nanoBragg reads otherwise than it looks is an error.

    Raises:
        InvalidInput: the file is missing, empty or not understood.
    """
    path = path.absolute()
    content = read_bytes(path, ROLE)
    plain = unpacked(path, content)
    digest = sha256_of(content)
    if format_of(path, plain) in ("pdb", "model-cif") and resolution_A is None:
        resolution_A = model_resolution(path, plain)
    warnings = _parse(path, plain, digest, column, resolution_A).warnings
    if strict and warnings:
        raise InvalidInput(
            f"{path.name} is not a clean list of reflections",
            where=str(path),
            why="; ".join(warnings),
            remedy="Each line holds four numbers: h k l F, with whole h, k and l",
        )
    return StructureFactors(path=path, sha256=digest, column=column, resolution_A=resolution_A)


def file_warnings(reference: StructureFactors) -> tuple[str, ...]:
    """What can hardly be meant in a structure-factor file that nanoBragg reads."""
    content = checked_bytes(reference.path, reference.sha256, ROLE)
    plain = unpacked(reference.path, content)
    if not _is_text(reference.path, plain):
        return ()
    return _text_of(reference.path, plain, reference.sha256).warnings


def is_nanobragg_text(reference: StructureFactors) -> bool:
    """Whether a referenced file, unchanged, is what nanoBragg's -hkl takes."""
    content = checked_bytes(reference.path, reference.sha256, ROLE)
    return content[:2] != b"\x1f\x8b" and _is_text(reference.path, content)


def _is_text(path: Path, content: bytes) -> bool:
    return format_of(path, content) not in _OTHER_THAN_TEXT


def _text_of(path: Path, content: bytes, digest: str) -> Reflections:
    """The list in a text; the last one is kept, as a look at a file and its reading follow soon."""
    text = _last_text.get(digest)
    if text is None:
        text = remembered(digest, path, (), lambda: _read_text(path, content))
        _last_text.clear()
        _last_text[digest] = text
    return text


def _read_text(path: Path, content: bytes) -> Reflections:
    text = parse_hkl(path, content)
    return Reflections(text.hkl, text.amplitude, bounds=text.bounds, warnings=text.warnings)


def load_reflections(reference: StructureFactors) -> Reflections:
    """The reflections of a referenced file, whose content must be unchanged."""
    path = Path(reference.path)
    content = checked_bytes(path, reference.sha256, ROLE)
    plain = unpacked(path, content)
    return _parse(path, plain, reference.sha256, reference.column, reference.resolution_A)


def offer_of(path: Path, column: str | None = None) -> Offer:
    """What a structure-factor file says besides its values: columns, cell, wavelength.

    Raises:
        InvalidInput: the file is missing or not understood.
    """
    content = unpacked(path, read_bytes(path, ROLE))
    kind = format_of(path, content)
    if kind == "mtz":
        return offer_of_mtz(path, column)
    if kind == "sf-cif":
        return offer_of_sf_cif(path, content)
    if kind in ("pdb", "model-cif"):
        return offer_of_model(path, content)
    return Offer()


def chosen_column(reference: StructureFactors) -> str | None:
    """The column that is read of a referenced file; None where files of its kind have none."""
    return reference.column or offer_of(reference.path).automatic


def with_chosen_column(experiment: Experiment) -> Experiment:
    """The same experiment with the column of its structure factors named."""
    factors = experiment.crystal.structure_factors
    column = None if factors is None else chosen_column(factors)
    if factors is None or column == factors.column:
        return experiment
    named = factors.model_copy(update={"column": column})
    return experiment.with_override("crystal.structure_factors", named)


def cell_of(path: Path) -> UnitCell | None:
    """The unit cell that a structure-factor file names, if it does."""
    return offer_of(path).cell


def amplitude_columns(path: Path) -> list[str]:
    """Columns of amplitudes and intensities of an MTZ or CIF file, in file order."""
    return list(offer_of(path).columns)


def _parse(
    path: Path, content: bytes, digest: str, column: str | None, resolution_A: float | None
) -> Reflections:
    """The reflections of a file.

    Args:
        content: decompressed.
        digest: SHA-256 of the file as it is.
    """
    kind = format_of(path, content)

    def keep(read: Callable[[], Reflections]) -> Reflections:
        return remembered(digest, path, (column, resolution_A), read)

    if kind == "mtz":
        reflections = keep(lambda: read_mtz(path, column))
    elif kind == "sf-cif":
        reflections = keep(lambda: read_sf_cif(path, content, column))
    elif kind in ("pdb", "model-cif"):
        reflections = keep(lambda: read_model(path, content, resolution_A))
    elif column is not None:
        raise InvalidInput(
            f"{path.name} has no columns to choose from, so there is no column {column!r}",
            where=str(path),
            why="only MTZ and CIF files have named columns",
            remedy="Leave the column out",
        )
    elif kind == "dump":
        low, table = parse_dump(path, content)
        hkl = np.indices(table.shape).reshape(3, -1).T + low
        reflections = Reflections(hkl.astype(np.int32), table.ravel())
    else:
        reflections = _text_of(path, content, digest)
    lowest, highest = reflections.range
    spans = highest - lowest + 1
    if float(np.prod(spans, dtype=np.float64)) > _LARGEST_TABLE:
        raise InvalidInput(
            f"{path.name} spans {' × '.join(map(str, spans))} indices, too many for a table",
            where=str(path),
            remedy="Look for a wrong line with a huge index",
        )
    return reflections
