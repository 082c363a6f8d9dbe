"""The variables of a trace by stages of the physics, each with its worst verdict. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from braggscope.api import STAGES, Stage, Tolerances, TraceComparison, Variable, VariableComparison
from braggscope.api.tolerances import UNCHANGED
from braggscope_trace.columns import VARIABLE, VERDICT
from braggscope_trace.rows import Line, VariableLine
from braggscope_trace.wording import STAGE_TITLES, VERDICTS, WORST_FIRST

AGREEING: Final = ("equal", "within")


class GroupLine(Line):
    """A stage of the physics, with its variables."""

    def __init__(self, stage: Stage, lines: list[VariableLine]) -> None:
        super().__init__(lines[0].row, STAGE_TITLES[stage], None)
        self.stage = stage
        self.lines = lines

    @property
    def child_count(self) -> int:
        return len(self.lines)

    def children(self, start: int, stop: int, only_differences: bool) -> list[Line]:
        return list(self.lines[start:stop])

    @property
    def agrees(self) -> bool:
        """Whether all of it is equal or within tolerance."""
        return all(line.row.verdict in AGREEING for line in self.lines)

    @property
    def holds_first(self) -> bool:
        """Whether the first divergence is among its variables."""
        return any(line.is_first for line in self.lines)

    def text(self, column: int, full: bool = False) -> str:
        if column == VARIABLE:
            return f"{'▶ ' if self.holds_first else ''}{self.title}  ({len(self.lines)})"
        return self.verdict_text() if column == VERDICT else ""

    def verdict_text(self) -> str:
        """The worst verdict inside, and how often."""
        verdicts = [line.row.verdict for line in self.lines]
        worst = min(verdicts, key=WORST_FIRST.index)
        if worst in AGREEING:
            return VERDICTS[worst]
        many = verdicts.count(worst)
        return (
            f"≠ {many} differ{'' if many > 1 else 's'}" if worst == "differs" else VERDICTS[worst]
        )

    def tooltip(self, column: int) -> str:
        counts = Counter(line.row.verdict for line in self.lines)
        parts = [
            f"{counts[verdict]} {VERDICTS[verdict]}" for verdict in WORST_FIRST if verdict in counts
        ]
        return f"{self.title}: {', '.join(parts)}"


def differing_text(many: int) -> str:
    """How many variables differ; "" for none."""
    return f"≠ {many} differ{'' if many > 1 else 's'}" if many else ""


def group_lines(
    comparison: TraceComparison,
    words: str = "",
    only_differences: bool = False,
    tolerances: Tolerances = UNCHANGED,
) -> list[GroupLine]:
    """The stages of a comparison with the variables that a filter leaves.

    Args:
        comparison: its rows in order of dependency.
        words: all of them must be found in stage, name, label or unit.
        only_differences: leave out what is equal or within its tolerance.
        tolerances: those that the user changed, to be marked.
    """
    found: dict[Stage, list[VariableLine]] = {}
    for row in filtered(comparison.rows, words, only_differences):
        changed = tolerances.is_changed(comparison.profile, row.name)
        found.setdefault(row.either.stage, []).append(VariableLine(row, changed))
    groups = [GroupLine(stage, found[stage]) for stage in STAGES if stage in found]
    # Options on which both agree would fill the first screen.
    return sorted(groups, key=lambda group: group.stage == "options" and group.agrees)


def filtered(
    rows: Iterable[VariableComparison], words: str = "", only_differences: bool = False
) -> list[VariableComparison]:
    """The variables that a filter leaves; see `group_lines`."""
    wanted = words.casefold().split()
    return [
        row
        for row in rows
        if not (only_differences and row.verdict in AGREEING)
        and all(word in _searched(row.either) for word in wanted)
    ]


def _searched(variable: Variable) -> str:
    return f"{variable.stage} {variable.label} {variable.name} {variable.unit}".casefold()
