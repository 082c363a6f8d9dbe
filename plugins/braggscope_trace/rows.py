"""The lines of the trace table as a tree: stages, variables, steps, components. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from braggscope.api import Dim, VariableComparison
from braggscope.api.catalogue import is_option
from braggscope_trace.about import about_lines
from braggscope_trace.columns import (
    COLUMNS,
    DIFFERENCE,
    RELATIVE,
    TOLERANCE,
    ULP,
    UNIT,
    VARIABLE,
    VERDICT,
    A,
    B,
)
from braggscope_trace.steps import Judgement, Steps, Values, ulps_of
from braggscope_trace.wording import (
    VERDICTS,
    difference_text,
    steps_text,
    tooltip_text,
    ulps_text,
    value_text,
)

#: How many steps of a variable are shown before "… more".
CHUNK: Final = 200
_AXES: Final = {"hkl": "hkl", "hkl0": "hkl", "FSO": ("fast", "slow", "depth")}
_ROWS: Final = ("first row", "second row", "third row")


class Line:
    """One line of the table.

    Attributes:
        row: the variable that it belongs to.
        title: what stands in the column "Variable".
        parent: the line it is folded into; None for a variable.
    """

    def __init__(self, row: VariableComparison, title: str, parent: Line | None) -> None:
        self.row = row
        self.title = title
        self.parent = parent

    @property
    def child_count(self) -> int:
        """How many lines it unfolds into, were there no limit."""
        return 0

    def children(self, start: int, stop: int, only_differences: bool) -> list[Line]:
        """Some of the lines that it unfolds into."""
        return []

    def shown_count(self, only_differences: bool) -> int:
        """How many lines it unfolds into when those that agree may be left out."""
        return self.child_count

    @property
    def is_first(self) -> bool:
        """Whether the first divergence is here."""
        return False

    def text(self, column: int, full: bool = False) -> str:
        """What stands in a column; in full, numbers keep every bit."""
        return self.title if column == VARIABLE else ""

    def tooltip(self, column: int) -> str:
        """More about a column."""
        return ""


class MoreLine(Line):
    """Stands for the steps that are not shown yet."""

    def __init__(self, parent: Line, hidden: int, differing: int) -> None:
        note = f", {differing:,} of them differ" if differing else ""
        super().__init__(parent.row, f"… {hidden:,} more{note} (Enter shows {CHUNK})", parent)


class ValueLine(Line):
    """A line with a value on each side."""

    def __init__(
        self,
        row: VariableComparison,
        title: str,
        parent: Line | None,
        a: Values | None,
        b: Values | None,
        judgement: Judgement,
    ) -> None:
        super().__init__(row, title, parent)
        self.a = a
        self.b = b
        self.judgement = judgement

    def text(self, column: int, full: bool = False) -> str:
        judgement = self.judgement
        if column == A:
            return self.side_text(self.a, full)
        if column == B:
            return self.side_text(self.b, full)
        if column == DIFFERENCE:
            return self.difference_text(full)
        if column == RELATIVE:
            return difference_text(judgement.relative, full)
        if column == ULP:
            return ulps_text(ulps_of(self.a, self.b, self.row.number), full)
        if column == VERDICT:
            return VERDICTS[judgement.verdict]
        return super().text(column, full)

    def side_text(self, values: Values | None, full: bool) -> str:
        """The value of one side."""
        return value_text(values, full)

    def difference_text(self, full: bool) -> str:
        """The signed difference of two scalars, the largest of anything else."""
        signed = _signed_difference(self.a, self.b)
        return difference_text(self.judgement.difference if signed is None else signed, full)

    def tooltip(self, column: int) -> str:
        if column == VARIABLE:
            return self.title
        if column in (A, B):
            return tooltip_text(self.a if column == A else self.b)
        if column == DIFFERENCE:
            return self.difference_text(full=True)
        return difference_text(self.judgement.relative, True) if column == RELATIVE else ""


class ComponentLine(ValueLine):
    """A component of a vector, or a row of a matrix."""

    @property
    def child_count(self) -> int:
        return _component_count(self.a, self.b)

    def children(self, start: int, stop: int, only_differences: bool) -> list[Line]:
        return component_lines(self)[start:stop]


class StepLine(ComponentLine):
    """A variable at one step of its loops.

    Attributes:
        step: where each loop stands.
    """

    step: Mapping[Dim, int]


class VariableLine(ValueLine):
    """A variable with all its steps.

    Args:
        row: the variable in both traces.
        changed: whether the user changed its tolerance.
    """

    def __init__(self, row: VariableComparison, changed: bool = False) -> None:
        variable = row.either
        # The name of an option says its label once more.
        title = variable.label if is_option(variable.name) else variable.title
        judgement = Judgement(row.difference, row.relative, row.verdict)
        a = row.a.values if row.a is not None else None
        b = row.b.values if row.b is not None else None
        super().__init__(row, title, None, a, b, judgement)
        self.steps = Steps(row)
        self.changed = changed
        self._texts: dict[tuple[int, bool], str] = {}

    @property
    def is_first(self) -> bool:
        return self.row.first

    @property
    def child_count(self) -> int:
        return self.steps.count if self.steps.count > 1 else _split_count(self.steps.components)

    def shown_count(self, only_differences: bool) -> int:
        if only_differences and self.steps.count > 1:
            return int(self.steps.differing.size)
        return self.child_count

    def children(self, start: int, stop: int, only_differences: bool) -> list[Line]:
        if self.steps.count <= 1:
            return component_lines(self)[start:stop]
        if only_differences:
            places = self.steps.differing[start:stop].tolist()
        else:
            places = list(range(start, min(stop, self.steps.count)))
        return [self._step(place) for place in places]

    def differing_between(self, start: int, stop: int) -> int:
        """How many of the steps from start to stop differ."""
        differing = self.steps.differing
        return int(np.count_nonzero((differing >= start) & (differing < stop)))

    def text(self, column: int, full: bool = False) -> str:
        # Ranges of many steps are not looked for again at every repaint.
        key = (column, full)
        if key not in self._texts:
            self._texts[key] = self._text(column, full)
        return self._texts[key]

    def _text(self, column: int, full: bool) -> str:
        if column == VARIABLE:
            return f"▶ {self.title}" if self.is_first and not full else self.title
        if column == UNIT:
            return self.row.either.unit
        if column == TOLERANCE:
            text = difference_text(self.row.tolerance, full)
            return f"{text} *" if self.changed and not full else text
        if column == ULP:
            return ulps_text(self.row.ulps, full)
        if column == VERDICT and self.is_first:
            return f"{VERDICTS[self.row.verdict]} first"
        return super().text(column, full)

    def side_text(self, values: Values | None, full: bool) -> str:
        if self.steps.count > 1:
            return steps_text(values, self.steps.components, full)
        return value_text(values, full)

    def tooltip(self, column: int) -> str:
        if column in (A, B) and self.steps.count > 1:
            text = self.text(column, full=True) or "missing"
            return f"{text}\nUnfold the row for every step."
        if column in (A, B, DIFFERENCE, RELATIVE):
            return super().tooltip(column)
        return self._about()

    def _about(self) -> str:
        lines = [f"{self.title}", *about_lines(self.row)]
        judged = [
            f"{COLUMNS[column]} {text}"
            for column in (DIFFERENCE, RELATIVE, ULP, TOLERANCE)
            if (text := self.text(column))
        ]
        lines += [", ".join(judged)] if judged else []
        return "\n".join(lines)

    def _step(self, place: int) -> StepLine:
        a, b = self.steps.pair(place)
        judgement = self.steps.judge(a, b)
        line = StepLine(self.row, self.steps.title(place), self, a, b, judgement)
        line.step = self.steps.at(place)
        return line


def component_lines(line: ValueLine) -> list[Line]:
    """The rows of a matrix, or the components of a vector."""
    a, b = line.a, line.b
    parts = _component_count(a, b)
    axes = _AXES.get(line.row.name, "xyz")
    titles = _ROWS if _largest_size(a, b) == 9 else tuple(axes)
    steps = Steps(line.row)
    lines: list[Line] = []
    for i in range(parts):
        part_a, part_b = _part(a, i, parts), _part(b, i, parts)
        lines.append(
            ComponentLine(line.row, titles[i], line, part_a, part_b, steps.judge(part_a, part_b))
        )
    return lines


def _split_count(components: int) -> int:
    return {3: 3, 9: 3}.get(components, 0)


def _largest_size(a: Values | None, b: Values | None) -> int:
    return max(side.size for side in (a, b) if side is not None)


def _component_count(a: Values | None, b: Values | None) -> int:
    if a is None and b is None:
        return 0
    return _split_count(_largest_size(a, b))


def _part(values: Values | None, i: int, parts: int) -> Values | None:
    return None if values is None or values.size < parts else values.reshape(parts, -1)[i]


def _signed_difference(a: Values | None, b: Values | None) -> float | None:
    if a is None or b is None or a.size != 1 or b.size != 1:
        return None
    if a.dtype.kind in "US" or b.dtype.kind in "US":
        return None
    with np.errstate(invalid="ignore"):
        return float(b.ravel()[0].astype(np.float64) - a.ravel()[0].astype(np.float64))
