"""The form as groups and sections of fields: `arrangement` joined with `fields`. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from braggscope.experiment import Experiment
from braggscope.experiment.flag_fields import fields_by_flag
from braggscope.experiment.semantics import Semantics
from braggscope.gui.experiment_panel.arrangement import GROUPS, SEMANTICS, Group
from braggscope.gui.experiment_panel.fields import (
    FieldSpec,
    experiment_specs,
    semantics_specs,
    specs_by_path,
)
from braggscope.gui.experiment_panel.model import FormState


@dataclass(frozen=True)
class SectionSpec:
    """Some fields under a title; a group's everyday fields stand under the group's own.

    Attributes:
        path: "beam", or "beam/spectrum" for a sub-section.
    """

    path: str
    title: str
    description: str
    fields: tuple[FieldSpec, ...]

    @property
    def change_note(self) -> str:
        """What it is to differ from the default here."""
        return "≠ nanoBragg" if self.fields[0].is_semantic else "changed"


@dataclass(frozen=True)
class GroupSpec:
    """A group: what is always visible, and what folds."""

    everyday: SectionSpec
    subsections: tuple[SectionSpec, ...]

    @property
    def path(self) -> str:
        """Name of the group; also of the part of the experiment that most of its fields are in."""
        return self.everyday.path

    @property
    def sections(self) -> tuple[SectionSpec, ...]:
        """Everyday fields first."""
        return (self.everyday, *self.subsections)

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """All its fields in order."""
        return tuple(spec for section in self.sections for spec in section.fields)


@dataclass(frozen=True)
class Count:
    """How many fields of a section differ from their default, and how many are wrong."""

    changed: int = 0
    wrong: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.changed + other.changed, self.wrong + other.wrong)


@cache
def form_groups() -> tuple[GroupSpec, ...]:
    """The whole form. A field that has no place yet stands in a section "More" of its group."""
    return tuple(_group(group) for group in GROUPS)


@cache
def section_of(path: str) -> str:
    """The section that a field, or a member of one, is shown in; "" for none."""
    for group in form_groups():
        for section in group.sections:
            for spec in section.fields:
                if path == spec.path or any(path == leaf.path for leaf in spec.leaves):
                    return section.path
    return ""


def count(section: SectionSpec, state: FormState, problems: Mapping[str, str]) -> Count:
    """What a section's header says."""
    wrong = sum(bool(problems_of(spec, problems)) for spec in section.fields)
    # The chooser of presets only says again what its options say.
    changed = sum(state.is_changed(spec) for spec in section.fields if spec.kind != "preset")
    return Count(changed, wrong)


def problems_of(spec: FieldSpec, problems: Mapping[str, str]) -> list[str]:
    """What is wrong with a field or its members."""
    return [
        text
        for path, text in problems.items()
        if path == spec.path or path.startswith(f"{spec.path}.")
    ]


def found(query: str) -> frozenset[str] | None:
    """Paths of the fields that a search finds, by titles or names; None where nothing is sought.

    Every word must occur in the field's title, its name in files, or its section's title, or be a
    flag of nanoBragg that says the field, or the beginning of one.
    """
    words = query.split()
    if not words:
        return None
    plain = [word.casefold() for word in words if not word.startswith("-")]
    paths = {path for path, text in _searched().items() if all(word in text for word in plain)}
    for word in words:
        if word.startswith("-"):
            paths.intersection_update(fields_by_flag(word))
    return frozenset(paths)


@cache
def _searched() -> dict[str, str]:
    texts = {}
    for group in form_groups():
        for section in group.sections:
            for spec in section.fields:
                members = (f"{leaf.title} {leaf.path}" for leaf in spec.members)
                texts[spec.path] = " ".join(
                    (group.everyday.title, section.title, spec.title, spec.path, *members)
                ).casefold()
    return texts


def _group(group: Group) -> GroupSpec:
    specs = specs_by_path()
    part = Experiment.model_fields[group.name].annotation if group.name != SEMANTICS else Semantics
    everyday = SectionSpec(
        group.name,
        group.title,
        (part.__doc__ or "").strip(),
        tuple(specs[path] for path in group.everyday),
    )
    subsections = [
        SectionSpec(
            f"{group.name}/{sub.name}",
            sub.title,
            f"{group.title}: {sub.title}",
            tuple(specs[path] for path in sub.paths),
        )
        for sub in group.subsections
    ]
    rest = tuple(_without_place(group.name))
    if rest:
        subsections.append(SectionSpec(f"{group.name}/more", "More", "Further fields", rest))
    return GroupSpec(everyday, tuple(subsections))


def _without_place(part: str) -> Iterator[FieldSpec]:
    placed = {
        path
        for group in GROUPS
        for paths in (group.everyday, *(sub.paths for sub in group.subsections))
        for path in paths
    }
    for spec in (*experiment_specs(), *semantics_specs()):
        if spec.path not in placed and spec.path.partition(".")[0] == part:
            yield spec
