"""Lines of a trace in a program's output, whatever stands between them.

Section numbers are those of the trace schema (spec trace.md). Nothing here raises for what a file
holds: what cannot be read is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

#: "TRACE_C: name values" (G1), "TRACE_C:name=values" (G2); ports have other letters than C.
_TRACED: Final = re.compile(r"TRACE_(?P<tag>[A-Z]\w*):(?P<blank>\s*)(?P<rest>.*)")
_SPACED: Final = re.compile(r"(?P<name>[A-Za-z]\w*)[:\s]\s*(?P<values>.*)")
_EQUAL: Final = re.compile(r"(?P<name>[A-Za-z]\w*)=(?P<values>.*)")
#: "DETECTOR_PIX0_VECTOR x y z" (G4), and which pixel is traced (G5).
_DETECTOR: Final = re.compile(r"(?P<name>DETECTOR_[A-Z0-9_]+)\s+(?P<values>.*)")
_CONFIG: Final = re.compile(r"spixel\s*=\s*(\d+)\D+fpixel\s*=\s*(\d+)")
_COMMA: Final = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_LABEL: Final = re.compile(r"[A-Za-z_]\w*:(?=\S)")
_ODD: Final = {
    "1.#inf": "inf",
    "-1.#inf": "-inf",
    "1.#qnan": "nan",
    "-1.#ind": "nan",
    "-nan": "nan",
}
_START: Final = re.compile(r"(?<!^)(?=TRACE_[A-Z]\w*:|TRACE2 )")


@dataclass(frozen=True)
class TraceLine:
    """One named value of a log.

    Attributes:
        number: of the line in the log, from 1.
        name: as printed.
        values: numbers, or words where there are none.
    """

    number: int
    name: str
    values: tuple[float | str, ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The values, if all are numbers; else nothing."""
        found = tuple(value for value in self.values if isinstance(value, float))
        return found if len(found) == len(self.values) else ()


def whole_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(number, text) of lines that may belong to a trace; two that ran into each other are parted.

    Threads that print at once do that to each other's lines.
    """
    for number, line in enumerate(lines, start=1):
        if "TRACE" not in line and "DETECTOR_" not in line:
            continue
        for part in _START.split(line.strip("\r\n\0 \t")):
            if part:
                yield number, part


def trace_line(number: int, text: str) -> TraceLine | None:
    """What a line says in the original's grammar, or None where it says nothing of a trace."""
    if text.startswith("DETECTOR_"):
        match = _DETECTOR.match(text)
    else:
        traced = _TRACED.match(text)
        if traced is None or traced["tag"] == "CONFIG":
            return None
        match = (_SPACED if traced["blank"] else _EQUAL).match(traced["rest"])
    if match is None:
        return None
    return TraceLine(number, match["name"], _values(match["values"]))


def traced_pixel(text: str) -> tuple[int, int] | None:
    """(slow, fast) of a line that names the traced pixel."""
    match = _CONFIG.search(text) if text.startswith("TRACE_CONFIG") else None
    return (int(match[1]), int(match[2])) if match else None


def _values(text: str) -> tuple[float | str, ...]:
    words = _LABEL.sub(" ", text.translate(str.maketrans("[];()", "     "))).split()
    return tuple(_value(word) for word in words)


def _value(word: str) -> float | str:
    word = word.rstrip(",")
    if _COMMA.fullmatch(word):
        # A decimal comma: the program ran in a locale that writes numbers so.
        word = word.replace(",", ".")
    try:
        return float(_ODD.get(word.lower(), word))
    except ValueError:
        return word
