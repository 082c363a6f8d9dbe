"""What an override may say: for the menu that inserts one, and to complete what is typed. No Qt."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from braggscope.api import Semantics
from braggscope.api.semantics import PRESETS, allowed_values
from braggscope.experiment import Experiment, RegionOfInterest, UnitCell

#: (group, ((title, line), …)) in the order of the menu.
Suggestions = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def suggestions(experiment: Experiment | None) -> Suggestions:
    """Overrides that change a little, by group."""
    if experiment is None:
        return ()
    groups = []
    for group in type(experiment).model_fields:
        part = getattr(experiment, group)
        entries = tuple(
            (info.title or name, line)
            for name, info in type(part).model_fields.items()
            if (line := _small_change(f"{group}.{name}", getattr(part, name)))
        )
        if entries:
            groups.append((group.capitalize(), entries))
    presets = (("All options", f"semantics={name}") for name in PRESETS)
    options = (
        (info.title or name, f"semantics.{name}={allowed_values(name)[-1]}")
        for name, info in Semantics.model_fields.items()
    )
    return (*groups, ("Semantics", (*presets, *options)))


def _small_change(path: str, value: Any) -> str:
    """A line that changes a value a little; "" where that means nothing."""
    if isinstance(value, bool):
        return f"{path}={str(not value).lower()}"
    if isinstance(value, float) and value != 0:
        return f"{path}*=1.0001"
    return f"{path}+=1" if isinstance(value, int | float) else ""


def completions() -> tuple[str, ...]:
    """Beginnings of all overrides: every field, every option of the semantics with its values."""
    options = (
        f"semantics.{name}={value}"
        for name in Semantics.model_fields
        for value in allowed_values(name)
    )
    return (*_field_beginnings(), *(f"semantics={name}" for name in PRESETS), *options)


def _field_beginnings() -> Iterator[str]:
    """`path=` of every field that can be said in a line; for files there is no such way."""
    for group, part in Experiment.model_fields.items():
        assert isinstance(part.annotation, type)
        assert issubclass(part.annotation, BaseModel)
        for name, info in part.annotation.model_fields.items():
            kinds = typing.get_args(info.annotation) or (info.annotation,)
            models = [k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)]
            if not models:
                yield f"{group}.{name}="
            elif models[0] in (UnitCell, RegionOfInterest):
                yield from (f"{group}.{name}.{member}=" for member in models[0].model_fields)
