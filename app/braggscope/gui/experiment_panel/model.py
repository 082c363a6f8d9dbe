"""What the form holds: the values that were said and the texts that are no values. Frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from braggscope.experiment import Experiment
from braggscope.experiment.semantics import PRESETS, Semantics, preset_name
from braggscope.gui.experiment_panel.arrangement import SEMANTICS
from braggscope.gui.experiment_panel.fields import (
    FieldSpec,
    experiment_specs,
    owner_of,
    specs_by_path,
    text_of,
)

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class FormEdits:
    """What one state of the form says otherwise than another one.

    Attributes:
        texts: leaf path -> text that is no value.
        values: leaf path -> value.
        gone: paths of what went back to its default.
    """

    texts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.texts or self.values or self.gone)


@dataclass(frozen=True)
class FormState:
    """What stands in the form.

    Attributes:
        base: the experiment that was put in; unchanged fields keep its sources.
        base_values: its values.
        values: leaf path -> value, for everything that was said; the rest is default.
        texts: leaf path -> text that cannot be read as a value of its field.
        semantics: the chosen options; as fields they are called semantics.omega and so on.
    """

    base: Experiment | None = None
    base_values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    values: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    texts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    semantics: Semantics = field(default_factory=Semantics)

    @classmethod
    def of(cls, experiment: Experiment, semantics: Semantics | None = None) -> FormState:
        """The form that shows an experiment and the semantics of its runs."""
        values = _values_of(experiment)
        return cls(experiment, values, values, semantics=semantics or Semantics())

    def typed(self, leaf: str, text: str) -> FormState:
        """The form after a text was typed into a field."""
        spec = specs_by_path()[leaf]
        stripped = text.strip()
        if not stripped and _may_be_empty(spec):
            return self.without(leaf)
        try:
            value = _read(spec, stripped)
        except ValueError:
            return replace(self, values=_less(self.values, leaf), texts={**self.texts, leaf: text})
        if leaf not in self.texts and leaf in self.values and self.values[leaf] == value:
            return self
        return self.with_value(leaf, value)

    def with_value(self, path: str, value: Any) -> FormState:
        """The form after a value was chosen for a field."""
        if specs_by_path()[path].is_semantic:
            return replace(self, semantics=_chosen(self.semantics, path, value))
        values = {**self.values, path: value}
        owner = owner_of(path)
        if owner != path:
            # An explicit "automatic" for the whole gives way to its parts.
            values.pop(owner, None)
        return replace(self, values=values, texts=_less(self.texts, path))

    def without(self, path: str) -> FormState:
        """The form after a field, or a member of one, went back to its default."""
        spec = specs_by_path()[path]
        if spec.is_semantic:
            return self.with_value(path, spec.default)
        gone = (path, *(member.path for member in spec.members))
        return replace(self, values=_less(self.values, *gone), texts=_less(self.texts, *gone))

    def text(self, leaf: str) -> str:
        """What stands in a field: what was typed, or the value, or the default."""
        if leaf in self.texts:
            return self.texts[leaf]
        return text_of(self.value(leaf))

    def value(self, path: str) -> Any:
        """The value of a field or a member: said, or default; None for a missing member."""
        if path in self.values:
            return self.values[path]
        spec = specs_by_path()[path]
        if path == SEMANTICS:
            return preset_name(self.semantics)
        if spec.is_semantic:
            return getattr(self.semantics, path.rpartition(".")[2])
        # A member's default shows only as a placeholder: the whole may be absent.
        return None if owner_of(path) != path else spec.default

    def is_said(self, spec: FieldSpec) -> bool:
        """Whether a field with members has any of them."""
        return any(leaf.path in self.values or leaf.path in self.texts for leaf in spec.leaves)

    def is_changed(self, spec: FieldSpec) -> bool:
        """Whether a field differs from its default."""
        if any(leaf.path in self.texts for leaf in spec.leaves):
            return True
        if spec.members:
            return any(leaf.path in self.values for leaf in spec.members)
        return bool(self.value(spec.path) != spec.default)

    def data(self) -> dict[str, dict[str, Any]]:
        """Nested plain data for the experiment's model; fields that were not said are missing."""
        data: dict[str, dict[str, Any]] = {name: {} for name in Experiment.model_fields}
        for spec in experiment_specs():
            group, _, name = spec.path.partition(".")
            for value in self._said(spec):
                data[group][name] = value
        return data

    def sources(self) -> dict[str, str]:
        """Where each value was said, for those that are still what they were."""
        if self.base is None:
            return {}
        kept = (path for path, value in self.values.items() if self.base_values.get(path) == value)
        sources = {path: self.base.source_of(path) for path in kept}
        for path in list(sources):
            owner = owner_of(path)
            sources.setdefault(owner, self.base.source_of(owner))
        return {path: source for path, source in sources.items() if source}

    def edits_since(self, other: FormState) -> FormEdits:
        """What another state would have to be told to say the same; files are left out."""
        said = {**self.values, **self.texts}
        return FormEdits(
            texts=dict(self.texts),
            values={
                path: value
                for path, value in self.values.items()
                if isinstance(value, bool | int | float | str | None)
                and (path not in other.values or other.values[path] != value)
            },
            gone=tuple(path for path in other.values if path not in said),
        )

    def with_edits(self, edits: FormEdits) -> FormState:
        """The form after edits; paths that are no fields are passed over."""
        specs, state = specs_by_path(), self
        for path in edits.gone:
            state = state.without(path) if path in specs else state
        for path, value in edits.values.items():
            state = state.with_value(path, value) if path in specs else state
        texts = {path: text for path, text in edits.texts.items() if path in specs}
        return replace(state, values=_less(state.values, *texts), texts={**state.texts, **texts})

    @property
    def is_untouched(self) -> bool:
        """Whether the form still says exactly what the experiment put into it said."""
        return self.base is not None and not self.texts and self.values == self.base_values

    def _said(self, spec: FieldSpec) -> list[Any]:
        """The field's value as a list of one, or an empty list where nothing was said."""
        said = {
            leaf.path.rpartition(".")[2]: self.values[leaf.path]
            for leaf in spec.leaves
            if leaf.path in self.values
        }
        if not said:
            return [None] if spec.members and spec.path in self.values else []
        if spec.kind == "vector":
            return [tuple(said.get(str(i), leaf.default) for i, leaf in enumerate(spec.members))]
        return [said] if spec.members else list(said.values())


