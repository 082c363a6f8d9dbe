"""Directions, pixels, place and sensor of the detector (spec 3.2, 3.4, 3.7 and 4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.ledger import Ledger
from braggscope.experiment.limits import MOST_LAYERS, MOST_PIXELS, refuse_many
from braggscope.experiment.model import Experiment, MaskFile, RegionOfInterest
from braggscope.experiment.resolving.units import metres, metres_of_um
from braggscope.physics.detector import (
    CONVENTIONS,
    Basis,
    BeamCentre,
    DetectorSize,
    Pivot,
    SaidCentre,
    basis_of,
    resolve_centre,
    resolve_size,
)
from braggscope.physics.recipe import Derived, Recipe
from braggscope.physics.sensor import Sensor, sensor_of
from braggscope.physics.setup import Detector, FileSource, Window

_VECTORS = {
    "beam": "beam.direction",
    "fast": "detector.fast_axis",
    "slow": "detector.slow_axis",
    "normal": "detector.normal_axis",
    "twotheta": "detector.twotheta_axis",
    "polarization": "beam.polarization_axis",
    "spindle": "sampling.spindle_axis",
}


def directions_of(experiment: Experiment, ledger: Ledger) -> tuple[Basis, Pivot]:
    """The convention's directions and pivot; only CUSTOM takes given ones (spec 4.1)."""
    name = experiment.detector.convention
    convention = CONVENTIONS[name]
    given: dict[str, Any] = {}
    pivot = convention.pivot
    if name == "custom":
        values = {key: ledger.value(path) for key, path in _VECTORS.items()}
        given = {key: value for key, value in values.items() if value is not None}
        pivot = experiment.detector.pivot or pivot
    basis = basis_of(convention, given)
    needed = np.array([basis.beam, basis.fast, basis.slow, basis.normal])
    # As the physics sees it: a vector of 1e-300 has no length either.
    if not np.all(np.sum(needed * needed, axis=1) > 0.0):
        raise InvalidInput(
            "a direction of the beam or the detector is the zero vector",
            where="detector",
            remedy="Give vectors with a length, fast and slow not parallel",
        )
    ledger.said("convention", name, "detector.convention")
    ledger.chosen("pivot_effective", pivot, "detector.pivot", "convention")
    letters = zip(
        "fsobptw",
        ("fast", "slow", "normal", "beam", "polarization", "twotheta", "spindle"),
        strict=True,
    )
    for letter, attribute in letters:
        ledger.chosen(
            f"basis_initial_{letter}", getattr(basis, attribute), _VECTORS[attribute], "convention"
        )
    ledger.derived("odet_regenerated", int(basis.normal_regenerated), "length of the normal")
    return basis, pivot


def size_of(experiment: Experiment, ledger: Ledger) -> DetectorSize:
    """Pixels and their count (spec 3.2)."""
    said = experiment.detector
    size = resolve_size(
        metres(said.pixel_mm),
        said.pixels_fast,
        said.pixels_slow,
        metres(said.size_fast_mm),
        metres(said.size_slow_mm),
    )
    if size.fast_pixels < 1 or size.slow_pixels < 1:
        raise InvalidInput(
            "the detector has no pixels",
            where="detector",
            why=f"a pixel is {said.pixel_mm:g} mm, larger than the detector",
            remedy="Give smaller pixels, or count them with pixels_fast and pixels_slow",
        )
    if size.fast_pixels * size.slow_pixels > MOST_PIXELS:
        raise InvalidInput(
            f"the detector has {size.fast_pixels:g} × {size.slow_pixels:g} pixels, too many",
            where="detector",
            why=f"at most {MOST_PIXELS:g} can be simulated",
            remedy="Give larger pixels or a smaller detector",
        )
    ledger.said("pixel_m", size.pixel_m, "detector.pixel_mm")
    ledger.chosen("fpixels", size.fast_pixels, "detector.pixels_fast", "detector size / pixel")
    ledger.chosen("spixels", size.slow_pixels, "detector.pixels_slow", "detector size / pixel")
    ledger.chosen("detsize_f_m", size.fast_m, "detector.size_fast_mm", "pixel · count")
    ledger.chosen("detsize_s_m", size.slow_m, "detector.size_slow_mm", "pixel · count")
    return size


