"""nanoBragg's text form of structure factors, read in its two passes (spec 6.1, Q37)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic_core import from_json

from braggscope.errors import InvalidInput
from braggscope.experiment.nanobragg_numbers import FLOAT, INTEGER, float_of

_LARGEST_INDEX: Final = 10**6
#: Bytes looked at together: they stay in the processor's cache.
_PIECE: Final = 2**20
_PLAIN: Final = b"0123456789+-.eE \t\n\v\f\r"
#: As C's scanf, which gives back nothing of a number once it has read it: atomic groups.
_REAL, _INTEGER = rf"\s*((?>{FLOAT}))", rf"\s*((?>{INTEGER}))"
_REALS: Final = re.compile((_REAL * 4).encode())
_INTEGERS: Final = re.compile((_INTEGER * 3 + _REAL).encode())


@dataclass(frozen=True, eq=False)
class HklText:
    """The reflections of a text file.

    Attributes:
        hkl: (n, 3) int32, those of the second pass, in file order.
        amplitude: (n,) float64, electrons.
        bounds: (2, 3) lowest and highest indices of the first pass.
        warnings: what nanoBragg reads otherwise than it looks.
    """

    hkl: NDArray[np.int32]
    amplitude: NDArray[np.float64]
    bounds: NDArray[np.int64]
    warnings: tuple[str, ...]


def parse_hkl(path: Path, content: bytes) -> HklText:
    """Read a file's content.

    Raises:
        InvalidInput: there is no reflection in it, or an impossible one.
    """
    tidy = _tidy(content)
    first, second, odd = tidy or _scanned(content)
    if not len(first):
        raise _unusable(path, f"{path.name} holds no reflections", _start(content))
    for rows in (first,) if second is first else (first, second):
        bad = ~np.all(np.isfinite(rows), axis=1)
        bad |= np.any(np.abs(rows[:, :3]) > _LARGEST_INDEX, axis=1)
        if np.any(bad):
            place = int(np.argmax(bad))
            raise _unusable(
                path, f"reflection {place + 1} of {path.name} is not usable: {rows[place].tolist()}"
            )
    whole = np.trunc(first[:, :3]).astype(np.int64)
    return HklText(
        second[:, :3].astype(np.int32),
        second[:, 3].copy(),
        np.array([whole.min(axis=0), whole.max(axis=0)]),
        (*odd, *(() if tidy else _uneven_lines(content))),
    )


Rows = NDArray[np.float64]


def _tidy(content: bytes) -> tuple[Rows, Rows, list[str]] | None:
    """The fastest way, through a file of lines of three whole numbers and a number; else None.

    Every check is over all bytes of a piece at once: a million lines in half a second.
    """
    if content.translate(None, _PLAIN):
        return None
    pieces = []
    for start, stop in _pieces(content):
        numbers = _tidy_piece(content[start:stop])
        if numbers is None:
            return None
        pieces.append(numbers)
    rows = np.concatenate(pieces or [np.zeros(0)]).reshape(-1, 4)
    return (rows, rows, []) if len(rows) else None


def _pieces(content: bytes) -> Iterator[tuple[int, int]]:
    """From and to, of pieces that end with lines."""
    start = 0
    while start < len(content):
        stop = content.rfind(b"\n", start, start + _PIECE) + 1
        if stop <= start or start + _PIECE >= len(content):
            stop = len(content)
        yield start, stop
        start = stop


def _tidy_piece(content: bytes) -> Rows | None:
    letters = np.frombuffer(content, dtype=np.uint8)
    solid = letters > ord(" ")
    begins = solid.copy()
    begins[1:] &= ~solid[:-1]
    # Of every letter, the number of the word that it is in or after; from 1.
    word = np.cumsum(begins, dtype=np.int64)
    count = int(word[-1])
    in_lines = np.diff(word[letters == ord("\n")], prepend=0, append=count)
    with_fraction = word[(letters == ord(".")) | ((letters | 32) == ord("e"))]
    if np.any((in_lines != 0) & (in_lines != 4)) or np.any(with_fraction % 4):
        return None
    if count == 0:
        return np.zeros(0)
    numbers = _as_json(letters, solid, count)
    if numbers is None:
        numbers = _as_words(content)
    # What looks like one word and is not one number was read as several.
    return None if numbers is None or len(numbers) != count else numbers


def _as_json(letters: NDArray[np.uint8], solid: NDArray[np.bool_], count: int) -> Rows | None:
    """Words as a JSON list, which is read twice as fast; None where one is no JSON number."""
    gap = ~solid
    gap[1:] &= solid[:-1]
    line = np.where(solid, letters, np.uint8(ord(",")))[solid | gap].tobytes().strip(b",")
    try:
        return np.fromiter(from_json(b"[" + line + b"]"), np.float64, count)
    except (ValueError, OverflowError):
        return None


def _as_words(content: bytes) -> Rows | None:
    """All numbers, with the freedom that C gives: +5, 007, .5 and 1."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.fromstring(content.decode("ascii"), dtype=np.float64, sep=" ")
    except (DeprecationWarning, ValueError):
        return None


def _scanned(content: bytes) -> tuple[Rows, Rows, list[str]]:
    """Both passes as C's scanf makes them."""
    first, end = _groups(_REALS, content)
    second, stop = _groups(_INTEGERS, content)
    odd = []
    rest = content[end:]
    if rest.strip() and len(rest.split()) < 4 and not rest.translate(None, _PLAIN):
        odd.append("its last reflection is incomplete; nanoBragg ignores it")
    elif rest.strip():
        odd.append(
            f"nanoBragg stops reading at line {_line(content, end)},"
            f" {_start(rest)}{_about_comments(content)}"
        )
    if len(second) < len(first):
        odd.append(
            f"nanoBragg uses {len(second)} of its {len(first)} reflections: an index in line"
            f" {_line(content, stop)} is not a whole number, and ends the reading"
        )
    elif second.tolist() != first.tolist():
        odd.append("nanoBragg reads an index only in part: it is not a whole number")
    return first, second, odd


def _groups(pattern: re.Pattern[bytes], content: bytes) -> tuple[Rows, int]:
    rows = []
    end = 0
    while match := pattern.match(content, end):
        rows.append([float_of(word.decode("ascii")) for word in match.groups()])
        end = match.end()
    return np.array(rows, dtype=np.float64).reshape(-1, 4), end


def _uneven_lines(content: bytes) -> Iterator[str]:
    """The first line that does not hold four numbers; nanoBragg goes by groups, not by lines."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        columns = len(line.split())
        if columns not in (0, 4):
            yield (
                f"line {number} has {columns} columns; nanoBragg takes numbers four by four,"
                " whatever the lines"
            )
            return


def _line(content: bytes, place: int) -> int:
    skipped = len(content[place:]) - len(content[place:].lstrip())
    return content.count(b"\n", 0, place + skipped) + 1


def _start(content: bytes) -> str:
    words = content[:200].split()
    return f"at {words[0][:30].decode('ascii', 'replace')!r}" if words else "it is empty"


def _about_comments(content: bytes) -> str:
    return "; it understands no comments" if b"#" in content else ""


def _unusable(path: Path, what: str, why: str = "") -> InvalidInput:
    return InvalidInput(
        what,
        where=str(path),
        why=f"nanoBragg stops {why}" if why.startswith("at") else why,
        remedy="Each line holds four numbers: h k l F, with whole h, k and l; no title, no comment",
    )
