"""Whether an experiment's geometry is one of the named conventions, which headers can hold."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from braggscope.experiment.model import Experiment
from braggscope.experiment.resolving.units import inverse
from braggscope.physics.setup import Setup

#: Fields that place a detector freely; `beam_losses` says what becomes of them in a header.
AXIS_FIELDS: Final = frozenset(
    {
        "beam.direction",
        "beam.polarization_axis",
        "sampling.spindle_axis",
        *(
            f"detector.{name}"
            for name in (
                "convention", "pivot", "fast_axis", "slow_axis", "normal_axis", "twotheta_axis",
                "twotheta_deg", "rotation_x_deg", "rotation_y_deg", "rotation_z_deg",
                "close_distance_mm", "beam_x_mm", "beam_y_mm", "close_x_mm", "close_y_mm",
                "org_x_px", "org_y_px",
            )
        ),
    }
)  # fmt: skip
_SAME: Final = 1e-9


def is_named(experiment: Experiment, setup: Setup) -> bool:
    """Whether a named convention, its beam centre, distance and 2θ say all of the geometry."""
    said = experiment.detector
    rotated = said.rotation_x_deg or said.rotation_y_deg or said.rotation_z_deg
    if said.convention == "custom" or rotated or said.close_distance_mm is not None:
        return False
    # ADXV counts from the far edge, which a detector of no whole pixels has elsewhere (Q14).
    edge = setup.quantities["detsize_s_m"].value
    whole = edge == setup.detector.pixel_m * setup.detector.slow_pixels
    return said.convention != "adxv" or bool(whole)


def beam_losses(setup: Setup) -> tuple[str, ...]:
    """What a header loses that takes beam, spindle and polarisation to stand as in MOSFLM and XDS.

    Both have, in the detector's own axes, the beam along the normal, spindle and polarisation axis
    along the fast axis.
    """
    detector, lost = setup.detector, []
    axes = np.stack([detector.fast, detector.slow, detector.normal])
    if np.linalg.det(axes) < 0:
        lost.append("detector: the slow axis' sense (the image is mirrored)")
    beam = axes @ setup.beam.direction
    if np.linalg.norm(beam - [0.0, 0.0, 1.0]) > _SAME:
        lost.append("detector: its tilt against the beam")
    if np.linalg.norm(axes @ setup.crystal.spindle - [1.0, 0.0, 0.0]) > _SAME:
        lost.append("sampling.spindle_axis: the fast axis is taken")
    polarization = axes @ setup.beam.polarization_axis
    if abs(abs(polarization[0]) - 1.0) > _SAME and setup.beam.kahn_factor != 0:
        lost.append("beam.polarization_axis: the fast axis is taken")
    return tuple(lost)


def origin_px(said: float | None, quantity: str, setup: Setup) -> float:
    """ORGX or ORGY: as said, or the number that gives the same nearest point bit by bit."""
    if said is not None:
        return said
    near, pixel = number_of(setup, quantity), setup.detector.pixel_m
    return inverse(lambda org: (org - 0.5) * pixel, near / pixel + 0.5, near)


def number_of(setup: Setup, name: str) -> float:
    """A quantity of the set-up that is a number."""
    value = setup.quantities[name].value
    return float(value) if isinstance(value, int | float) else math.nan
