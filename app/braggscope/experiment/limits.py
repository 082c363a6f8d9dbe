"""What can be simulated, and no more: everything larger is refused, not attempted.

The drop-in and the C program refuse the same command lines: these are the numbers of
engines/braggscope_external/reference/limits.h, and change together with them.
"""

from __future__ import annotations

from typing import Final

from braggscope.errors import InvalidInput

#: 16384 × 16384.
MOST_PIXELS: Final = 268_435_456
#: Of one pixel: sub-pixels, layers, sources, φ steps, domains.
MOST_EVALUATIONS: Final = 10**12
#: Sub-pixels per axis.
LARGEST_OVERSAMPLE: Final = 10_000
#: Of the sensor.
MOST_LAYERS: Final = 10**6
MOST_PHI_STEPS: Final = 10**6
MOST_DOMAINS: Final = 10**6
#: φ steps times domains, kept in memory.
MOST_ROTATED_CELLS: Final = 4 * 10**6
#: Of the crystal along one axis.
MOST_CELLS: Final = 1e15
MOST_SOURCES: Final = 5 * 10**6
#: Of an SMV file.
MOST_HEADER_BYTES: Final = 10**7
#: What fits C's int.
LARGEST_INT: Final = 2**31 - 1


def refuse_many(count: float, most: float, what: str, where: str) -> None:
    """Refuse a count above its limit, or one that is no number.

    Raises:
        InvalidInput: there are too many.
    """
    if not count <= most:
        raise InvalidInput(
            f"{count:g} {what} are too many",
            where=where,
            why=f"at most {most:g} can be simulated",
            remedy="Give a larger step, or a smaller range",
        )
