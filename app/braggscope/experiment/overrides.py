"""Overrides: single fields of an experiment set to another value for one run."""

from __future__ import annotations

import json
import operator
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, get_args

from pydantic import BaseModel

from braggscope.errors import InvalidInput
from braggscope.experiment.doubts import doubts, refuse_doubts
from braggscope.experiment.model import Experiment
from braggscope.experiment.toml_references import REFERENCES, read_references

_EXPRESSION = re.compile(r"^\s*([A-Za-z_][\w.]*)\s*([*+-]?=)\s*(.+?)\s*$")
_FILES: Final = frozenset(f"{group}.{name}" for group, name in REFERENCES)
_RELATIVE: Final = {"*=": operator.mul, "+=": operator.add, "-=": operator.sub}


def apply_overrides(experiment: Experiment, overrides: Mapping[str, Any]) -> Experiment:
    """A copy of experiment with the fields at dotted paths replaced.

    Raises:
        InvalidInput: no such field, or a value does not fit its field.
    """
    data = experiment.model_dump(exclude_unset=True)
    sources = dict(experiment._sources)
    for path, value in overrides.items():
        *parents, name = path.split(".")
        target = data
        for parent in parents:
            if target.get(parent) is None:
                target[parent] = {}
            target = target[parent]
            if not isinstance(target, dict):
                raise InvalidInput(f"{path} is not a field of the experiment")
        target[name] = value
        sources[path] = "an override"
    changed = Experiment.build(data, sources, strict=False)
    refuse_doubts(changed, known=doubts(experiment))
    return changed


def field_value(experiment: Experiment, path: str) -> Any:
    """The value of the field at a dotted path.

    Raises:
        InvalidInput: there is no such field.
    """
    value: Any = experiment
    for part in path.split("."):
        if part not in getattr(type(value), "model_fields", {}):
            raise InvalidInput(
                f"{path} is not a field of the experiment", remedy=_near(path, type(value))
            )
        value = getattr(value, part)
    return value


def _near(path: str, owner: type[BaseModel]) -> str:
    """What may be meant instead of a path: one like it, or else what its group holds."""
    group = path.rpartition(".")[0]
    alike = get_close_matches(path, _known_paths(), n=1)
    if alike and alike[0] != group:
        return f"Did you mean {alike[0]}?"
    if group and hasattr(owner, "model_fields"):
        return f"Fields of {group} are {', '.join(owner.model_fields)}"
    return "Fields look like beam.wavelength_A or detector.distance_mm"


def _known_paths() -> list[str]:
    """Dotted paths of all fields and of the members of those that have any."""
    return list(_paths_in(Experiment, ""))


def _paths_in(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield f"{prefix}{name}"
        for kind in (info.annotation, *get_args(info.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _paths_in(kind, f"{prefix}{name}.")


def parse_override(experiment: Experiment, text: str) -> tuple[str, Any]:
    """Read `path=value`, `path*=factor`, `path+=delta` or `path-=delta`.

    Values are as in TOML; `automatic` is None.

    Raises:
        InvalidInput: not of that form, no such field, or nothing to scale.
    """
    match = _EXPRESSION.match(text)
    if match is None:
        raise InvalidInput(
            f"{text!r} is not an override",
            remedy="Write beam.wavelength_A=1.01, or beam.wavelength_A*=1.0001 to scale it",
        )
    path, how, literal = match.groups()
    value = _literal(literal)
    if how == "=" and isinstance(value, str):
        reference = _reference(experiment, path, value)
        if reference is not None:
            return reference
    current = field_value(experiment, path)
    if how == "=":
        return path, value
    if not _is_number(current) or not _is_number(value):
        raise InvalidInput(
            f"{text!r} needs numbers on both sides",
            why=f"{path} is {'automatic' if current is None else repr(current)}",
            remedy=f"Give a value with {path}=…",
        )
    return path, _RELATIVE[how](current, value)


def override_line(path: str, value: Any) -> str:
    """The line that `parse_override` reads as this value of a field."""
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if isinstance(value, Mapping) and isinstance(value.get("path"), Path | str) and path in _FILES:
        # A file is named; what it says is read again.
        value = str(value["path"])
    return f"{path}={_as_literal(value)}"


def _as_literal(value: Any) -> str:
    """A value as it is written in an override."""
    if value is None:
        return "automatic"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        parts = (f"{n} = {_as_literal(part)}" for n, part in value.items() if part is not None)
        return "{" + ", ".join(parts) + "}"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_as_literal(part) for part in value) + "]"
    if isinstance(value, float | int):
        return repr(value)
    # TOML's strings are JSON's.
    return json.dumps(str(value), ensure_ascii=False)


def _reference(experiment: Experiment, path: str, name: str) -> tuple[str, Any] | None:
    """The field that a file name is for, and what that file says; None for other fields.

    A column or a resolution that the experiment names for the old file is kept.
    """
    field = path.removesuffix(".path")
    group, _, part = field.partition(".")
    if (group, part) not in REFERENCES:
        return None
    file = Path(name).expanduser().absolute()
    said: dict[str, Any] = {"path": str(file)}
    if (group, part) == ("crystal", "structure_factors"):
        old = experiment.crystal.structure_factors
        said |= {} if old is None else {"column": old.column}
        said = {key: value for key, value in said.items() if value is not None}
    data: dict[str, Any] = {group: {part: said if len(said) > 1 else str(file)}}
    read_references(data, file.parent)
    reference = data[group][part]
    return field, reference.model_dump() if isinstance(reference, BaseModel) else reference


def _literal(text: str) -> Any:
    if text == "automatic":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
