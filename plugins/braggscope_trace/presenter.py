"""Decides what the dock says about a traced pixel. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from braggscope.api import Pixel, PixelTrace, TraceComparison
from braggscope.ui import TraceState

EMPTY = (
    "No pixel is traced yet.\n\nClick a pixel in an image, or press T to trace the pixel under the"
    " crosshair: every variable on its way through A and B is then listed here, with the first one"
    " that differs."
)


@dataclass(frozen=True)
class Page:
    """What the dock shows.

    Attributes:
        kind: a message alone, or the table.
        message: instead of the table.
        headline: the pixel and its two values.
        check: whether each trace ends in its image's value.
        check_failed: whether one does not.
        explanation: what the comparison found.
        busy: whether a trace is under way.
        can_retry: whether asking again makes sense.
    """

    kind: Literal["message", "table"]
    message: str = ""
    headline: str = ""
    check: str = ""
    check_failed: bool = False
    explanation: str = ""
    busy: bool = False
    can_retry: bool = False


def page_of(
    state: TraceState, shown: TraceComparison | None, label_a: str, label_b: str
) -> tuple[Page, TraceComparison | None]:
    """The page for a state, and the comparison to show in its table.

    Args:
        state: what is known of the traced pixel.
        shown: the comparison in the table now; it stays, greyed, while the next one is made.
        label_a, label_b: how the two runs are called.
    """
    if state.running:
        message = f"Tracing {pixel_text(state.pixel)} …"
        if shown is None:
            return Page("message", message, busy=True), None
        return Page("table", headline=message, busy=True), shown
    if state.problem:
        where = f"{pixel_text(state.pixel).capitalize()} could not be traced.\n\n"
        text = f"{where if state.pixel is not None else ''}{state.problem}"
        return Page("message", text, can_retry=state.pixel is not None), None
    if state.comparison is None:
        return Page("message", EMPTY), None
    page = _table_page(state.comparison, label_a, label_b)
    if state.notes:
        page = replace(page, check="\n".join((page.check, *(f"ℹ {n}" for n in state.notes))))
    return page, state.comparison


def pixel_text(pixel: Pixel | None) -> str:
    """A pixel in words."""
    return "the pixel" if pixel is None else f"pixel slow {pixel.slow}, fast {pixel.fast}"


def _table_page(comparison: TraceComparison, label_a: str, label_b: str) -> Page:
    a, b = comparison.a, comparison.b
    headline = "   ·   ".join(
        (
            pixel_text(a.pixel).capitalize(),
            f"A {label_a or a.engine}: {a.value:.10g}",
            f"B {label_b or b.engine}: {b.value:.10g} photons",
            f"B − A: {b.value - a.value:.3g}",
        )
    )
    failed = not (a.agrees_with_image and b.agrees_with_image)
    return Page(
        "table",
        headline=headline,
        check=_check_text(a, b),
        check_failed=failed,
        explanation=comparison.explanation,
    )


def _check_text(a: PixelTrace, b: PixelTrace) -> str:
    lines = [_failed_text(side, trace) for side, trace in (("A", a), ("B", b))]
    failures = [line for line in lines if line]
    if failures:
        return "\n".join(failures)
    notes = [
        f"{side} {'no image' if trace.image_value is None else '✓'}"
        for side, trace in (("A", a), ("B", b))
    ]
    return f"Trace ends in the image's value: {', '.join(notes)}"


def _failed_text(side: str, trace: PixelTrace) -> str:
    if trace.agrees_with_image or trace.image_value is None:
        return ""
    return (
        f"⚠ {side}: the trace ends in {trace.value:.10g}, but the image has"
        f" {trace.image_value:.10g} here: this trace does not explain the image."
    )
