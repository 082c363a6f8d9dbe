"""What is kept of a comparison to judge it by other tolerances when its traces are gone."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from braggscope.api import PROFILES, Tolerances, TraceComparison
from braggscope.api.catalogue import VariableKind
from braggscope.api.divergence import first_of


@dataclass(frozen=True)
class About:
    """A variable without its values: the same for all samples."""

    name: str
    label: str
    stage: str
    kind: VariableKind
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A variable that is not equal to the last bit.

    Attributes:
        relative: its difference over its size; NaN where tolerances have no say.
        rounding: of the side that was printed with fewer digits.
        differs: the verdict by the tolerances of then.
    """

    about: About
    relative: float
    rounding: float
    differs: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """A comparison as far as tolerances matter.

    Attributes:
        profile: the name of its profile of tolerances.
        facts: in order of dependency.
    """

    profile: str
    facts: tuple[Fact, ...]

    def first(self, tolerances: Tolerances) -> Fact | None:
        """What differs first by some tolerances."""
        differing = {fact.about.name: fact for fact in self._differing(tolerances)}
        name = first_of({name: fact.about.inputs for name, fact in differing.items()})
        return None if name is None else differing[name]

    def _differing(self, tolerances: Tolerances) -> Iterator[Fact]:
        profile = PROFILES[self.profile]
        for fact in self.facts:
            about = fact.about
            allowed = max(tolerances.of(profile, about.name, about.kind), fact.rounding)
            if fact.differs if math.isnan(fact.relative) else fact.relative > allowed:
                yield fact


def judgement_of(found: TraceComparison) -> Judgement:
    """What of a comparison is worth keeping."""
    facts = [
        Fact(
            _about(v.name, v.label or v.name, v.stage, v.kind, v.inputs),
            row.relative,
            row.rounding,
            differs,
        )
        for row in found.rows
        if (differs := row.verdict == "differs") or row.verdict == "within"
        for v in (row.either,)
    ]
    return Judgement(found.profile, tuple(facts))


@lru_cache(maxsize=2048)
def _about(name: str, label: str, stage: str, kind: VariableKind, inputs: tuple[str, ...]) -> About:
    return About(name, label, stage, kind, inputs)
