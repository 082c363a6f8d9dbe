"""The report of -printout_pixel as a partial `PixelTrace` (spec 11).

It has few variables, those of the last evaluation among them, in an order that is known and with
labels that each program writes in its own way: numbers are found by the word before them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from braggscope.api import CATALOGUE, Dim, Pixel, PixelTrace, Variable, variable
from braggscope.api.trace import in_order

_SPLIT: Final = re.compile(r"[\s,;=:()\[\]]+")
#: Behind a label, in brackets: it is not what the numbers are called.
_UNIT: Final = re.compile(r"[(\[](?:1/)?[^\d()\[\]]*[)\]]")
_NUMBER: Final = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)")
#: "7 5 : stol" or "pixel fast 7 slow 5": fast index, then slow index.
_START: Final = re.compile(
    r"^\D{0,20}?(?:fast\D{0,3})?(\d+)[\s,]+(?:slow\D{0,3})?(\d+)[\s:,]+stol\b", re.IGNORECASE
)
#: Below this sin(θ)/λ is in 1/Å, above it in 1/m: no experiment comes near it with either.
_PER_METRE: Final = 1e4
#: With so many digits a number is none of those that are short by themselves, such as 0.25.
_NOT_ROUND: Final = 5
#: A report is a paragraph: a log may be long.
_MOST_LINES: Final = 60
_LONGEST_LINE: Final = 1000
#: Of the last evaluation, in the words of programs: variable -> label(s) in front of its numbers.
_LABELS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "stol": (("stol",),),
    "pos_m": (("x", "y", "z"), ("at",), ("position",), ("pos",), ("xyz",)),
    "hkl": (("hkl",), ("h", "k", "l")),
    "hkl0": (("hkl0",), ("h0", "k0", "l0")),
    "F_cell": (("f_cell",),),
    "F_latt": (("f_latt",),),
    "I_total": (("i",),),
    "capture": (("capfrac",),),
    "polar": (("polar",),),
    "omega": (("omega",),),
    "val": (("pixel",), ("value",)),
}
_COMPONENTS: Final = {"pos_m": 3, "hkl": 3, "hkl0": 3}


@dataclass
class _Report:
    """The numbers after each word, as far as the first time that it stands before some.

    Attributes:
        printed: of each word the most digits that one of its numbers has.
    """

    numbers: dict[str, list[float]] = field(default_factory=dict)
    printed: dict[str, int] = field(default_factory=dict)

    def take(self, line: str) -> None:
        """Keep what a line says."""
        label = ""
        for word in filter(None, _SPLIT.split(_UNIT.sub(" ", line))):
            if not _NUMBER.fullmatch(word):
                label = word.lower()
                if label in self.numbers:
                    label = ""
                continue
            if label:
                self.numbers.setdefault(label, []).append(float(word))
            digits = re.sub(r"[eE].*|[-+.]", "", word).lstrip("0")
            many = len(digits) if digits.isdigit() else 0
            self.printed[label] = max(self.printed.get(label, 0), many)

    def get(self, name: str) -> tuple[float, ...]:
        """The numbers of a variable; none where it is not there."""
        return tuple(n for label in self._labels(name) for n in self.numbers[label])

    def digits(self, name: str) -> int:
        """How many a variable was printed with.

        Few may be those of a round number, whose zeros were left out: then it is as many as what
        was printed with the fewest that are not few.
        """
        many = max((self.printed[label] for label in self._labels(name)), default=0)
        if many >= _NOT_ROUND:
            return many
        clear = [count for count in self.printed.values() if count >= _NOT_ROUND]
        return max(1, min(clear) if clear else max(self.printed.values(), default=1))

    def _labels(self, name: str) -> tuple[str, ...]:
        """The words in front of the numbers of a variable; none where it is not there."""
        for labels in _LABELS[name]:
            found = [number for label in labels for number in self.numbers.get(label, ())]
            if len(found) == _COMPONENTS.get(name, 1):
                return tuple(label for label in labels if label in self.numbers)
        return ()


def read_printout(
    lines: Iterable[str],
    engine: str,
    pixel: Pixel | None = None,
    counts: Mapping[Dim, int] | None = None,
    not_applied: Collection[str] = (),
) -> tuple[PixelTrace | None, tuple[str, ...]]:
    """The report in a program's output, and what there is to know of the reading.

    Args:
        engine: name of what made it.
        pixel: which one is meant, where there are several or none is named.
        counts: how often each loop runs: most values are those of the last evaluation.
        not_applied: factors that are not applied to the sum in this run; what is printed of them
            is their last value.

    Returns:
        The trace, partial; None where there is no report of the pixel.
    """
    report, said = _report_of(lines, pixel)
    value = report.get("val")
    if not value or not (report.get("stol") or report.get("I_total")):
        return None, ()
    known = counts or _counted(report)
    variables = in_order(list(_variables(report, known, not_applied)))
    notes = [f"printed with {_digits_text(variables)} digits, and of the last evaluation alone"]
    if known is None:
        notes.append("how many steps there were is not known: values of single steps are left out")
    place = pixel or said or Pixel(0, 0)
    if pixel is None and said is None:
        notes.append("the report does not say which pixel it is of")
    digits = report.digits("val")
    trace = PixelTrace(place, engine, variables, value[0], partial=True, digits=digits)
    return trace, tuple(notes)


def _digits_text(variables: Sequence[Variable]) -> str:
    printed = [item.digits for item in variables]
    least, most = min(printed), max(printed)
    return str(most) if least == most else f"{least} to {most}"


def _report_of(lines: Iterable[str], pixel: Pixel | None) -> tuple[_Report, Pixel | None]:
    """The report of the pixel, or the first one; and which pixel it names."""
    report, place, rest, begun = _Report(), None, 0, False
    for text in lines:
        line = text
        if "stol" in text.lower():
            match = _START.match(text)
            if match is not None:
                if begun and (pixel is None or place == pixel):
                    break
                report, place = _Report(), Pixel(int(match[2]), int(match[1]))
                line = text[match.end(2) :]
            if match is not None or not begun:
                begun, rest = True, _MOST_LINES
        if rest > 0 and "TRACE" not in line and len(line) <= _LONGEST_LINE:
            report.take(line)
            rest -= 1
    if place is not None and pixel not in (None, place):
        return _Report(), None
    return report, place


def _counted(report: _Report) -> Mapping[Dim, int] | None:
    """The loops, where all of them run once; None where that is not known."""
    total, mean = report.get("I_total"), report.numbers.get("i/steps", [])
    if total and len(mean) == 1 and math.isclose(total[0], mean[0], rel_tol=1e-3):
        return {}
    return None


def _variables(
    report: _Report, counts: Mapping[Dim, int] | None, not_applied: Collection[str]
) -> Iterable[Variable]:
    for name in _LABELS:
        numbers = report.get(name)
        if not numbers or name in not_applied:
            continue
        dims = CATALOGUE[name].dims
        if dims and counts is None:
            continue
        if name == "stol" and abs(numbers[0]) < _PER_METRE:
            numbers = (numbers[0] * 1e10,)
        found = variable(name, _last(numbers, dims, counts or {}), dims=dims)
        yield replace(found, digits=report.digits(name))


def _last(numbers: Sequence[float], dims: Sequence[Dim], counts: Mapping[Dim, int]) -> np.ndarray:
    """The values of the last step; the others are not known."""
    components = np.array(numbers if len(numbers) > 1 else numbers[0])
    array = np.full((*(counts.get(dim, 1) for dim in dims), *components.shape), math.nan)
    array[(-1,) * len(dims)] = components
    return array
