"""What the dock says. Knows no widget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from braggscope.api import ImageRegion
from braggscope.explain.sampling import WHERE, Where
from braggscope.explain.start import AGREEING, NO_TRACE, Beginnings, Cause
from braggscope.explain.wording import percent
from braggscope.ui import ViewContext
from braggscope_divergence.surveyor import Pair, SurveyState, Wish

COLUMNS: Final = ("Differs first", "Stage", "Pixels", "Off by", "Most at")
HELP: Final = (
    "The variable that differs first though its inputs agree; its mark and colour in the map",
    "The part of the physics it belongs to",
    "Share of the traced pixels in which it is the first",
    "Largest difference of this variable among those pixels, relative to its size",
    "The pixel (slow, fast) of that difference: click to trace it",
)
WHERE_TITLES: Final[dict[Where, str]] = {
    "difference": "Largest |B − A|",
    "strongest": "Strongest",
    "grid": "Grid",
}
WHERE_HELP: Final[dict[Where, str]] = {
    "difference": "Pixels where A and B differ most, each the most of its neighbourhood.",
    "strongest": "The brightest pixels of A, each the brightest of its neighbourhood.",
    "grid": "An even grid over the image, with its corners.",
}
INTRO: Final = (
    "Which variable differs first, and where in the image?\n\nStart traces sampled pixels through"
    " A and B and colours the image by the variable that differs first."
)
NO_PAIR: Final = "There are no images of A and B yet.\n\nPress F5 to run both."
ANYWHERE: Final = "Whole image"


def pair_of(context: ViewContext) -> Pair | None:
    """What can be surveyed now; None while an image or a set-up is missing."""
    images = context.image("A"), context.image("B")
    runs = context.run("A"), context.run("B")
    if images[0] is None or images[1] is None or runs[0] is None or runs[1] is None:
        return None
    labels = context.label("A"), context.label("B")
    return Pair((runs[0], runs[1]), (images[0], images[1]), labels)


def is_outdated(pair: Pair | None, context: ViewContext) -> bool:
    """Whether A or B is another image than the surveyed one."""
    if pair is None:
        return False
    now = context.image("A"), context.image("B")
    return any(one is not other for one, other in zip(pair.images, now, strict=True))


def wish_of(
    many: int, where: Sequence[Where], refines: bool, region: str, regions: Sequence[ImageRegion]
) -> Wish:
    """What the controls say; with no way chosen, pixels are chosen in all ways."""
    ways = tuple(way for way in WHERE if way in where) or WHERE
    chosen = next((one for one in regions if one.name == region), None)
    return Wish(many, ways, refines, chosen)


def status_text(state: SurveyState, outdated: bool) -> str:
    """The line below."""
    if state.running:
        return f"{state.doing[:1].upper()}{state.doing[1:]}{left_text(state.left_s)}"
    parts = []
    if state.problem:
        parts.append(f"✗ {' '.join(state.problem.split())}")
    if outdated:
        parts.append("⚠ A or B has changed since: start again")
    if state.found.samples:
        parts.append(summary(state.found))
    return "   ·   ".join(parts)


def left_text(left_s: float | None) -> str:
    """How long the rest takes."""
    if left_s is None:
        return " …"
    if left_s < 1.5:
        return ", about a second left"
    if left_s < 90.0:
        return f", about {left_s:.0f} s left"
    return f", about {left_s / 60.0:.0f} min left"


def summary(found: Beginnings) -> str:
    """What the survey found, in one line."""
    traced = sum(not sample.problem for sample in found.samples)
    first = next((c for c in found.causes if c.outcome not in (AGREEING, NO_TRACE)), None)
    text = f"{traced} pixel{'' if traced == 1 else 's'} traced"
    if not traced:
        return text
    if first is None:
        return f"{text}: nothing differs by more than its tolerance"
    return f"{text}: {first.outcome} is the first in {percent(first.share)}"


def cells(cause: Cause) -> tuple[str, ...]:
    """A line of the table, in the order of `COLUMNS`."""
    there = f"{cause.example.slow}, {cause.example.fast}"
    if cause.outcome == NO_TRACE:
        return ("No trace", "", f"{cause.count}", "", there)
    if cause.outcome == AGREEING:
        return ("A and B agree", "", percent(cause.share), "", there)
    worst = f"{cause.worst:.2g}".replace("-", "−") if math.isfinite(cause.worst) else "—"
    name = cause.outcome
    if cause.label and cause.label != name:
        name = f"{name}: {cause.label}"
    return (name, cause.stage, percent(cause.share), worst, there)


def table_text(found: Beginnings) -> str:
    """The table with tabs, as spreadsheets paste it."""
    lines = [COLUMNS, *(cells(cause) for cause in found.causes)]
    return "\n".join("\t".join(line) for line in lines)
