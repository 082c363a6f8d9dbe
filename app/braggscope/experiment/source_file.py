"""Files of point sources: X Y Z weight wavelength (spec 7.1)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from braggscope.errors import InvalidInput
from braggscope.experiment.files import read_bytes
from braggscope.experiment.limits import MOST_SOURCES
from braggscope.experiment.model import SourceList, SourceRow
from braggscope.experiment.nanobragg_numbers import atof
from braggscope.physics.sources import SOURCE_DISTANCE_M

_COLUMNS: Final = ("x", "y", "z", "weight", "wavelength_m")
_SEPARATORS: Final = re.compile(r"[ \t,;:!]+")


def read_sources(path: Path) -> tuple[SourceList, tuple[str, ...]]:
    """The sources of a file, and what can hardly be meant in it.

    Raises:
        InvalidInput: the file is missing, holds no source, or holds a number that is not finite.
    """
    path = path.absolute()
    content = read_bytes(path, "source").decode("latin-1")
    warnings: list[str] = []
    rows = list(_rows(path, content, warnings))
    if not rows:
        raise _unusable(path, "it holds no source")
    if len(rows) > MOST_SOURCES:
        raise _unusable(path, f"it holds {len(rows)} sources, more than {MOST_SOURCES:g}")
    return SourceList(rows=tuple(rows), path=path), tuple(warnings)


def _rows(path: Path, content: str, warnings: list[str]) -> Iterator[SourceRow]:
    """One row per line that is not blank.

    In a last line without newline, and in lines that end in CR-LF, missing columns are 0 instead
    of the default; a blank CR-LF line is a source of zeros.
    """
    lines = content.split("\n")
    for number, line in enumerate(lines, start=1):
        ends = number < len(lines)
        body = line.removesuffix("\r")
        zero_filled = not ends or (body is not line and body != line)
        words = [word for word in _SEPARATORS.split(body) if word]
        if not words and (not zero_filled or not ends):
            continue
        values: list[float | None] = [0.0 if zero_filled else None] * len(_COLUMNS)
        for i, word in enumerate(words[: len(_COLUMNS)]):
            values[i] = _number(path, number, word, warnings)
        if zero_filled and len(words) < len(_COLUMNS):
            warnings.append(f"line {number}: nanoBragg reads its missing columns as 0")
        if len(words) > len(_COLUMNS):
            warnings.append(f"line {number}: nanoBragg ignores all after five columns")
        yield SourceRow.model_validate(dict(zip(_COLUMNS, values, strict=True)))


def _number(path: Path, line: int, word: str, warnings: list[str]) -> float:
    value, complete = atof(word)
    if not math.isfinite(value):
        raise _unusable(path, f"line {line} holds {word!r}")
    if not complete:
        warnings.append(f"line {line}: {word!r} is not a number; nanoBragg reads it as {value:g}")
    return value


def write_sources(sources: SourceList, path: Path, beam: Sequence[float] = (1.0, 0.0, 0.0)) -> None:
    """Write sources so that reading them back gives the same ones.

    Args:
        sources: the sources.
        path: the file.
        beam: direction of the beam, which stands in for a missing place before a given column.
    """
    defaults = (*(-SOURCE_DISTANCE_M * float(b) for b in beam), 1.0, 0.0)
    lines = []
    for row in sources.rows:
        values = [getattr(row, name) for name in _COLUMNS]
        while values and values[-1] is None:
            values.pop()
        values = values or [defaults[0]]
        filled = [
            default if value is None else value
            for value, default in zip(values, defaults, strict=False)
        ]
        lines.append(" ".join(repr(float(value)) for value in filled))
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def _unusable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path.name} cannot be used as a list of sources",
        where=str(path),
        why=why,
        remedy="A line holds X Y Z weight wavelength (metres); the last ones may be missing",
    )