def explain_text(spec: FieldSpec, text: str) -> str:
    """Why a text is no value of a field."""
    wanted = "a whole number" if spec.whole else "a number"
    if not text.strip():
        return f"{spec.title} is empty: it needs {wanted}{_range(spec)}"
    hint = " (write a point, not a comma)" if "," in text else ""
    return f"{spec.title} = “{text.strip()}” is not {wanted}{hint}{_range(spec)}"


def _range(spec: FieldSpec) -> str:
    return (
        f"; allowed: {spec.allowed}{f' {spec.unit}' if spec.unit else ''}" if spec.allowed else ""
    )


def _may_be_empty(spec: FieldSpec) -> bool:
    return spec.optional or owner_of(spec.path) != spec.path


def _read(spec: FieldSpec, text: str) -> float | int:
    number = float(text.replace("−", "-").replace("_", "x"))
    if not spec.whole:
        return number
    if not number.is_integer():
        raise ValueError(text)
    try:
        return int(text)
    except ValueError:
        return int(number)


def _less(mapping: Mapping[str, Any], *paths: str) -> dict[str, Any]:
    return {path: value for path, value in mapping.items() if path not in paths}


def _values_of(experiment: Experiment) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for spec in experiment_specs():
        group, _, name = spec.path.partition(".")
        part = getattr(experiment, group)
        if name in part.model_fields_set:
            values.update(_leaf_values(spec, getattr(part, name)))
    return values


def _chosen(semantics: Semantics, path: str, value: str | None) -> Semantics:
    """The semantics with another option, or a whole preset; a preset of None changes nothing."""
    if path == SEMANTICS:
        return PRESETS[value] if value is not None else semantics
    return semantics.model_copy(update={path.rpartition(".")[2]: value})


def _leaf_values(spec: FieldSpec, value: Any) -> dict[str, Any]:
    if value is None or not spec.members:
        return {spec.path: value}
    if spec.kind == "vector":
        return {member.path: item for member, item in zip(spec.members, value, strict=True)}
    return {
        member.path: getattr(value, name)
        for member in spec.members
        if (name := member.path.rpartition(".")[2]) in value.model_fields_set
    }
