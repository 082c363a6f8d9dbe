"""Hypothesis strategies for detectors that stand anywhere, and what it means to be the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from braggscope.experiment import Experiment
from braggscope.physics.rotation import cross, rotate_xyz, unit
from braggscope.physics.setup import Setup
from tests.experiment.dialects.plain import plain_experiments

_ANGLE = st.floats(-20, 20).map(lambda value: round(value, 3))
_PLACE = st.floats(-30, 60).map(lambda value: round(value, 4))


def _vector(values: Any) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in values)
    return (x, y, z)


@st.composite
def _custom(draw: st.DrawFn) -> dict[str, Any]:
    """Axes in any direction, of either hand; the beam within 60° of the detector's normal."""
    angles = np.radians([draw(st.floats(-180, 180)) for _ in range(3)])
    fast, slow, normal = (rotate_xyz(axis, angles) for axis in np.eye(3))
    tilt = np.radians([draw(st.floats(-35, 35)) for _ in range(3)])
    # The tilt is made before the turn, so that it counts from the normal.
    beam = rotate_xyz(rotate_xyz(np.array([0.0, 0.0, 1.0]), tilt), angles)
    if draw(st.booleans()):
        slow = -slow
    pivot = draw(st.sampled_from(["beam", "sample"]))
    return {
        "beam.direction": _vector(2.0 * beam),
        "beam.polarization_axis": _vector(rotate_xyz(fast, tilt)),
        "sampling.spindle_axis": _vector(3.0 * slow),
        "detector.convention": "custom",
        "detector.fast_axis": _vector(fast),
        "detector.slow_axis": _vector(slow),
        "detector.normal_axis": _vector(normal / np.sqrt(normal @ normal)),
        "detector.pivot": pivot,
        "detector.beam_x_mm": draw(_PLACE),
        "detector.beam_y_mm": draw(_PLACE),
    }


@st.composite
def placed_experiments(draw: st.DrawFn) -> Experiment:
    """Named conventions and free ones, rotated and swung."""
    experiment = draw(plain_experiments())
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        names = ("beam_x_mm", "beam_y_mm", "org_x_px", "org_y_px")
        changes |= dict.fromkeys(f"detector.{name}" for name in names) | draw(_custom())
    if draw(st.booleans()):
        changes |= {f"detector.rotation_{axis}_deg": draw(_ANGLE) for axis in "xyz"}
    if draw(st.booleans()):
        changes["detector.twotheta_deg"] = draw(_ANGLE)
    if draw(st.booleans()):
        changes["detector.thickness_um"] = draw(st.floats(10, 1000))
        changes["detector.attenuation_um"] = draw(st.floats(10, 1000))
    return experiment.with_overrides(changes)


def assert_same_experiment(one: Setup, other: Setup) -> None:
    """Everything that makes the image is the same, to the rounding of a few operations."""
    size = np.linalg.norm(one.detector.pix0_m)
    for name in ("fast", "slow"):
        np.testing.assert_allclose(
            getattr(one.detector, name), getattr(other.detector, name), rtol=0, atol=1e-14
        )
    np.testing.assert_allclose(one.detector.normal, other.detector.normal, rtol=0, atol=1e-7)
    np.testing.assert_allclose(
        one.detector.pix0_m, other.detector.pix0_m, rtol=0, atol=1e-13 * size
    )
    assert one.detector.pixel_m == other.detector.pixel_m
    assert one.detector.shape == other.detector.shape
    assert one.beam.wavelength_m.tolist() == other.beam.wavelength_m.tolist()
    for ours, theirs in (
        (one.beam.direction, other.beam.direction),
        (one.crystal.spindle, other.crystal.spindle),
        (_plane(one), _plane(other)),
        (one.crystal.phi_rad, other.crystal.phi_rad),
        (one.beam.kahn_factor, other.beam.kahn_factor),
        (one.crystal.direct_m * 1e8, other.crystal.direct_m * 1e8),
        (one.detector.sensor.thickness_m, other.detector.sensor.thickness_m),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13)
    if one.detector.sensor.thickness_m > 0:
        np.testing.assert_allclose(
            one.detector.sensor.attenuation_per_m,
            other.detector.sensor.attenuation_per_m,
            rtol=1e-12,
        )


def _plane(setup: Setup) -> Any:
    """The projector on the normal of the polarisation plane: its sign does not matter."""
    normal = unit(cross(setup.beam.polarization_axis, setup.beam.direction))
    return np.outer(normal, normal)
