"""Experiments as TOML files. File names in them are relative to the TOML file itself."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tomli_w

from braggscope.errors import InvalidInput
from braggscope.experiment.files import read_bytes
from braggscope.experiment.matrix import matrix_from
from braggscope.experiment.model import Experiment
from braggscope.experiment.reflections import structure_factors_from


def load_experiment(path: Path) -> Experiment:
    """Read an experiment from a TOML file.

    Raises:
        InvalidInput: the file is missing, not TOML, or holds a wrong value (which is named).
    """
    path = path.absolute()
    content = read_bytes(path, "experiment")
    try:
        text = content.decode("utf-8")
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{path.name} is not a TOML file", where=str(path), why=str(error)
        ) from error
    return _from_data(data, path.parent, str(path))


def experiment_from_toml(text: str, folder: Path) -> Experiment:
    """Read an experiment from TOML text; file names are relative to folder."""
    return _from_data(tomllib.loads(text), folder.absolute(), "TOML")


def _from_data(data: dict[str, Any], folder: Path, source: str) -> Experiment:
    crystal = data.get("crystal")
    if isinstance(crystal, dict):
        _read_references(crystal, folder)
    return Experiment.build(data, {"": source, **dict.fromkeys(_paths(data), source)})


def _read_references(crystal: dict[str, Any], folder: Path) -> None:
    """Replace file names by what they refer to."""
    factors = crystal.get("structure_factors")
    if isinstance(factors, str):
        factors = {"path": factors}
    if isinstance(factors, dict) and isinstance(factors.get("path"), str):
        reference = structure_factors_from(
            folder / factors["path"], factors.get("column"), factors.get("resolution_A")
        )
        expected = factors.get("sha256")
        if expected is not None and expected != reference.sha256:
            raise InvalidInput(
                f"{reference.path.name} is not the file that the experiment was saved with",
                where="crystal.structure_factors",
                why=f"its SHA-256 is {reference.sha256[:12]}…, not {str(expected)[:12]}…",
                remedy="Restore the file, or delete the sha256 line to accept the new one",
            )
        crystal["structure_factors"] = reference
    matrix = crystal.get("matrix")
    if isinstance(matrix, str):
        crystal["matrix"] = matrix_from(folder / matrix)
    elif isinstance(matrix, dict) and isinstance(matrix.get("path"), str):
        matrix["path"] = folder / matrix["path"]


def _paths(data: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in data.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{name}.")


def experiment_to_toml(experiment: Experiment, folder: Path) -> str:
    """TOML text of what was said; file names are written relative to folder where they can be."""
    data = experiment.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    crystal = data.get("crystal", {})
    for name in ("structure_factors", "matrix"):
        if isinstance(crystal.get(name), dict) and crystal[name].get("path"):
            crystal[name]["path"] = _relative(crystal[name]["path"], folder)
    return tomli_w.dumps(data)


def save_experiment(experiment: Experiment, path: Path) -> None:
    """Write an experiment; an existing file is replaced as a whole or not at all.

    Raises:
        InvalidInput: the file cannot be written.
    """
    path = path.absolute()
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        draft.write_text(experiment_to_toml(experiment, path.parent), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise InvalidInput(
            f"cannot write {path}", why=error.strerror or str(error), remedy="Choose another place"
        ) from error


def _relative(name: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(name, folder.absolute())).as_posix()
    except ValueError:
        return name
