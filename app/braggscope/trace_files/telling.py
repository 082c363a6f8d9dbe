"""The rows of a comparison that tell a pixel's story, and variables in a few words."""

from __future__ import annotations

from typing import Final

import numpy as np

from braggscope.api import TraceComparison, Variable, VariableComparison
from braggscope.api.catalogue import is_option

#: The way from the beam to the photons, variable by variable.
STORY: Final = frozenset(
    (
        *("lambda", "phi_rad", "pos_m", "R_m", "stol", "hkl", "F_latt", "F_cell", "I_total"),
        *("val_unscaled", "capture", "polar", "omega", "val"),
    )
)
AGREEING: Final = ("equal", "within")


def known_rows(comparison: TraceComparison) -> tuple[VariableComparison, ...]:
    """All rows; beside a log that does not know everything, those that both sides have."""
    if not (comparison.a.partial or comparison.b.partial):
        return comparison.rows
    return tuple(row for row in comparison.rows if row.a is not None and row.b is not None)


def telling_rows(comparison: TraceComparison) -> tuple[VariableComparison, ...]:
    """The pixel's story, the first divergence with its inputs, and options that differ."""
    first = next((row for row in comparison.rows if row.first), None)
    wanted = {*STORY, *(first.either.inputs if first else ())}
    return tuple(
        row
        for row in known_rows(comparison)
        if row.first or row.name in wanted or (is_option(row.name) and row.verdict != "equal")
    )


def short(item: Variable) -> str:
    """The variable's first value, and how many more there are."""
    steps = int(np.prod(item.values.shape[: len(item.dims)])) if item.dims else 1
    first = item.values.reshape(steps, -1)[0]
    text = " ".join(value if isinstance(value, str) else f"{value:.8g}" for value in first.tolist())
    return text if steps == 1 else f"{text}  … × {steps}"
