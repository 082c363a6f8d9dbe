"""Files that a TOML experiment names: a name alone, or a table with its path and checksum."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.experiment.files import read_bytes, sha256_of
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import MaskFile, StructureFactors
from braggscope.experiment.reflections import structure_factors_from
from braggscope.experiment.smv import parse_smv
from braggscope.experiment.source_file import read_sources

#: Where the model refers to files: (group, field).
REFERENCES: Final = (
    ("crystal", "structure_factors"),
    ("crystal", "matrix"),
    ("beam", "sources"),
    ("detector", "mask"),
)


def read_references(data: dict[str, Any], folder: Path) -> None:
    """Replace file names, relative to folder, by what they refer to.

    Raises:
        InvalidInput: a file cannot be read or is not the one it was, or a table has a wrong key.
    """
    for group, name in REFERENCES:
        part = data.get(group)
        if not isinstance(part, dict) or name not in part:
            continue
        said = part[name]
        table = {"path": said} if isinstance(said, str) else said
        if isinstance(table, dict) and isinstance(table.get("path"), str):
            data[group] = {**part, name: _READERS[name](table, folder, isinstance(said, str))}


def _factors(table: dict[str, Any], folder: Path, _named: bool) -> Any:
    where = "crystal.structure_factors"
    _refuse_unknown(table, tuple(StructureFactors.model_fields), where)
    column = table.get("column")
    if column is not None and not isinstance(column, str):
        raise InvalidInput(
            f"the column {column!r} is not a name",
            where=f"{where}.column",
            remedy='Columns are named by their label, such as column = "FP"',
        )
    resolution_A = table.get("resolution_A")
    if isinstance(resolution_A, bool) or not isinstance(resolution_A, int | float | None):
        raise InvalidInput(
            f"the resolution {resolution_A!r} is not a number", where=f"{where}.resolution_A"
        )
    reference = structure_factors_from(_place(table, folder), column, resolution_A)
    _check(reference.path, reference.sha256, table.get("sha256"), where)
    return reference


def _mask(table: dict[str, Any], folder: Path, _named: bool) -> Any:
    _refuse_unknown(table, tuple(MaskFile.model_fields), "detector.mask")
    path = _place(table, folder)
    content = read_bytes(path, "mask")
    parse_smv(content, path, "mask")
    _check(path, sha256_of(content), table.get("sha256"), "detector.mask")
    return {"path": path, "sha256": sha256_of(content)}


def _matrix(table: dict[str, Any], folder: Path, named: bool) -> Any:
    """A name is read; beside rows, the path only tells where they came from."""
    if named:
        return matrix_from(_place(table, folder))
    return {**table, "path": _place(table, folder)}


def _sources(table: dict[str, Any], folder: Path, named: bool) -> Any:
    """As the matrix."""
    if not named:
        return {**table, "path": _place(table, folder)}
    sources, warnings = read_sources(_place(table, folder))
    if warnings:
        raise InvalidInput(
            f"{Path(table['path']).name} is not a clean list of sources",
            where=str(sources.path),
            why="; ".join(warnings),
            remedy="Each line holds X Y Z weight wavelength (metres)",
        )
    return sources


def _place(table: dict[str, Any], folder: Path) -> Path:
    """The file itself, without detours through parent folders."""
    return Path(os.path.normpath(folder.absolute() / table["path"]))


_READERS: Final = {
    "structure_factors": _factors,
    "matrix": _matrix,
    "sources": _sources,
    "mask": _mask,
}


def _refuse_unknown(table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise InvalidInput(
            f"{where}.{unknown[0]} is not a field",
            where=where,
            remedy=f"Known here: {', '.join(known)}",
        )


def _check(path: Path, found: str, expected: Any, where: str) -> None:
    if expected is not None and expected != found:
        raise InvalidInput(
            f"{path.name} is not the file that the experiment was saved with",
            where=where,
            why=f"its SHA-256 is {found[:12]}…, not {str(expected)[:12]}…",
            remedy="Restore the file, or delete the sha256 line to accept the new one",
        )
