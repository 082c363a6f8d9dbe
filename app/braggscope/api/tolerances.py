"""How far two traces may be apart: profiles by the runs' precisions, and what a user changed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from braggscope.api.catalogue import VariableKind
from braggscope.api.ulps import NumberType


@dataclass(frozen=True)
class Profile:
    """What two right implementations of some precision may differ by.

    Attributes:
        name: "float64", "mixed" or "float32".
        allowed: kind of variable -> largest difference, relative to the variable's natural size:
            they round differently, never by more than this.
        numbers: kind of variable -> type of number that it is calculated in.
    """

    name: str
    allowed: Mapping[VariableKind, float]
    numbers: Mapping[VariableKind, NumberType]


_DOUBLE: Final[Mapping[VariableKind, float]] = {
    "exact": 0.0,
    "geometry": 1e-12,
    "index": 1e-11,
    "lattice": 1e-10,
    "intensity": 1e-10,
}
_ALL_DOUBLE: Final[Mapping[VariableKind, NumberType]] = dict.fromkeys(_DOUBLE, "float64")
#: Profile name -> profile.
PROFILES: Final[Mapping[str, Profile]] = {
    profile.name: profile
    for profile in (
        Profile("float64", _DOUBLE, _ALL_DOUBLE),
        # Reduced fractions and sums in float32.
        Profile(
            "mixed",
            {**_DOUBLE, "lattice": 3e-6, "intensity": 3e-5},
            {**_ALL_DOUBLE, "lattice": "float32", "intensity": "float32"},
        ),
        # Everything in float32.
        Profile(
            "float32",
            {
                "exact": 0.0,
                "geometry": 3e-6,
                "index": 3e-5,
                "lattice": 3e-3,
                "intensity": 1e-2,
            },
            dict.fromkeys(_DOUBLE, "float32"),
        ),
    )
}


def profile_of(precision_a: str, precision_b: str) -> Profile:
    """The profile for two runs: the coarser one counts.

    Args:
        precision_a, precision_b: of the traces, such as "float64", "mixed" or "float32-naive".
    """
    said = (precision_a, precision_b)
    if any(precision.startswith("float32") for precision in said):
        return PROFILES["float32"]
    return PROFILES["float64" if said == ("float64", "float64") else "mixed"]


@dataclass(frozen=True)
class Tolerances:
    """The tolerances that a user changed.

    Attributes:
        changed: profile -> variable -> largest relative difference that counts as agreement.
    """

    changed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, profile: Profile, name: str, kind: VariableKind) -> float:
        """The tolerance of a variable."""
        return self.changed.get(profile.name, {}).get(name, profile.allowed[kind])

    @property
    def many(self) -> int:
        """How many are changed."""
        return sum(len(values) for values in self.changed.values())

    def is_changed(self, profile: str, name: str) -> bool:
        """Whether the user changed the tolerance of a variable."""
        return name in self.changed.get(profile, {})

    def with_value(self, profile: str, name: str, value: float) -> Tolerances:
        """Another tolerance of one variable.

        Raises:
            ValueError: the value is no finite number, or negative.
        """
        if not (math.isfinite(value) and value >= 0.0):
            raise ValueError(f"a tolerance is a finite number from 0, not {value}")
        theirs = {**self.changed.get(profile, {}), name: value}
        return Tolerances({**self.changed, profile: theirs})

    def without(self, profile: str, name: str | None = None) -> Tolerances:
        """The profile's own tolerance for a variable again; for all of them without a name."""
        theirs = {n: v for n, v in self.changed.get(profile, {}).items() if name not in (None, n)}
        others = {n: v for n, v in self.changed.items() if n != profile}
        return Tolerances({**others, profile: theirs} if theirs else others)


#: The profiles as they are.
UNCHANGED: Final = Tolerances()
