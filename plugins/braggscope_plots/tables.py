"""Numbers of a plot as text with every digit: TSV for the clipboard, CSV for files. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Column:
    """A column: its name with unit, and its values, (n,) numbers."""

    name: str
    values: NDArray[Any]


def tsv(columns: Sequence[Column]) -> str:
    """Columns as text with tabs, as spreadsheets paste it."""
    return _text(columns, "\t", "\n")


def comma_separated(columns: Sequence[Column]) -> str:
    """Columns as CSV (RFC 4180)."""
    return _text(columns, ",", "\r\n")


def _text(columns: Sequence[Column], delimiter: str, ending: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending)
    writer.writerow(column.name for column in columns)
    lists = [np.asarray(column.values).tolist() for column in columns]
    writer.writerows(zip(*lists, strict=True))
    return stream.getvalue()
