"""The solid angles that nanoBragg adds up while it renders (spec 4.5, 4.6 and 10)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.rotation import rotate_axis
from braggscope.physics.sensor import layers_of
from braggscope.physics.setup import Setup

Array = NDArray[np.float64]


def subtended_sr(
    setup: Setup,
    rendered: NDArray[np.bool_],
    *,
    every_sub_pixel: bool = False,
    thickness_layers: str = "overshooting",
) -> float:
    """What nanoBragg prints as the solid angle of the detector, steradian.

    It is divided by all steps, so it is the true one for a single source, domain and phi step.

    Args:
        setup: the set-up.
        rendered: [slow, fast] bool, the pixels that are simulated.
        every_sub_pixel: whether each sub-pixel's own counts (any option `omega` but "first").
        thickness_layers: the option of that name.
    """
    layers = layers_of(setup.detector.sensor, thickness_layers)
    side = setup.oversample
    total = 0.0
    for slow in np.flatnonzero(rendered.any(axis=1)).tolist():
        fast = np.flatnonzero(rendered[slow]).astype(np.float64)
        if not every_sub_pixel:
            total += layers.count * side * side * float(_omega(setup, slow, fast, 0, 0, 0.0).sum())
            continue
        for depth in layers.depth_m.tolist():
            for v in range(side):
                for u in range(side):
                    total += float(_omega(setup, slow, fast, v, u, depth).sum())
    return total / setup.steps if setup.steps else math.inf


def _omega(setup: Setup, slow: int, fast: Array, v: int, u: int, depth_m: float) -> Array:
    """Solid angles at one sub-pixel of the pixels of one row."""
    detector = setup.detector
    sub = detector.pixel_m / setup.oversample
    along_fast = sub * (fast * setup.oversample + u) + sub / 2.0
    along_slow = sub * (slow * setup.oversample + v) + sub / 2.0
    place = (
        along_fast * detector.fast[:, None]
        + along_slow * detector.slow[:, None]
        + depth_m * detector.normal[:, None]
        + detector.pix0_m[:, None]
    )
    if detector.curved:
        radius = detector.distance_m
        onto_beam = radius * setup.beam.direction[:, None] * np.ones(len(fast))
        turned = rotate_axis(onto_beam, detector.slow[:, None], place[1] / radius)
        place = rotate_axis(turned, detector.fast[:, None], place[2] / radius)
    away = np.sqrt((place * place).sum(axis=0))
    if detector.point_pixel:
        inverse: Array = 1.0 / away / away
        return inverse
    area = detector.pixel_m * detector.pixel_m
    omega: Array = area / away / away * detector.close_distance_m / away
    return omega
