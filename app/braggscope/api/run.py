"""Run: one experiment on one engine, with everything that its image depends on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field

from braggscope.api.semantics import Semantics
from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, RegionOfInterest, resolve
from braggscope.physics.setup import Setup, Window


class Pixel(NamedTuple):
    """A pixel by its indices, slow first as in the image array."""

    slow: int
    fast: int


class Run(BaseModel):
    """What is compared: runs, not engines. Frozen and hashable.

    Attributes:
        experiment: what was said.
        overrides: (dotted field path, value) pairs that this run sets otherwise.
        semantics: which meaning of nanoBragg's surprises is used.
        engine: the engine's id.
        options: (name, value) pairs for the engine, such as ("precision", "mixed"); sorted by name.
        region: pixels to render; the others stay 0. None is the experiment's own region.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    experiment: Experiment
    engine: str = Field(min_length=1)
    overrides: tuple[tuple[str, Any], ...] = ()
    semantics: Semantics = Semantics()
    options: tuple[tuple[str, str], ...] = ()
    region: RegionOfInterest | None = None

    def option(self, name: str, default: str = "") -> str:
        """The value of an engine option, or default where it is not set."""
        return dict(self.options).get(name, default)

    @cached_property
    def effective_experiment(self) -> Experiment:
        """The experiment with this run's overrides applied.

        Raises:
            InvalidInput: an override names no field, or its value does not fit.
        """
        return self.experiment.with_overrides(dict(self.overrides))

    @cached_property
    def setup(self) -> Setup:
        """The resolved numbers, restricted to this run's region."""
        region = None if self.region is None else Window(**self.region.model_dump())
        return resolve(self.effective_experiment).within(region)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values; what was worked out from the old ones is left behind."""
        copied = super().model_copy(update=update, deep=deep)
        for name in ("effective_experiment", "setup"):
            copied.__dict__.pop(name, None)
        return copied

    def cache_key(self, engine_version: str) -> str:
        """Hash of everything that the image depends on."""
        identity = [
            self.setup.digest(),
            self.semantics.model_dump(),
            self.engine,
            engine_version,
            sorted(self.options),
        ]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()

    def __hash__(self) -> int:
        return hash(self.model_dump_json())


def engine_and_options(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Read `ENGINE[,option=value…]`: the engine's id, and the options sorted by name.

    Raises:
        InvalidInput: a part is no option.
    """
    name, *parts = text.split(",")
    options: list[tuple[str, str]] = []
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals and options:
            # A comma in a path, or another value: no option is without "=".
            options[-1] = (options[-1][0], f"{options[-1][1]},{part}")
            continue
        if not equals:
            raise InvalidInput(
                f"{part!r} is not an engine option", remedy="Write torch-cpu,precision=mixed"
            )
        options.append((key.strip(), value.strip()))
    return name.strip(), tuple(sorted(options))


def differences(a: Run, b: Run) -> list[tuple[str, Any, Any]]:
    """What differs between two runs: (name, value in A, value in B), experiment fields by path.

    What only one of two engines can be told is no difference beside that of the engines.
    """
    parts = zip(a.effective_experiment, b.effective_experiment, strict=True)
    rows: list[tuple[str, Any, Any]] = [
        (f"{group}.{name}", in_a, getattr(part_b, name))
        for (group, part_a), (_, part_b) in parts
        for name, in_a in part_a
    ]
    rows.append(("engine", a.engine, b.engine))
    names_a, names_b = ({name for name, _ in run.options} for run in (a, b))
    names = sorted(names_a | names_b if a.engine == b.engine else names_a & names_b)
    rows += [(f"option {name}", a.option(name), b.option(name)) for name in names]
    rows += [
        (f"semantics.{name}", getattr(a.semantics, name), getattr(b.semantics, name))
        for name in Semantics.model_fields
    ]
    rows.append(("region", a.region, b.region))
    return [(name, in_a, in_b) for name, in_a, in_b in rows if in_a != in_b]
