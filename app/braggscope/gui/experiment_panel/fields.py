"""Which fields the form has: read from the experiment's models, so that both agree."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from braggscope.experiment import (
    Experiment,
    OrientationMatrix,
    RegionOfInterest,
    StructureFactors,
    UnitCell,
)
from braggscope.experiment.problems import field_range

Kind = Literal["number", "switch", "choice", "vector", "cell", "region", "factors", "matrix"]

#: Longer endings stand before those that they contain.
_UNITS = (
    ("_per_m2", "/m²"),
    ("_m2", "m²"),
    ("_mm", "mm"),
    ("_um", "µm"),
    ("_deg", "°"),
    ("_px", "px"),
    ("_A", "Å"),
)
_MODEL_KINDS: dict[type[BaseModel], Kind] = {
    UnitCell: "cell",
    RegionOfInterest: "region",
    StructureFactors: "factors",
    OrientationMatrix: "matrix",
}


@dataclass(frozen=True)
class FieldSpec:
    """One field of the form.

    Attributes:
        path: dotted path in the experiment.
        title: name for people.
        kind: which editor it needs.
        unit: "" for a pure number.
        description: one sentence.
        allowed: the allowed range in words; "" when there is none.
        optional: whether it may be left to Braggscope.
        required: whether it has no default; then `default` means nothing.
        default: its value when nothing was said.
        whole: whether it takes whole numbers only.
        choices: (label, value) pairs.
        members: the fields inside, for a vector, a cell or a region.
    """

    path: str
    title: str
    kind: Kind
    unit: str = ""
    description: str = ""
    allowed: str = ""
    optional: bool = False
    required: bool = False
    default: Any = None
    whole: bool = False
    choices: tuple[tuple[str, Any], ...] = ()
    members: tuple[FieldSpec, ...] = ()

    @property
    def leaves(self) -> tuple[FieldSpec, ...]:
        """What is typed by itself: the members, or the field."""
        return self.members or (self,)

    @property
    def name(self) -> str:
        """Title with unit, as a screen reader says it."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    @property
    def tooltip(self) -> str:
        """Description, allowed range, default and name in files."""
        lines = [self.description] if self.description else []
        if self.allowed:
            lines.append(f"Allowed: {self.allowed}{f' {self.unit}' if self.unit else ''}.")
        if not self.required:
            lines.append(f"Default: {self.default_text}.")
        lines.append(f"Name in files: {self.path}")
        return "\n".join(lines)

    @property
    def default_text(self) -> str:
        """The default in words."""
        if self.default is None:
            return {
                "factors": "none",
                "matrix": "none",
                "cell": "none",
                "region": "whole detector",
            }.get(self.kind, "automatic")
        label = next((label for label, value in self.choices if value == self.default), None)
        if label is not None:
            return label
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        return f"{text_of(self.default)}{f' {self.unit}' if self.unit else ''}"


@dataclass(frozen=True)
class GroupSpec:
    """A group of fields: one part of the experiment."""

    path: str
    title: str
    description: str
    fields: tuple[FieldSpec, ...]


def text_of(value: Any) -> str:
    """A value as it is typed; reading the text back gives the same bits."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


@cache
def form_groups() -> tuple[GroupSpec, ...]:
    """The whole form, in the order of the experiment's models."""
    return tuple(_group(name, info) for name, info in Experiment.model_fields.items())


@cache
def specs_by_path() -> dict[str, FieldSpec]:
    """Fields and their members by dotted path."""
    return {spec.path: spec for spec in _all_specs()}


@cache
def owner_of(leaf: str) -> str:
    """The path of the field that a leaf is shown in; the leaf itself if it is one."""
    for group in form_groups():
        for spec in group.fields:
            if leaf == spec.path or leaf.startswith(f"{spec.path}."):
                return spec.path
    return leaf


def _all_specs() -> Iterator[FieldSpec]:
    for group in form_groups():
        for spec in group.fields:
            yield spec
            yield from spec.members


def _group(name: str, info: FieldInfo) -> GroupSpec:
    part = info.annotation
    assert isinstance(part, type)
    assert issubclass(part, BaseModel)
    fields = tuple(
        _field(f"{name}.{field}", field, field_info)
        for field, field_info in part.model_fields.items()
    )
    return GroupSpec(name, name.capitalize(), (part.__doc__ or "").strip(), fields)


def _field(path: str, name: str, info: FieldInfo) -> FieldSpec:
    annotation, optional = _without_none(info.annotation)
    title = info.title or name.replace("_", " ").capitalize()
    kind, choices, members = _shape(path, annotation, optional)
    return FieldSpec(
        path=path,
        title=title,
        kind=kind,
        unit=_unit(name),
        description=info.description or "",
        allowed=field_range(Experiment, path),
        optional=optional,
        required=info.is_required(),
        default=None if info.is_required() else info.get_default(),
        whole=annotation is int,
        choices=choices,
        members=members,
    )


def _shape(
    path: str, annotation: Any, optional: bool
) -> tuple[Kind, tuple[tuple[str, Any], ...], tuple[FieldSpec, ...]]:
    if annotation is bool:
        if not optional:
            return "switch", (), ()
        return "choice", (("Automatic", None), ("Yes", True), ("No", False)), ()
    if typing.get_origin(annotation) is Literal:
        return "choice", tuple((str(v).upper(), v) for v in typing.get_args(annotation)), ()
    if typing.get_origin(annotation) is tuple:
        return "vector", (), _vector_members(path)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = _MODEL_KINDS[annotation]
        if kind in ("factors", "matrix"):
            return kind, (), ()
        members = tuple(
            _field(f"{path}.{name}", name, info) for name, info in annotation.model_fields.items()
        )
        return kind, (), members
    return "number", (), ()


def _vector_members(path: str) -> tuple[FieldSpec, ...]:
    unit = _unit(path)
    return tuple(
        FieldSpec(f"{path}.{i}", axis, "number", unit, f"About {axis}.", default=0.0)
        for i, axis in enumerate("xyz")
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    rest = [item for item in typing.get_args(annotation) if item is not type(None)]
    return rest[0], len(rest) < len(typing.get_args(annotation))


def _unit(name: str) -> str:
    return next((unit for ending, unit in _UNITS if name.endswith(ending)), "")
