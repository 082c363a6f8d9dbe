"""What the list of Bragg peaks has in its columns. No Qt."""

from __future__ import annotations

from typing import Final

import numpy as np

from braggscope_plots.peaks import BOX, Peaks
from braggscope_plots.tables import Column
from braggscope_plots.wording import number

_SIDE: Final = 2 * BOX + 1
TITLES: Final = ("h", "k", "l", "d (Å)", "A", "B", "B / A", "Off by", "slow", "fast", "|Δhkl|")
A_COLUMN: Final = TITLES.index("A")
_WHOLE: Final = frozenset({0, 1, 2, 8, 9})
_RESOLUTION: Final = TITLES.index("d (Å)")
_OFF: Final = TITLES.index("Off by")
#: Digits of what needs more or fewer than the others.
_DIGITS: Final = {4: 5, 5: 5, 6: 7, 10: 2}
#: The widest texts, for the widths of the columns.
WIDEST: Final = (
    *("−88",) * 3,
    "88.888",
    *("8.8888e88",) * 2,
    "0.8888888",
    "8.8e−88 %",
    *("8888",) * 2,
    "0.888",
)
HELP: Final = (
    *("Nearest whole Miller index at the brightest pixel",) * 3,
    "Resolution at the brightest pixel",
    f"Photons in A: sum over {_SIDE} × {_SIDE} pixels, less the median of the frame around them",
    f"Photons in B: sum over {_SIDE} × {_SIDE} pixels, less the median of the frame around them",
    "Ratio of the sums",
    "|B / A − 1|; sort by it to see the worst first",
    "Slow index of the brightest pixel",
    "Fast index of the brightest pixel",
    "Distance of the pixel's fractional indices from whole ones: how far off the lattice point",
)


def peak_columns(peaks: Peaks) -> tuple[Column, ...]:
    """The numbers of the list, in the order of `TITLES`."""
    return (
        *(Column(name, peaks.hkl[:, i]) for i, name in enumerate("hkl")),
        Column("d (Å)", peaks.d_A),
        Column("A (photons)", peaks.a),
        Column("B (photons)", peaks.b),
        Column("B/A", peaks.ratio),
        Column("|B/A-1|", np.abs(peaks.ratio - 1.0)),
        Column("slow (pixel)", peaks.slow),
        Column("fast (pixel)", peaks.fast),
        Column("|dhkl|", peaks.off),
    )


def peak_text(column: int, value: float) -> str:
    """A cell's number as it is shown."""
    if column in _WHOLE:
        return f"{int(value)}".replace("-", "−")
    if column == _OFF and np.isfinite(value):
        return f"{number(100.0 * value, 2)} %"
    if column == _RESOLUTION and 0.0 < value < 100.0:
        return f"{value:.3f}"
    return number(value, _DIGITS.get(column, 4))


def summary(peaks: Peaks) -> str:
    """One line about the list."""
    n = len(peaks.slow)
    if not n:
        return "No Bragg peak stands out of its surroundings here."
    parts = [f"{n} reflection{'' if n == 1 else 's'}"]
    if peaks.found > n:
        parts[0] += f" of {peaks.found} peaks, the brightest"
    total_a, total_b = float(np.nansum(peaks.a)), float(np.nansum(peaks.b))
    if total_a:
        parts.append(f"ΣB / ΣA {number(total_b / total_a, 8)}")
    off = np.abs(peaks.ratio - 1.0)
    off = off[np.isfinite(off)]
    if off.size:
        parts.append(f"B / A off by {number(100 * float(np.median(off)), 3)} % in the median")
        parts.append(f"{number(100 * float(off.max()), 3)} % at most")
    return "   ·   ".join(parts)
