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
from braggscope.experiment.model import Experiment
from braggscope.experiment.semantics import Semantics, parse_semantics
from braggscope.experiment.toml_references import REFERENCES, read_references
from braggscope.whole_files import write_text


def load_experiment(path: Path) -> Experiment:
    """The experiment of a TOML file alone; see `load_experiment_file`."""
    return load_experiment_file(path)[0]


def load_experiment_file(path: Path) -> tuple[Experiment, Semantics]:
    """Read an experiment from a TOML file, and the options of its table `[semantics]`.

    Raises:
        InvalidInput: the file is missing, not TOML, or holds a wrong value (which is named).
    """
    path = path.absolute()
    content = read_bytes(path, "experiment")
    if not content.strip():
        raise InvalidInput(
            f"{path.name} is empty",
            where=str(path),
            remedy="An experiment needs at least [crystal] with a cell",
        )
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path.name} is not a TOML file",
            where=str(path),
            why=f"it is no text: byte {error.start} is not UTF-8",
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(
            f"{path.name} is not a TOML file", where=str(path), why=str(error)
        ) from error
    return _from_data(data, path.parent, str(path))


def experiment_from_toml(text: str, folder: Path) -> Experiment:
    """Read an experiment from TOML text; file names are relative to folder."""
    return _from_data(tomllib.loads(text), folder.absolute(), "TOML")[0]


def _from_data(data: dict[str, Any], folder: Path, source: str) -> tuple[Experiment, Semantics]:
    said = dict(data)
    semantics = _semantics(said.pop("semantics", {}), source)
    read_references(said, folder)
    sources = {"": source, **dict.fromkeys(_paths(data), source)}
    return Experiment.build(said, sources), semantics


def _semantics(said: Any, source: str) -> Semantics:
    if not isinstance(said, dict):
        raise InvalidInput("[semantics] must be a table", where=source)
    try:
        return parse_semantics([f"{name}={value}" for name, value in said.items()])
    except InvalidInput as error:
        raise InvalidInput(error.what, where=f"{source} [semantics]", remedy=error.remedy) from None


def _paths(data: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in data.items():
        yield f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{name}.")


def experiment_to_toml(
    experiment: Experiment, folder: Path, semantics: Semantics | None = None
) -> str:
    """TOML text of what was said; file names are written relative to folder where they can be.

    Of the semantics only what is not nanoBragg's own is written.
    """
    data = experiment.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    for group, name in REFERENCES:
        reference = data.get(group, {}).get(name)
        if isinstance(reference, dict) and reference.get("path"):
            reference["path"] = _relative(reference["path"], folder)
    said = (semantics or Semantics()).model_dump(exclude_defaults=True)
    return tomli_w.dumps({**data, "semantics": said} if said else data)


def save_experiment(experiment: Experiment, path: Path, semantics: Semantics | None = None) -> None:
    """Write an experiment; an existing file is replaced as a whole or not at all.

    File names in it are relative to the folder of the path that is given, also where that is a
    link, since it is read by that path.

    Raises:
        InvalidInput: the file cannot be written.
    """
    path = path.absolute()
    write_text(path, experiment_to_toml(experiment, path.parent, semantics))


def _relative(name: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(name, folder.absolute())).as_posix()
    except ValueError:
        return name
