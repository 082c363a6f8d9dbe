"""How the images panel is arranged, all of it: to be remembered, and put back. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from braggscope.gui.images.arrangement import ARRANGEMENTS, Arrangement
from braggscope.gui.images.content import Seam
from braggscope.gui.images.ticks import AxisUnit

if TYPE_CHECKING:
    from braggscope.gui.layout_memory import LayoutMemory

_SEAMS: Final[tuple[Seam, ...]] = ("upright", "level")
_UNITS: Final[tuple[AxisUnit, ...]] = ("none", "pixels", "mm")


@dataclass(frozen=True)
class Look:
    """Arrangement and what goes with it.

    Attributes:
        seam: where the border of A and B stands, as a share.
        blink_rate: changes a second.
        unit: of the numbers at the border.
        slow_up, fast_left: whether the images are turned round.
    """

    arrangement: Arrangement = "side"
    seam: float = 0.5
    seam_direction: Seam = "upright"
    blink_rate: float = 2.0
    unit: AxisUnit = "none"
    slow_up: bool = False
    fast_left: bool = False


def look_of(
    arrangement: str = "",
    seam: float = 0.5,
    seam_direction: str = "",
    blink_rate: float = 2.0,
    unit: str = "",
    slow_up: bool = False,
    fast_left: bool = False,
) -> Look:
    """A look in words that may be unknown here, which then are the usual ones."""
    usual = Look()
    return Look(
        next((name for name, *_ in ARRANGEMENTS if name == arrangement), usual.arrangement),
        seam,
        next((name for name in _SEAMS if name == seam_direction), usual.seam_direction),
        blink_rate,
        next((name for name in _UNITS if name == unit), usual.unit),
        slow_up,
        fast_left,
    )


def remembered_look(memory: LayoutMemory) -> Look:
    """The look that was chosen last."""
    return look_of(
        arrangement=memory.choice("arrangement"),
        blink_rate=float(memory.choice("blink", "2") or 2),
        unit=memory.choice("axes"),
        slow_up=memory.choice("slow_up") == "yes",
        fast_left=memory.choice("fast_left") == "yes",
    )
