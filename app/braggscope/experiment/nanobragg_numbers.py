"""Numbers as C reads them: atof, atoi and scanf (spec cli.md section 1)."""

from __future__ import annotations

import re
from typing import Final

FLOAT: Final = (
    r"[+-]?(?:0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?\d+)?"
    r"|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
    r"|[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[nN][aA][nN](?:\(\w*\))?)"
)
INTEGER: Final = r"[+-]?\d+"
_FLOAT: Final = re.compile(rf"\s*({FLOAT})", re.ASCII)
_INTEGER: Final = re.compile(rf"\s*({INTEGER})", re.ASCII)


def float_of(word: str) -> float:
    """The value of a word that matches FLOAT completely."""
    if "x" in word or "X" in word:
        try:
            return float.fromhex(word)
        except OverflowError:
            return float("-inf") if word.startswith("-") else float("inf")
    return float("nan") if "nan" in word.lower() else float(word)


def atof(text: str) -> tuple[float, bool]:
    """The number that a text begins with, 0 where there is none, and whether it is all of it."""
    match = _FLOAT.match(text)
    if match is None:
        return 0.0, False
    return float_of(match.group(1)), not text[match.end() :].strip()


def atoi(text: str) -> tuple[int, bool]:
    """The whole number that a text begins with, and whether the text means just that number.

    `1e3` is 1, and does not mean it; `5.0` is 5 and does.
    """
    match = _INTEGER.match(text)
    if match is None:
        return 0, False
    value = int(match.group(1))
    as_float, complete = atof(text)
    return value, complete and as_float == value
