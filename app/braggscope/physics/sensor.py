"""Layers of a thick sensor (spec 3.7 and 4.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: What nanoBragg makes of a thickness below 0 whose layers were counted (spec 3.7).
_INSTEAD_OF_NEGATIVE_M = 0.5e-6


@dataclass(frozen=True)
class Sensor:
    """Thickness and absorption as they were said, m and 1/m.

    Attributes:
        thickness_m: 0 for an ideally thin sensor, and below 0 for one too, unless layers are
            counted.
        attenuation_per_m: mu; 0 absorbs nothing.
        layers: the count that was asked for, None for automatic.
    """

    thickness_m: float = 0.0
    attenuation_per_m: float = 0.0
    layers: int | None = None

    @property
    def is_thick(self) -> bool:
        """Whether there are layers to simulate."""
        return _effective(self.thickness_m, self.layers) > 0.0


@dataclass(frozen=True, eq=False)
class Layers:
    """Layers that are simulated one by one.

    Attributes:
        depth_m: (layers,) where each one is sampled, m behind the surface.
        thickness_m: of one layer; 0 when there is no thickness to simulate.
    """

    depth_m: NDArray[np.float64]
    thickness_m: float

    @property
    def count(self) -> int:
        """How many."""
        return len(self.depth_m)


def sensor_of(thickness_m: float, attenuation_depth_m: float | None, layers: int | None) -> Sensor:
    """mu from an attenuation depth; without one the thickness is the depth (spec 3.7, Q24, Q26)."""
    if attenuation_depth_m is None:
        effective_m = _effective(thickness_m, layers)
        attenuation = 1.0 / effective_m if effective_m > 0.0 else 0.0
    else:
        attenuation = 1.0 / attenuation_depth_m if attenuation_depth_m > 0.0 else 0.0
    return Sensor(thickness_m, attenuation, layers)


def layers_of(sensor: Sensor, rule: str) -> Layers:
    """The layers of a sensor under the option `thickness_layers` (docs/semantics.md)."""
    effective_m = _effective(sensor.thickness_m, sensor.layers)
    if effective_m <= 0.0:
        return Layers(np.zeros(1), 0.0)
    if rule == "exact":
        count = sensor.layers or 2
        thickness = effective_m / count
        return Layers((np.arange(count, dtype=np.float64) + 0.5) * thickness, thickness)
    if sensor.layers is None:
        count, thickness = 2, sensor.thickness_m / 2
    elif sensor.thickness_m < 0.0:
        count, thickness = sensor.layers, effective_m / sensor.layers
    else:
        count = max(sensor.layers, 2)
        thickness = sensor.thickness_m / (count - 1)
    return Layers(np.arange(count, dtype=np.float64) * thickness, thickness)


def _effective(thickness_m: float, layers: int | None) -> float:
    """The thickness that counts."""
    return _INSTEAD_OF_NEGATIVE_M if thickness_m < 0.0 and layers is not None else thickness_m
