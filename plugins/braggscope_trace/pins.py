"""Pinned pixels side by side, and where the telling ones are. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.api import STAGES, DetectorImage, Pixel, VariableComparison
from braggscope.api.asymmetry import centre_and_edge
from braggscope.ui import Pin
from braggscope_trace.about import about_lines
from braggscope_trace.columns import A as IN_A
from braggscope_trace.columns import B as IN_B
from braggscope_trace.groups import AGREEING, differing_text, filtered
from braggscope_trace.rows import VariableLine
from braggscope_trace.sections import Section, TextLine, TextTable
from braggscope_trace.wording import STAGE_TITLES, VERDICTS

#: What "Pin these four" pins.
FOUR: Final = ("peak", "edge", "corner", "background")
#: Blocks to an image's side, of which the darkest is background.
_BLOCKS: Final = 8
#: Values to an image's side that are looked at for the background.
_LOOKED_AT: Final = 512
#: Columns before those of the pins.
FIXED: Final = ("Variable",)


def telling_pixels(image: DetectorImage) -> dict[str, Pixel]:
    """Peak, edge, corner and background of an image; those that count if there are any.

    The edge and the corner are the detector's, where what depends on geometry shows most; the
    background is a middling pixel of the darkest of 8 × 8 blocks.
    """
    counts = np.isfinite(image.data)
    if image.mask is not None:
        counts &= ~image.mask
    places = centre_and_edge(image.shape)
    found = {"peak": _peak(image.data, counts)}
    found |= {name: _nearest(counts, places[name]) for name in ("edge", "corner")}
    found["background"] = _background(image.data, counts)
    return found


def pin_title(pin: Pin) -> str:
    """What a pin is called: its name, if it has one, and its place."""
    place = f"{pin.pixel.slow}, {pin.pixel.fast}"
    return f"{pin.name} ({place})" if pin.name else f"({place})"


def pins_table(pins: Sequence[Pin], words: str = "", only_differences: bool = False) -> TextTable:
    """Variables by stages, with two columns for each pin that is traced.

    Args:
        pins: in order.
        words: all of them must be found in stage, name, label or unit.
        only_differences: leave out what agrees in every pin.
    """
    traced = [pin for pin in pins if pin.comparison is not None]
    lines: dict[str, list[TextLine]] = {}
    differing: Counter[str] = Counter()
    for name, rows in _merged(traced).items():
        there = [row for row in rows if row is not None]
        if filtered(there, words, only_differences):
            stage = there[0].either.stage
            lines.setdefault(stage, []).append(_line(name, rows))
            differing[stage] += any(row.verdict not in AGREEING for row in there)
    titles = [_headers(pin) for pin in traced]
    headers = (*FIXED, *(title for pair in titles for title in pair))
    tips = {
        len(FIXED) + 2 * n + side: pin.comparison.explanation
        for n, pin in enumerate(traced)
        for side in (0, 1)
        if pin.comparison is not None
    }
    sections = tuple(
        Section(STAGE_TITLES[stage], lines[stage], differing_text(differing[stage]))
        for stage in STAGES
        if stage in lines
    )
    return TextTable(headers, sections, tips)


def _headers(pin: Pin) -> tuple[str, str]:
    place = f"{pin.pixel.slow}, {pin.pixel.fast}"
    return (f"{pin.name or 'pin'} A\n{place}", f"{pin.name or 'pin'} B\n{place}")


def pin_widths(many: int, room: int) -> dict[int, int]:
    """Widths of so many columns in some room, px: A and B of a pin are as wide."""
    name = min(300, max(190, room // 4))
    width = min(240, max(100, (room - name) // max(1, many - len(FIXED))))
    return {0: name, **dict.fromkeys(range(len(FIXED), many), width)}


def pins_summary(pins: Sequence[Pin]) -> str:
    """Which variable differs first in which pins, in one line."""
    found: dict[str | None, list[str]] = {}
    for pin in pins:
        if pin.comparison is not None:
            found.setdefault(pin.comparison.first_divergence, []).append(
                pin.name or f"({pin.pixel.slow}, {pin.pixel.fast})"
            )
    parts = [
        f"{first} differs first in {_listed(names)}" if first else f"nothing in {_listed(names)}"
        for first, names in found.items()
    ]
    text = "; ".join(parts)
    if set(found) == {None}:
        return "No variable differs in any pin by more than its tolerance."
    return f"{text}." if text else ""


def _merged(pins: Sequence[Pin]) -> dict[str, list[VariableComparison | None]]:
    """Variable -> its row in each pin; in the order of the first pin that has it."""
    tables = [
        {row.name: row for row in pin.comparison.rows} for pin in pins if pin.comparison is not None
    ]
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: [table.get(name) for table in tables] for name in names}


def _line(name: str, rows: Sequence[VariableComparison | None]) -> TextLine:
    there = next(row for row in rows if row is not None)
    lines = [None if row is None else VariableLine(row) for row in rows]
    item = there.either
    title = item.title

    def of_pin(column: int) -> tuple[VariableLine | None, bool]:
        number, side = divmod(column - len(FIXED), 2)
        return lines[number], side == 1

    def cell(column: int, full: bool) -> str:
        if column < len(FIXED):
            return title
        line, is_b = of_pin(column)
        if line is None:
            return "" if full else "—"
        text = line.text(IN_B if is_b else IN_A, full)
        if not is_b or full:
            return text
        sign = "▶ ≠" if line.is_first else VERDICTS[line.row.verdict].split()[0]
        return sign if line.row.verdict == "equal" else f"{sign} {text}"

    def tip(column: int) -> str:
        if column < len(FIXED):
            return "\n".join([title, *about_lines(there)])
        line, is_b = of_pin(column)
        return line.tooltip(IN_B if is_b else IN_A) if line is not None else ""

    def is_strong(column: int) -> bool:
        if column < len(FIXED):
            return False
        line, is_b = of_pin(column)
        return is_b and line is not None and line.is_first

    return TextLine(name, cell, tip, is_strong)


def _peak(data: NDArray[np.generic], counts: NDArray[np.bool_]) -> Pixel:
    values = np.where(counts, data, -np.inf)
    slow, fast = np.unravel_index(int(values.argmax()), values.shape)
    return Pixel(int(slow), int(fast))


def _nearest(counts: NDArray[np.bool_], wanted: Pixel) -> Pixel:
    """The pixel that counts nearest to a place, in its row and column."""
    if counts[wanted]:
        return wanted
    candidates = [Pixel(wanted.slow, int(fast)) for fast in np.flatnonzero(counts[wanted.slow])]
    candidates += [Pixel(int(slow), wanted.fast) for slow in np.flatnonzero(counts[:, wanted.fast])]
    if not candidates:
        return wanted
    return min(candidates, key=lambda p: abs(p.slow - wanted.slow) + abs(p.fast - wanted.fast))


def _background(data: NDArray[np.generic], counts: NDArray[np.bool_]) -> Pixel:
    step = max(1, max(data.shape) // _LOOKED_AT)
    values = np.where(counts, data, np.nan)[::step, ::step]
    best: tuple[float, int, int] | None = None
    rows = np.array_split(np.arange(values.shape[0]), min(_BLOCKS, values.shape[0]))
    columns = np.array_split(np.arange(values.shape[1]), min(_BLOCKS, values.shape[1]))
    for row in rows:
        for column in columns:
            block = values[row[0] : row[-1] + 1, column[0] : column[-1] + 1]
            if np.isnan(block).all():
                continue
            level = float(np.nanmean(block))
            if best is None or level < best[0]:
                middle = np.abs(block - np.nanmedian(block))
                at = np.unravel_index(int(np.nanargmin(middle)), block.shape)
                best = (level, int(row[0] + at[0]), int(column[0] + at[1]))
    return Pixel(0, 0) if best is None else Pixel(best[1] * step, best[2] * step)


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
