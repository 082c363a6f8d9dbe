"""From the units that people type to SI, rounded as nanoBragg does: divided, not multiplied.

And back, with all bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import overload


@overload
def metres(length_mm: float) -> float: ...
@overload
def metres(length_mm: float | None) -> float | None: ...
def metres(length_mm: float | None) -> float | None:
    """A length in mm as one in m."""
    return None if length_mm is None else length_mm / 1000.0


def metres_of_um(length_um: float) -> float:
    """A length in µm as one in m."""
    return length_um / 1e6


def metres_of_angstrom(length_A: float) -> float:
    """A length in Å as one in m."""
    return length_A / 1e10


def from_mrad(angle_mrad: float | None) -> float | None:
    """An angle in mrad as one in rad."""
    return None if angle_mrad is None else angle_mrad / 1000.0


def inverse(function: Callable[[float], float], guess: float, target: float) -> float:
    """The number near guess that a function maps to target bit by bit; guess if there is none."""
    return next((x for x in neighbours(guess) if function(x) == target), guess)


def in_mm(length_m: float) -> float:
    """Millimetres that `resolve` turns into these metres."""
    return inverse(metres, length_m * 1e3, length_m)


def in_um(length_m: float) -> float:
    """Micrometres that `resolve` turns into these metres."""
    return inverse(metres_of_um, length_m * 1e6, length_m)


def neighbours(value: float) -> Iterator[float]:
    """The number itself, then those next to it, outwards."""
    yield value
    below = above = value
    for _ in range(4):
        below, above = math.nextafter(below, -math.inf), math.nextafter(above, math.inf)
        yield below
        yield above
