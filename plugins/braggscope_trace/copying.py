"""Tables as text for the clipboard: with tabs for people, or CSV. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Literal

from braggscope_trace.columns import COLUMNS, VARIABLE
from braggscope_trace.groups import GroupLine
from braggscope_trace.rows import Line

Form = Literal["text", "csv"]


def table_text(lines: Sequence[Line], form: Form = "text") -> str:
    """Lines of the trace table with a header, numbers in full; stages are a column of their own."""
    cells = [_cells(line) for line in lines if not isinstance(line, GroupLine)]
    return as_text(("Stage", *COLUMNS), cells, form)


def as_text(headers: Sequence[str], rows: Iterable[Sequence[str]], form: Form) -> str:
    """A table with tabs, or comma-separated (RFC 4180)."""
    if form == "text":
        lines = ("\t".join(_plain(cell) for cell in row) for row in (headers, *rows))
        return "\n".join(lines) + "\n"
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return stream.getvalue()


def _cells(line: Line) -> list[str]:
    depth = 0
    above = line.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    texts = [line.text(column, full=True) for column in range(len(COLUMNS))]
    texts[VARIABLE] = "  " * depth + texts[VARIABLE]
    return [line.row.either.stage if line.parent is None else "", *texts]


def _plain(cell: str) -> str:
    return cell.replace("\t", " ").replace("\n", " ")
