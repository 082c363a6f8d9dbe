"""`braggscope trace --asymmetry`: what variables do inside a pixel, an edge beside the centre."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from braggscope.api import Asymmetry, Pixel, PixelTrace, asymmetries
from braggscope.api.asymmetry import centre_and_edge
from braggscope.cli.exit_codes import AGREES
from braggscope.cli.inputs import Side, make_run, read_said
from braggscope.cli.paper import Paper
from braggscope.cli.tables import Sheet
from braggscope.cli.trace import log_of, traced
from braggscope.errors import InvalidInput

#: The variables of the table; a pixel takes one value of the factors among them for all sub-pixels.
_TELLING: Final = frozenset(("R_m", "omega_now", "parallax", "cap_now", "polar_now", "stol"))
_NUMBERS: Final = ("first", "last", "mean", "minimum", "maximum")


def show_asymmetry(
    experiment_file: Path | None,
    flags: str | None,
    place: tuple[int, int] | None,
    sides: Sequence[Side],
    *,
    form: str = "table",
    every_row: bool = False,
) -> int:
    """Trace the pixels and print the table, or JSON; gives the exit status.

    Args:
        experiment_file, flags: as in `braggscope.cli.trace.trace_pixel`.
        place: (slow, fast) of a pixel to show beside the centre; None: edge and corner.
        sides: A, and B if there is one.
        form: "table" or "json".
        every_row: all variables instead of those that decide whether first, last or mean matters.
    """
    if form not in ("table", "json"):
        raise InvalidInput(f"an asymmetry has no format {form!r}", remedy="Formats: table, json")
    pixels = _pixels(experiment_file, flags, place, sides)
    _, traces = traced(experiment_file, flags, sides, list(pixels.values()))
    found = {
        title: [(letter, of_side[n]) for letter, of_side in zip("AB", traces, strict=False)]
        for n, title in enumerate(pixels)
    }
    if form == "json":
        print(json.dumps(_report(found), allow_nan=False))  # noqa: T201
    else:
        _print_table(found, every_row)
    return AGREES


def _pixels(
    experiment_file: Path | None,
    flags: str | None,
    place: tuple[int, int] | None,
    sides: Sequence[Side],
) -> dict[str, Pixel]:
    if any(log_of(side) for side in sides):
        if place is None:
            raise InvalidInput(
                "a log has one pixel only", remedy="Say which: braggscope trace SLOW FAST …"
            )
        return {"pixel": Pixel(*place)}
    experiment, semantics = read_said(experiment_file, flags)
    setup = make_run(experiment, sides[0], semantics).setup
    known = centre_and_edge(setup.detector.shape)
    return known if place is None else {"centre": known["centre"], "pixel": Pixel(*place)}


Found = Mapping[str, Sequence[tuple[str, PixelTrace]]]


def _report(found: Found) -> dict[str, Any]:
    return {
        "pixels": [
            {
                "name": title,
                "pixel": list(sides[0][1].pixel),
                "sides": {
                    letter: [_plain(item) for item in asymmetries(trace)] for letter, trace in sides
                },
            }
            for title, sides in found.items()
        ]
    }


def _plain(item: Asymmetry) -> dict[str, Any]:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in asdict(item).items()
    }


def _print_table(found: Found, every_row: bool) -> None:
    console = Paper()
    lines = list(_lines(found))
    shown = [line for line in lines if every_row or line[0].name in _TELLING]
    ratios = ("(last − first)/mean", "(max − min)/mean")
    sheet = Sheet("variable", "unit", "pixel", "", *_NUMBERS, *ratios, keys=4)
    for item, title, letter in shown:
        name = f"{item.name}.{item.component}" if item.component else item.name
        numbers = [_text(getattr(item, number), 8) for number in _NUMBERS]
        numbers += [_text(item.asymmetry, 3), _text(item.spread, 3)]
        sheet.add(name, item.unit, title, letter, *numbers)
    sheet.show(console)
    places = {title: sides[0][1].pixel for title, sides in found.items()}
    said = (f"{title}: slow {pixel.slow}, fast {pixel.fast}" for title, pixel in places.items())
    console.print("; ".join(said), highlight=False, soft_wrap=True)
    if len(shown) < len(lines):
        more = len({(item.name, item.component) for item, _, _ in lines})
        more -= len({(item.name, item.component) for item, _, _ in shown})
        console.print(f"{more} more variables: --all shows them", highlight=False)


def _lines(found: Found) -> Iterator[tuple[Asymmetry, str, str]]:
    """Variable by variable, each in every pixel and on both sides."""
    known: dict[tuple[str, str], list[tuple[Asymmetry, str, str]]] = {}
    for title, sides in found.items():
        for letter, trace in sides:
            for item in asymmetries(trace):
                key = (item.name, item.component)
                known.setdefault(key, []).append((item, title, letter))
    for lines in known.values():
        yield from lines


def _text(value: float, digits: int) -> str:
    return "—" if math.isnan(value) else f"{value:.{digits}g}"