def centre_of(experiment: Experiment, size: DetectorSize, ledger: Ledger) -> BeamCentre:
    """Beam centre and nearest point (spec 3.4)."""
    said = experiment.detector
    centre = resolve_centre(
        said.convention,
        size,
        SaidCentre(
            metres(said.beam_x_mm),
            metres(said.beam_y_mm),
            metres(said.close_x_mm),
            metres(said.close_y_mm),
            said.org_x_px,
            said.org_y_px,
        ),
    )
    rule = "the convention's default centre"
    ledger.said("distance_in_m", metres(said.distance_mm), "detector.distance_mm")
    ledger.chosen("Xbeam_m", centre.x, "detector.beam_x_mm", rule)
    ledger.chosen("Ybeam_m", centre.y, "detector.beam_y_mm", rule)
    ledger.derived("Fbeam_in_m", centre.beam_fast, "Xbeam, Ybeam, convention")
    ledger.derived("Sbeam_in_m", centre.beam_slow, "Xbeam, Ybeam, convention")
    ledger.chosen("Fclose_in_m", centre.near_fast, "detector.org_x_px", "centre of the detector")
    ledger.chosen("Sclose_in_m", centre.near_slow, "detector.org_y_px", "centre of the detector")
    return centre


def record_geometry(
    experiment: Experiment, recipe: Recipe, derived: Derived, size: DetectorSize, ledger: Ledger
) -> None:
    """Where the detector is, step by step."""
    geometry = derived.geometry
    for axis, angle in zip("xyz", recipe.rotations_rad, strict=True):
        ledger.said(f"rot{axis}_rad", float(angle), f"detector.rotation_{axis}_deg")
    ledger.said("twotheta_rad", float(recipe.twotheta_rad), "detector.twotheta_deg")
    ledger.derived("ratio", float(geometry.ratio))
    ledger.chosen(
        "close_distance_in_m",
        float(geometry.close_distance_in_m),
        "detector.close_distance_mm",
        "|ratio · distance|",
    )
    for letter, vector in zip("fso", geometry.rotated, strict=True):
        ledger.derived(f"basis_after_rot_{letter}", vector)
    ledger.derived("basis_final_f", geometry.fast)
    ledger.derived("basis_final_s", geometry.slow)
    ledger.derived("basis_final_o", geometry.normal)
    ledger.derived("pix0_m", geometry.pix0_m)
    for name, value in (
        ("close_distance_m", geometry.close_distance_m),
        ("distance_m", geometry.distance_m),
        ("Fclose_m", geometry.near_fast_m),
        ("Sclose_m", geometry.near_slow_m),
        ("Fbeam_m", geometry.beam_fast_m),
        ("Sbeam_m", geometry.beam_slow_m),
        ("ORGX", geometry.near_fast_m / size.pixel_m + 0.5),
        ("ORGY", geometry.near_slow_m / size.pixel_m + 0.5),
    ):
        ledger.derived(name, float(value))


def sensor_from(experiment: Experiment, ledger: Ledger) -> Sensor:
    """Thickness and absorption (spec 3.7)."""
    said = experiment.detector
    # This one is multiplied (spec 3.7).
    depth = None if said.attenuation_um is None else said.attenuation_um * 1e-6
    sensor = sensor_of(metres_of_um(said.thickness_um), depth, said.thickness_layers)
    if sensor.is_thick:
        refuse_many(sensor.layers or 2, MOST_LAYERS, "layers", "detector.thickness_layers")
    ledger.said("thick_m", sensor.thickness_m, "detector.thickness_um")
    ledger.chosen("mu_per_m", sensor.attenuation_per_m, "detector.attenuation_um", "1/thickness")
    return sensor


def detector_of(
    experiment: Experiment, size: DetectorSize, derived: Derived, sensor: Sensor, ledger: Ledger
) -> Detector:
    """Pixels, where they are, and which of them are simulated."""
    said, geometry = experiment.detector, derived.geometry
    ledger.said("curved", int(said.curved), "detector.curved")
    ledger.said("point_pixel", int(said.point_pixel), "detector.point_pixel")
    return Detector(
        pixel_m=size.pixel_m,
        fast_pixels=size.fast_pixels,
        slow_pixels=size.slow_pixels,
        fast=geometry.fast,
        slow=geometry.slow,
        normal=geometry.normal,
        pix0_m=geometry.pix0_m,
        close_distance_m=float(geometry.close_distance_m),
        distance_m=float(geometry.distance_m),
        curved=said.curved,
        point_pixel=said.point_pixel,
        sensor=sensor,
        mask=_mask(said.mask),
        roi=_roi(said.roi, size),
    )


def _mask(said: MaskFile | None) -> FileSource | None:
    return None if said is None else FileSource(str(said.path), said.sha256)


def _roi(said: RegionOfInterest | None, size: DetectorSize) -> Window:
    whole = Window(0, size.fast_pixels - 1, 0, size.slow_pixels - 1)
    if said is None:
        return whole
    return whole.intersected(Window(said.fast_min, said.fast_max, said.slow_min, said.slow_max))
