"""Where the Triton kernel finds the numbers of a run: host and device read the same names."""

from __future__ import annotations

from typing import Final

#: Vectors, three numbers each.
FAST: Final = 0
SLOW: Final = 3
NORMAL: Final = 6
PIX0: Final = 9
N_CELLS: Final = 12
WHOLE_CELLS: Final = 15
#: a*, b*, c* times Na·Nb·Nc, 1/Å.
STARS: Final = 18
#: Lowest h, k, l of the table of structure factors.
LOW: Final = 27
#: Single numbers: pitch of sub-pixels, m; what 1/R² (of a point pixel) or 1/R³ becomes a solid
#: angle with; optical thickness of a layer, negative; …
SUB_M: Final = 30
AREA: Final = 31
PATH: Final = 32
KAHN: Final = 33
DMIN_M: Final = 34
BACKGROUND: Final = 35
#: r_e² times fluence over steps.
SCALE: Final = 36
FUDGE: Final = 37
#: F_latt of a peak, of other shapes than SQUARE.
PEAK: Final = 38
DEFAULT_F: Final = 39
#: How close to a reflection rounding may show, and up to which Σ|h|/|f| it does not (delicate.py).
DELICATE: Final = 40
LARGEST_RATIO: Final = 41
#: A zero that no compiler knows of.
ZERO: Final = 42
NUMBERS: Final = 43

#: Of one source: k, 1/λ, B and E of the Kahn factor, 1 where the axis lies along k, weight, λ.
INCIDENT: Final = 0
PER_WAVELENGTH: Final = 3
MAGNETIC: Final = 4
ELECTRIC: Final = 7
ALONG: Final = 10
WEIGHT: Final = 11
WAVELENGTH: Final = 12
SOURCE_NUMBERS: Final = 13

#: Of one orientation: rows a, b, c.
CELL_NUMBERS: Final = 9

#: What a pixel keeps between two launches: sum, solid angle, captured fraction, polarisation, and
#: over how many values the latter is a mean.
STATE_NUMBERS: Final = 5

SHAPES: Final = ("square", "round", "gauss", "tophat")
RULES: Final = ("first", "last", "mean", "per-evaluation")
LOOKUPS: Final = ("constant", "nearest", "tricubic")
