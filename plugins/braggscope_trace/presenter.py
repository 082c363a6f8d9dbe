"""Decides what the dock says about a traced pixel. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
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
        headline: the pixel and its two values, and whether the traces end in the image's.
        about: which runs, and by which tolerances.
        check: which trace does not end in its image's value; "" when both do.
        explanation: what the comparison found.
        differs: whether it found a first divergence.
        busy: whether a trace is under way.
        can_retry: whether asking again makes sense.
    """

    kind: Literal["message", "table"]
    message: str = ""
    headline: str = ""
    about: str = ""
    check: str = ""
    explanation: str = ""
    differs: bool = False
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
    return _table_page(state.comparison, label_a, label_b), state.comparison


def pixel_text(pixel: Pixel | None) -> str:
    """A pixel in words."""
    return "the pixel" if pixel is None else f"pixel slow {pixel.slow}, fast {pixel.fast}"


def _table_page(comparison: TraceComparison, label_a: str, label_b: str) -> Page:
    a, b = comparison.a, comparison.b
    failures = [text for side, trace in (("A", a), ("B", b)) if (text := _failed_text(side, trace))]
    parts = [
        f"A {a.value:.10g}",
        f"B {b.value:.10g} photons",
        f"B − A {b.value - a.value:.3g}".replace("-", "−"),
    ]
    if not failures:
        parts.append(f"as in the image: {_found_text('A', a)}, {_found_text('B', b)}")
    return Page(
        "table",
        headline="   ·   ".join(parts),
        about=_about(comparison, label_a, label_b),
        check="\n".join(failures),
        explanation=comparison.explanation,
        differs=comparison.first_divergence is not None,
    )


def _about(comparison: TraceComparison, label_a: str, label_b: str) -> str:
    lines = (
        pixel_text(comparison.a.pixel).capitalize(),
        f"A: {label_a or comparison.a.engine}",
        f"B: {label_b or comparison.b.engine}",
        f"Tolerances of the profile {comparison.profile}",
    )
    return "\n".join(lines)


def _found_text(side: str, trace: PixelTrace) -> str:
    return f"{side} no image" if trace.image_value is None else f"{side} ✓"


def _failed_text(side: str, trace: PixelTrace) -> str:
    if trace.agrees_with_image or trace.image_value is None:
        return ""
    return (
        f"⚠ {side}: the trace ends in {trace.value:.10g}, but the image has"
        f" {trace.image_value:.10g} here: this trace does not explain the image."
    )
