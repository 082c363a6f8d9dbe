"""What a variable is: formula, unit, inputs, loops, section of the specification. No Qt."""

from __future__ import annotations

from braggscope.api import CATALOGUE, VariableComparison
from braggscope_trace.steps import DIM_NAMES
from braggscope_trace.wording import STAGE_TITLES


def about_lines(row: VariableComparison) -> list[str]:
    """One fact a line."""
    item = row.either
    entry = CATALOGUE.get(row.name)
    lines = [f"= {item.formula}"] if item.formula else []
    lines.append(f"Unit: {item.unit or 'none, a pure number'}" if _is_number(row) else "Text")
    if item.inputs:
        lines.append(f"From: {', '.join(item.inputs)}")
    if item.dims:
        lines.append(f"For each: {', '.join(DIM_NAMES[dim] for dim in item.dims)}")
    lines.append(f"Stage: {STAGE_TITLES[item.stage]}")
    if entry is not None and entry.spec:
        lines.append(f"Specification: section {entry.spec}")
    return lines


def _is_number(row: VariableComparison) -> bool:
    return row.either.values.dtype.kind not in "US"
