"""How the images are arranged. No Qt."""

from __future__ import annotations

from typing import Final, Literal

Arrangement = Literal["side", "split", "blink", "overlay", "difference", "grid"]
ARRANGEMENTS: Final[tuple[tuple[Arrangement, str, str], ...]] = (
    ("side", "Side by side", "A, B and the difference"),
    ("split", "Split", "A and B in one image, with a seam to drag"),
    ("blink", "Blink", "A and B in turn"),
    ("overlay", "Overlay", "A orange, B blue: grey where they are equal"),
    ("difference", "Difference only", "The difference in all the room there is"),
    ("grid", "Grid of runs", "The image of every run"),
)
#: Changes a second.
BLINK_RATES: Final = (1, 2, 3, 5, 7, 10)


def after(arrangement: Arrangement) -> Arrangement:
    """The next one, round about."""
    names = [name for name, *_ in ARRANGEMENTS]
    return names[(names.index(arrangement) + 1) % len(names)]


def columns(count: int, wide: float, high: float) -> int:
    """Columns of a grid in which so many square images are largest."""
    if count < 2:
        return 1
    return max(range(1, count + 1), key=lambda n: min(wide / n, high / -(-count // n)))
