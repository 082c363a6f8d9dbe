"""The asymmetry table: what variables do inside pixels, an edge beside the centre. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from braggscope.api import CATALOGUE, STAGES, Asymmetry, Stage, TraceComparison, asymmetries
from braggscope_trace.sections import Section, TextLine, TextTable
from braggscope_trace.wording import ABSENT, STAGE_TITLES, difference_text, number_text

HEADERS: Final = (
    "Variable", "Pixel", "", "Asymmetry", "Spread", "First", "Last", "Mean", "Minimum", "Maximum",
    "Unit",
)  # fmt: skip
TIPS: Final = {
    3: "(last − first)/mean: what it matters whether the first or the last is taken for all",
    4: "(maximum − minimum)/mean",
    5: "Of the first sub-pixel, at the first layer, source, φ step and domain",
    6: "Of the last sub-pixel",
}
_NUMERIC: Final = frozenset(range(3, 10))
#: One value of these is taken for all sub-pixels, unless an option says otherwise.
_FACTORS: Final = ("omega_now", "cap_now", "polar_now")
_FACTORS_TITLE: Final = "Factors of the pixel"


@dataclass(frozen=True)
class _Found:
    pixel: str
    side: str
    item: Asymmetry


def asymmetry_table(
    comparisons: Sequence[tuple[str, TraceComparison]],
    words: str = "",
    only_varying: bool = False,
) -> TextTable:
    """Each variable of the sub-pixels in every pixel and on both sides.

    Args:
        comparisons: what a pixel is called, and its traces.
        words: all of them must be found in stage, name, label or unit.
        only_varying: leave out what is the same in all sub-pixels.
    """
    lines: dict[str, list[TextLine]] = {_FACTORS_TITLE: []}
    for (name, component), found in _by_variable(comparisons).items():
        stage, label = _known(name)
        text = f"{STAGE_TITLES[stage]} {stage} {name} {label} {found[0].item.unit}".casefold()
        if not all(word in text for word in words.casefold().split()):
            continue
        if only_varying and not any(one.item.minimum < one.item.maximum for one in found):
            continue
        title = f"{label} ({name})" if label else name
        title = f"{title} {component}" if component else title
        section = _FACTORS_TITLE if name in _FACTORS else STAGE_TITLES[stage]
        lines.setdefault(section, []).extend(_line(title, one) for one in found)
    titles = (_FACTORS_TITLE, *(STAGE_TITLES[stage] for stage in STAGES))
    sections = tuple(
        Section(title, lines[title], opens=True) for title in titles if lines.get(title)
    )
    return TextTable(HEADERS, sections, TIPS, _NUMERIC)


def _by_variable(
    comparisons: Sequence[tuple[str, TraceComparison]],
) -> dict[tuple[str, str], list[_Found]]:
    known: dict[tuple[str, str], list[_Found]] = {}
    for pixel, comparison in comparisons:
        for side, trace in (("A", comparison.a), ("B", comparison.b)):
            for item in asymmetries(trace):
                key = (item.name, item.component)
                known.setdefault(key, []).append(_Found(pixel, side, item))
    return known


def _known(name: str) -> tuple[Stage, str]:
    entry = CATALOGUE.get(name)
    return ("scaling", "") if entry is None else (entry.stage, entry.label)


def _line(title: str, found: _Found) -> TextLine:
    item = found.item
    numbers = (item.first, item.last, item.mean, item.minimum, item.maximum)
    ratios = (item.asymmetry, item.spread)

    def cell(column: int, full: bool) -> str:
        if column < 3:
            return (title, found.pixel, found.side)[column]
        if column < 5:
            return difference_text(ratios[column - 3], full) or ABSENT
        return item.unit if column == 10 else number_text(numbers[column - 5], full)

    return TextLine(item.name, cell)
