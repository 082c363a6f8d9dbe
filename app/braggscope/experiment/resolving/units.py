"""From the units that people type to SI, where a value may be missing."""

from __future__ import annotations


def metres(length_mm: float | None) -> float | None:
    """A length in mm as one in m."""
    return None if length_mm is None else length_mm * 1e-3


def from_mrad(angle_mrad: float | None) -> float | None:
    """An angle in mrad as one in rad."""
    return None if angle_mrad is None else angle_mrad / 1000.0
