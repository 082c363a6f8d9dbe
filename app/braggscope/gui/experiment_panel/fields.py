"""Which fields the form has: read from the models, so that form and experiment agree."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, replace
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
from braggscope.experiment.flag_fields import flags_by_field
from braggscope.experiment.model import MaskFile, SourceList
from braggscope.experiment.problems import field_range
from braggscope.experiment.semantics import PRESETS, Semantics
from braggscope.gui.experiment_panel.arrangement import SEMANTICS

Kind = Literal[
    "number", "switch", "choice", "vector", "cell", "region", "factors", "matrix", "sources",
    "mask", "preset",
]  # fmt: skip

#: Longer endings stand before those that they contain.
_UNITS = (
    ("_per_m2", "/m²"),
    ("_per_s", "/s"),
    ("_percent", "%"),
    ("_mrad", "mrad"),
    ("_m2", "m²"),
    ("_mm", "mm"),
    ("_um", "µm"),
    ("_deg", "°"),
    ("_px", "px"),
    ("_A", "Å"),
    ("_s", "s"),
)
_MODEL_KINDS: dict[type[BaseModel], Kind] = {
    UnitCell: "cell",
    RegionOfInterest: "region",
    StructureFactors: "factors",
    OrientationMatrix: "matrix",
    SourceList: "sources",
    MaskFile: "mask",
}
FILE_KINDS: tuple[Kind, ...] = ("factors", "matrix", "sources", "mask")
#: What stands for None where it does not mean that Braggscope chooses a value.
_NOT_USED = ("beam.flux_per_s", "crystal.misset_seed")
_ABSENT: dict[Kind, str] = {
    **dict.fromkeys((*FILE_KINDS, "cell"), "none"),
    "region": "whole detector",
    "preset": "nanoBragg",
}


@dataclass(frozen=True)
class FieldSpec:
    """One field of the form.

    Attributes:
        path: dotted path in the experiment; options of the semantics begin with "semantics.".
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
    def flags(self) -> tuple[str, ...]:
        """Those of nanoBragg that say the field."""
        return flags_by_field().get(self.path, ())

    @property
    def is_semantic(self) -> bool:
        """Whether it belongs to the semantics instead of the experiment."""
        return self.path.partition(".")[0] == SEMANTICS

    @property
    def tooltip(self) -> str:
        """Description, allowed range, default, name in files, and nanoBragg's flags."""
        lines = [self.description] if self.description else []
        if self.allowed:
            lines.append(f"Allowed: {self.allowed}{f' {self.unit}' if self.unit else ''}.")
        if self.is_semantic:
            lines.append(f"nanoBragg: {self.default_text}.")
        elif not self.required:
            lines.append(f"Default: {self.default_text}.")
        lines.append(f"Name in files: {self.path}")
        if self.flags:
            lines.append(f"Flags of nanoBragg: {', '.join(self.flags)}")
        return "\n".join(lines)

    @property
    def default_text(self) -> str:
        """The default in words."""
        label = next((label for label, value in self.choices if value == self.default), None)
        if label is not None:
            return label
        if self.default is None:
            return "none" if self.path in _NOT_USED else _ABSENT.get(self.kind, "automatic")
        if isinstance(self.default, bool):
            return "on" if self.default else "off"
        return f"{text_of(self.default)}{f' {self.unit}' if self.unit else ''}"


def text_of(value: Any) -> str:
    """A value as it is typed; reading the text back gives the same bits."""
    if value is None:
        return ""
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return str(value)


@cache
def experiment_specs() -> tuple[FieldSpec, ...]:
    """The fields of the experiment, in the order of its models."""
    return tuple(
        spec for name, info in Experiment.model_fields.items() for spec in _part(name, info)
    )


@cache
def semantics_specs() -> tuple[FieldSpec, ...]:
    """The chooser of presets and the options of the semantics."""
    preset = FieldSpec(
        SEMANTICS,
        "Preset",
        "preset",
        description="nanoBragg: every surprise as in nanoBragg. Physical: what physics asks for."
        " Both runs take it; a run may override it with semantics=physical.",
        default="nanobragg",
        choices=(*((_PRESET_TITLES.get(name, name), name) for name in PRESETS), ("Custom", None)),
    )
    return (preset, *(_option(name, info) for name, info in Semantics.model_fields.items()))


def _option(name: str, info: FieldInfo) -> FieldSpec:
    spec = _field(f"{SEMANTICS}.{name}", name, info)
    others = (
        f"\n{title}: {getattr(PRESETS[preset], name)}."
        for preset, title in _PRESET_TITLES.items()
        if PRESETS[preset] != Semantics()
    )
    return replace(spec, description=spec.description + "".join(others))


_PRESET_TITLES = {"nanobragg": "nanoBragg", "physical": "Physical"}


@cache
def specs_by_path() -> dict[str, FieldSpec]:
    """Fields and their members by dotted path."""
    return {spec.path: spec for spec in _all_specs()}


@cache
def owner_of(leaf: str) -> str:
    """The path of the field that a leaf is shown in; the leaf itself if it is one."""
    for spec in experiment_specs():
        if leaf.startswith(f"{spec.path}."):
            return spec.path
    return leaf


def _all_specs() -> Iterator[FieldSpec]:
    for spec in (*experiment_specs(), *semantics_specs()):
        yield spec
        yield from spec.members


def _part(name: str, info: FieldInfo) -> Iterator[FieldSpec]:
    part = info.annotation
    assert isinstance(part, type)
    assert issubclass(part, BaseModel)
    for field, field_info in part.model_fields.items():
        yield _field(f"{name}.{field}", field, field_info)


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
    automatic: tuple[tuple[str, Any], ...] = (("Automatic", None),) if optional else ()
    if annotation is bool:
        if not optional:
            return "switch", (), ()
        return "choice", (*automatic, ("Yes", True), ("No", False)), ()
    if typing.get_origin(annotation) is Literal:
        values = typing.get_args(annotation)
        is_name = not path.startswith(SEMANTICS)
        labels = ((str(value).upper() if is_name else str(value), value) for value in values)
        return "choice", (*automatic, *labels), ()
    if typing.get_origin(annotation) is tuple:
        return "vector", (), _vector_members(path)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        kind = _MODEL_KINDS[annotation]
        if kind in FILE_KINDS:
            return kind, (), ()
        members = tuple(
            _field(f"{path}.{name}", name, info) for name, info in annotation.model_fields.items()
        )
        return kind, (), members
    return "number", (), ()


def _vector_members(path: str) -> tuple[FieldSpec, ...]:
    """Rotations about the axes where the unit is an angle, else a direction's components."""
    unit = _unit(path)
    what = "Rotation about" if unit else "Component along"
    return tuple(
        FieldSpec(f"{path}.{i}", axis, "number", unit, f"{what} {axis}.", default=0.0)
        for i, axis in enumerate("xyz")
    )


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        return annotation, False
    rest = [item for item in typing.get_args(annotation) if item is not type(None)]
    return rest[0], len(rest) < len(typing.get_args(annotation))


def _unit(name: str) -> str:
    return next((unit for ending, unit in _UNITS if name.endswith(ending)), "")
