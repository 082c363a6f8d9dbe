"""Scattering of water around the crystal (spec 9.4)."""

from __future__ import annotations

from braggscope.physics.constants import AVOGADRO, ELECTRON_RADIUS_SQUARED_M2

#: Electrons' worth of forward scattering of a water molecule, electrons.
_WATER_STRENGTH = 2.57


def water_background(water_m: float, fluence_per_m2: float, steps: int, rule: str) -> float:
    """I_bg, the start of every pixel's sum, under the option `water_scale` (docs/semantics.md)."""
    strength = _WATER_STRENGTH * _WATER_STRENGTH
    if rule == "twice":
        strength = strength * ELECTRON_RADIUS_SQUARED_M2 * fluence_per_m2
    background = strength * water_m * water_m * water_m * 1e6 * AVOGADRO / 18.0
    return background * steps if rule == "once" else background
