"""Turns pydantic's findings into errors that a user can act on."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from braggscope.errors import InvalidInput

_RANGE_WORDS = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}


def invalid_experiment(
    model: type[BaseModel], error: ValidationError, sources: Mapping[str, str]
) -> InvalidInput:
    """One error that lists everything wrong: field, value, allowed range, flag or file."""
    problems = [_describe(model, details, sources) for details in error.errors()]
    head = (
        "a value of the experiment is wrong"
        if len(problems) == 1
        else f"{len(problems)} values of the experiment are wrong"
    )
    return InvalidInput(head, why="; ".join(problems), remedy="Correct it and try again")


def _describe(model: type[BaseModel], details: ErrorDetails, sources: Mapping[str, str]) -> str:
    path = ".".join(str(part) for part in details["loc"])
    said_in = _source(path, sources)
    where = f"{path or 'experiment'}{f' (from {said_in})' if said_in else ''}"
    kind = details["type"]
    if kind == "extra_forbidden":
        return f"{where} is not a field; known here: {', '.join(_siblings(model, details))}"
    if kind == "missing":
        return f"{where} is missing"
    if kind == "value_error":
        return (
            f"{where}: {details['ctx']['error']}"
            if details.get("ctx")
            else f"{where}: {details['msg']}"
        )
    message = details["msg"]
    allowed = field_range(model, path)
    return f"{where} = {details['input']!r}: {message[0].lower()}{message[1:]}" + (
        f"; allowed: {allowed}" if allowed else ""
    )


def _source(path: str, sources: Mapping[str, str]) -> str:
    while path:
        if path in sources:
            return sources[path]
        path = path.rpartition(".")[0]
    return sources.get("", "")


def _siblings(model: type[BaseModel], details: ErrorDetails) -> list[str]:
    owner: type[BaseModel] | None = model
    for part in details["loc"][:-1]:
        owner = _submodel(owner, str(part)) if owner else None
    return list((owner or model).model_fields)


def _submodel(owner: type[BaseModel], name: str) -> type[BaseModel] | None:
    info = owner.model_fields.get(name)
    if info is None:
        return None
    for candidate in (info.annotation, *getattr(info.annotation, "__args__", ())):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def field_range(model: type[BaseModel], path: str) -> str:
    """The allowed range of the field at a dotted path, in words; "" when there is none."""
    owner: type[BaseModel] | None = model
    *parents, name = path.split(".")
    for parent in parents:
        owner = _submodel(owner, parent) if owner else None
    info = owner.model_fields.get(name) if owner else None
    if info is None:
        return ""
    bounds = [
        (getattr(item, key), key)
        for item in info.metadata
        for key in _RANGE_WORDS
        if getattr(item, key, None) is not None
    ]
    # A bound and a usual range may stand beside each other: the tighter one is said.
    lower = max((b for b in bounds if b[1] in ("ge", "gt")), default=None)
    upper = min((b for b in bounds if b[1] in ("le", "lt")), default=None)
    return " and ".join(f"{_RANGE_WORDS[b[1]]} {b[0]:g}" for b in (lower, upper) if b is not None)
