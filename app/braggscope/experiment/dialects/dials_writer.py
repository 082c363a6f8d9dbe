"""Experiments written as DIALS experiment lists. Our lab frame is written as it is."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np

from braggscope.experiment.dialects.loss import unsaid_fields
from braggscope.experiment.dialects.numbers import triple
from braggscope.experiment.dialects.placement import fraction_of, normal_of_axis
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolve import resolve
from braggscope.physics.setup import Setup

#: What an experiment list holds, perhaps in another form.
_CARRIED: Final = {
    "beam.wavelength_A", "beam.direction", "beam.polarization_axis", "beam.kahn_factor",
    "crystal.cell", "crystal.matrix", "crystal.misset_deg", "crystal.misset_seed",
    "sampling.phi_start_deg", "sampling.osc_deg", "sampling.spindle_axis",
    *(f"detector.{name}" for name in (
        "convention", "pixel_mm", "pixels_fast", "pixels_slow", "size_fast_mm", "size_slow_mm",
        "distance_mm", "close_distance_mm", "beam_x_mm", "beam_y_mm", "close_x_mm", "close_y_mm",
        "org_x_px", "org_y_px", "rotation_x_deg", "rotation_y_deg", "rotation_z_deg",
        "twotheta_deg", "pivot", "fast_axis", "slow_axis", "normal_axis", "twotheta_axis",
        "thickness_um", "attenuation_um",
    )),
}  # fmt: skip
_IDENTITY: Final = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]


def expt_of(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """JSON text, and what it does not hold."""
    setup = resolve(experiment)
    index = dict.fromkeys(("beam", "detector", "goniometer", "scan", "crystal"), 0)
    data = {
        "__id__": "ExperimentList",
        "experiment": [{"__id__": "Experiment", "identifier": "", **index}],
        "imageset": [],
        "beam": [_beam(experiment, setup)],
        "detector": [{"panels": [_panel(experiment, setup)]}],
        "goniometer": [
            {
                "rotation_axis": triple(setup.crystal.spindle),
                "fixed_rotation": _IDENTITY,
                "setting_rotation": _IDENTITY,
            }
        ],
        "scan": [_scan(experiment, setup)],
        "crystal": [_crystal(setup)],
        "profile": [],
        "scaling_model": [],
    }
    return json.dumps(data, indent=2) + "\n", unsaid_fields(experiment, _CARRIED)


def _beam(experiment: Experiment, setup: Setup) -> dict[str, Any]:
    beam = setup.beam
    return {
        "__id__": "monochromatic",
        "direction": triple(-beam.direction),
        "wavelength": experiment.beam.wavelength_A,
        "divergence": 0.0,
        "sigma_divergence": 0.0,
        "polarization_normal": triple(normal_of_axis(beam.polarization_axis, beam.direction)),
        "polarization_fraction": fraction_of(beam.kahn_factor),
        "flux": 0.0,
        "transmission": 1.0,
    }


def _panel(experiment: Experiment, setup: Setup) -> dict[str, Any]:
    detector = setup.detector
    sensor = detector.sensor
    pixel_mm = experiment.detector.pixel_mm
    return {
        "name": "Panel",
        "type": "SENSOR_PAD",
        "fast_axis": triple(detector.fast),
        "slow_axis": triple(detector.slow),
        "origin": triple(detector.pix0_m * 1e3),
        "raw_image_offset": [0, 0],
        "image_size": [detector.fast_pixels, detector.slow_pixels],
        "pixel_size": [pixel_mm, pixel_mm],
        "trusted_range": [0.0, 1e9],
        "thickness": experiment.detector.thickness_um * 1e-3,
        "material": "Si" if sensor.thickness_m > 0 else "",
        "mu": sensor.attenuation_per_m * 1e-3 if sensor.thickness_m > 0 else 0.0,
        "identifier": "",
        "mask": [],
        "gain": 1.0,
        "pedestal": 0.0,
        "px_mm_strategy": {"type": "SimplePxMmStrategy"},
    }


def _scan(experiment: Experiment, setup: Setup) -> dict[str, Any]:
    width = experiment.sampling.osc_deg
    if width is None:
        quantity = setup.quantities["osc_rad"].value
        width = float(np.degrees(quantity)) if isinstance(quantity, float) else 0.0
    return {
        "image_range": [1, 1],
        "batch_offset": 0,
        "oscillation": [experiment.sampling.phi_start_deg, width],
        "exposure_time": [experiment.beam.exposure_s],
        "epochs": [0.0],
        "valid_image_ranges": {},
    }


def _crystal(setup: Setup) -> dict[str, Any]:
    rows = setup.crystal.direct_m * 1e10
    return {
        "__id__": "crystal",
        **{f"real_space_{name}": triple(row) for name, row in zip("abc", rows, strict=True)},
        "space_group_hall_symbol": " P 1",
    }
