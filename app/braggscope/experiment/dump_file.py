"""nanoBragg's binary dump of structure factors (spec 6.2 and 6.3)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput

_HEADER: Final = re.compile(rb"(-?\d+) (-?\d+) (-?\d+) (-?\d+) (-?\d+) (-?\d+)\n\f")
_WHITE: Final = b" \t\n\v\f\r"
_LARGEST_TABLE: Final = 2**28


def is_dump(content: bytes) -> bool:
    """Whether a file's content starts as a dump does."""
    return _HEADER.match(content) is not None


def parse_dump(path: Path, content: bytes) -> tuple[tuple[int, int, int], NDArray[np.float64]]:
    """The lowest h, k, l, and the table of structure factors without its padding.

    Raises:
        InvalidInput: the file is cut short, or nanoBragg itself would misread it.
    """
    match = _HEADER.match(content)
    if match is None:
        raise _unusable(path, "it does not start with six whole numbers")
    numbers = [int(word) for word in match.groups()]
    low, high = numbers[0::2], numbers[1::2]
    sizes = [top - bottom + 1 for bottom, top in zip(low, high, strict=True)]
    padded = tuple(size + 1 for size in sizes)
    if (
        min(sizes) < 1
        or max(map(abs, numbers)) > 10**6
        or np.prod(sizes, dtype=float) > _LARGEST_TABLE
    ):
        raise _unusable(path, f"its index ranges are {numbers}")
    count = int(np.prod(padded))
    missing = match.end() + 8 * count - len(content)
    if missing > 0:
        raise _unusable(path, f"it is {missing} bytes too short")
    if content[match.end()] in _WHITE:
        raise _unusable(
            path,
            "its first value starts with a white-space byte, which nanoBragg itself skips, so that"
            " it misreads all of them",
        )
    table = np.frombuffer(content, np.float64, count, match.end()).reshape(padded)
    table = table[:-1, :-1, :-1].copy()
    if not np.all(np.isfinite(table)):
        raise _unusable(path, "it holds values that are not finite")
    return (low[0], low[1], low[2]), table


def dump_bytes(table: NDArray[np.float64], low: tuple[int, int, int]) -> bytes:
    """A table as a dump file: header, then the values with one plane of zeros behind each axis."""
    bounds = [
        str(bound)
        for bottom, size in zip(low, table.shape, strict=True)
        for bound in (bottom, bottom + size - 1)
    ]
    padded = np.pad(table, [(0, 1)] * 3).astype(np.float64)
    return " ".join(bounds).encode("ascii") + b"\n\f" + padded.tobytes()


def _unusable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path.name} cannot be used as a dump of structure factors",
        where=str(path),
        why=why,
        remedy="Delete it and make it anew with -hkl",
    )
