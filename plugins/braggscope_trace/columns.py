"""The columns of the trace table, and how wide they are. No Qt."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "Variable",
    "Unit",
    "A",
    "B",
    "B − A",
    "Relative",
    "ULP",
    "Tolerance",
    "Verdict",
)
VARIABLE, UNIT, A, B, DIFFERENCE, RELATIVE, ULP, TOLERANCE, VERDICT = range(len(COLUMNS))
NUMERIC: Final = (DIFFERENCE, RELATIVE, ULP, TOLERANCE)
HELP: Final = {
    A: "Value in the trace of A; rows with several values show their range and unfold",
    B: "Value in the trace of B",
    DIFFERENCE: "B − A of a number; the largest |B − A| of several",
    RELATIVE: "Largest difference over the variable's natural size",
    ULP: "How many numbers of its precision lie between A and B; the largest of several",
    TOLERANCE: "Largest relative difference that counts as agreement; * where you changed it",
}

#: Widths of the columns, px: with room, and at least.
_WIDE: Final = (280, 64, 190, 190, 84, 84, 70, 84, 140)
_NARROW: Final = (240, 50, 100, 100, 70, 68, 64, 72, 98)
_WIDEST_VALUE: Final = 420
_LEAST: Final = 56
#: What a narrow table leaves to the details, the first first.
_DISPENSABLE: Final = (TOLERANCE, UNIT, ULP, RELATIVE, DIFFERENCE)


def column_widths(room: int) -> dict[int, int]:
    """Column -> width, so that nothing needs to be scrolled sideways; others are not shown.

    Args:
        room: width of the table, px.
    """
    columns = list(range(len(COLUMNS)))
    for column in _DISPENSABLE:
        if sum(_NARROW[c] for c in columns) > room:
            columns.remove(column)
    least = sum(_NARROW[c] for c in columns)
    if least > room:
        verdict = _NARROW[VERDICT]
        share = max(0.0, room - verdict) / (least - verdict)
        found = {c: max(_LEAST, int(_NARROW[c] * share)) for c in columns}
        return {**found, VERDICT: verdict}
    least, most = (sum(widths[c] for c in columns) for widths in (_NARROW, _WIDE))
    share = min(1.0, max(0.0, (room - least) / (most - least)))
    found = {c: int(_NARROW[c] + share * (_WIDE[c] - _NARROW[c])) for c in columns}
    rest = max(0, room - most) // 2
    for column in (A, B):
        found[column] = min(_WIDEST_VALUE, found[column] + rest)
    found[VERDICT] += max(0, room - sum(found.values()))
    return found
