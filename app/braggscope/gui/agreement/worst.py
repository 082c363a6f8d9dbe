"""From one bad place to the next. No Qt."""

from __future__ import annotations

from braggscope.api import Place
from braggscope.gui.analysing import Findings
from braggscope.gui.numbers import number

#: Metrics whose pixels will do where none lists places yet.
_FALLBACK = ("max_abs_difference", "max_rel_difference", "first_outside", "not_comparable")


def places_of(findings: Findings | None) -> tuple[Place, ...]:
    """What is worth a look in the whole image, the worst first."""
    if findings is None:
        return ()
    listed = (result.places for result in findings.metrics.values() if result.places)
    first = next(listed, ())
    if first:
        return first
    found = []
    for name in _FALLBACK:
        result = findings.metrics.get(name)
        if result is not None and result.pixel is not None and result.value:
            found.append(Place(result.pixel, result.value))
    return tuple({place.pixel: place for place in reversed(found)}.values())[::-1]


class WorstFirst:
    """Goes through the places of one analysis; another analysis begins anew."""

    def __init__(self) -> None:
        self._places: tuple[Place, ...] = ()
        self._at = -1

    def step(self, findings: Findings | None, forward: bool = True) -> Place | None:
        """The next place, or the one before, all round; None where there is none."""
        places = places_of(findings)
        if places != self._places:
            self._places, self._at = places, -1
        if not places:
            return None
        if self._at < 0:
            self._at = 0 if forward else len(places) - 1
        else:
            self._at = (self._at + (1 if forward else -1)) % len(places)
        return places[self._at]

    def text(self, findings: Findings | None) -> str:
        """Where we are, and what is there; "" before the first step, and after another analysis."""
        if places_of(findings) != self._places or not 0 <= self._at < len(self._places):
            return ""
        place = self._places[self._at]
        note = f"{place.note}, " if place.note else ""
        return f"{self._at + 1} of {len(self._places)}: {note}B−A {number(place.value, 3)}"
