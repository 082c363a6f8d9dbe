"""DIALS experiment lists (.expt): one panel, one image and one crystal of the first experiment.

DIALS' lab frame is kept: all vectors are taken as they are, with the convention CUSTOM.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.dials_panel import SENSOR_NOTE, Panel, panel_of
from braggscope.experiment.dialects.imported import Choice, Imported, imported_from
from braggscope.experiment.dialects.numbers import numbers_of, triple, vector_of
from braggscope.experiment.dialects.placement import axis_of_normal, kahn_of, panel_fields
from braggscope.physics.arrays import stack
from braggscope.physics.rotation import Matrix, Vector, rotate_axis

Json = Mapping[str, Any]


def read_expt(path: Path, content: bytes, choice: Choice) -> Imported:
    """Beam, panel, goniometer, scan and crystal of a DIALS experiment list."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            f"{path.name} is not a DIALS experiment list",
            where=str(path),
            why=f"it is not JSON: {error}" if content.strip() else "it is empty",
            remedy="The file may be incomplete; fetch or write it again",
        ) from error
    if not isinstance(data, dict) or data.get("__id__") != "ExperimentList":
        raise InvalidInput(
            f"{path.name} is not a DIALS experiment list",
            where=str(path),
            why='its "__id__" is not "ExperimentList"',
        )
    try:
        return _imported(path, data, choice)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"{path.name} is not written as DIALS writes experiment lists",
            where=str(path),
            why=f"{type(error).__name__}: {error}",
        ) from error
    except InvalidInput as error:
        raise InvalidInput(
            error.what, where=error.where or str(path), why=error.why, remedy=error.remedy
        ) from error


def _imported(path: Path, data: Json, choice: Choice) -> Imported:
    experiments = data["experiment"]
    if not experiments:
        raise InvalidInput("the list of experiments is empty")
    models = {
        name: _model(data, experiments[0], name)
        for name in ("beam", "detector", "goniometer", "scan", "crystal")
    }
    if models["beam"] is None or models["detector"] is None:
        raise InvalidInput("the first experiment has no beam or no detector")
    frame = _Frame(models["scan"], choice.image)
    panel = panel_of(models["detector"], choice.panel)
    travel, beam = _beam(models["beam"], frame)
    sampling, crystal = _sampling(frame), {}
    fixed, axis, setting = _goniometer(models["goniometer"], frame)
    sign = 1.0 if frame.width_deg >= 0.0 else -1.0  # A rotation backwards is one about -w.
    sampling["spindle_axis"] = triple(sign * (setting @ axis))
    if models["crystal"] is not None:
        reciprocal = setting @ fixed @ _reciprocal(models["crystal"], frame)
        rows = reciprocal * beam["wavelength_A"]
        crystal["matrix"] = {"rows": tuple(triple(row) for row in rows)}
    detector = {
        **panel.fields,
        **panel_fields(panel.fast, panel.slow, panel.origin_mm, travel),
    }
    return imported_from(
        path,
        {"beam": beam, "detector": detector, "crystal": crystal, "sampling": sampling},
        lost=_lost(data, experiments[0], models, panel),
        notes=_notes(experiments, models, frame, panel),
    )


def _model(data: Json, experiment: Json, name: str) -> Json | None:
    index = experiment.get(name)
    model: Json | None = None if index is None else data[name][int(index)]
    return model


class _Frame:
    """One image of a scan: its place in it and its rotation, degrees."""

    def __init__(self, scan: Json | None, image: int | None) -> None:
        first, last = (1, 1) if scan is None else (int(i) for i in scan["image_range"])
        number = first if image is None else image
        if not first <= number <= last:
            raise InvalidInput(
                f"there is no image {number}", why=f"the scan has the images {first} to {last}"
            )
        self.number, self.first, self.last = number, first, last
        self.index = number - first
        self.start_deg, self.width_deg = _oscillation(scan, self.index)

    def middle(self, points: Sequence[Any], count: int, what: str) -> Vector:
        """A model that varies with the scan, in the middle of the image (linear)."""
        if self.index >= len(points):
            raise InvalidInput(f"{what} holds too few scan points")
        ends = points[self.index : self.index + 2]
        mean: Vector = np.mean([numbers_of(point, count, what) for point in ends], axis=0)
        return mean


def _oscillation(scan: Json | None, index: int) -> tuple[float, float]:
    """Start and width of an image; the old form is (start, width), the new one all starts."""
    if scan is None:
        return 0.0, 0.0
    if "properties" not in scan:
        start, width = numbers_of(scan.get("oscillation", [0.0, 0.0]), 2, "oscillation").tolist()
        return start + width * index, width
    starts = scan["properties"].get("oscillation")
    if starts is None:
        return 0.0, 0.0
    values = numbers_of(starts, len(starts), "oscillation")
    width = float(values[1] - values[0]) if len(values) > 1 else 0.0
    return float(values[index]), width


def _sampling(frame: _Frame) -> dict[str, Any]:
    if frame.width_deg == 0.0:
        return {"phi_start_deg": frame.start_deg}
    sign = 1.0 if frame.width_deg > 0.0 else -1.0
    return {"phi_start_deg": sign * frame.start_deg, "osc_deg": abs(frame.width_deg)}


def _beam(beam: Json, frame: _Frame) -> tuple[Vector, dict[str, Any]]:
    """Direction of travel, and the beam's fields. DIALS' direction points to the source."""
    if beam.get("__id__", "monochromatic") != "monochromatic" or "wavelength" not in beam:
        raise InvalidInput("the beam is not monochromatic", why=f"it is {beam.get('__id__')!r}")
    travel = -vector_of(beam["direction"], "the beam's direction")
    varying = beam.get("s0_at_scan_points")
    if varying:
        travel = frame.middle(varying, 3, "s0_at_scan_points")
    travel = travel / np.linalg.norm(travel)
    fields: dict[str, Any] = {
        "wavelength_A": float(beam["wavelength"]),
        "direction": triple(travel),
        "kahn_factor": kahn_of(float(beam.get("polarization_fraction", 0.999))),
    }
    normal = beam.get("polarization_normal", [0.0, 1.0, 0.0])
    axis = axis_of_normal(vector_of(normal, "the polarisation normal"), travel)
    fields["polarization_axis"] = triple(axis)
    return travel, fields


def _goniometer(goniometer: Json | None, frame: _Frame) -> tuple[Matrix, Vector, Matrix]:
    """F, e and S of r = S R(e, phi) F A h; the spindle is S e, and S F A the crystal at phi = 0."""
    one = np.eye(3)
    if goniometer is None:
        return one, np.array([1.0, 0.0, 0.0]), one
    if "axes" in goniometer:
        fixed, axis, setting = _many_axes(goniometer)
    else:
        axis = vector_of(goniometer["rotation_axis"], "the rotation axis")
        fixed = numbers_of(goniometer.get("fixed_rotation", one.ravel().tolist()), 9, "F")
        setting = numbers_of(goniometer.get("setting_rotation", one.ravel().tolist()), 9, "S")
    varying = goniometer.get("setting_rotation_at_scan_points")
    if varying:
        setting = frame.middle(varying, 9, "setting_rotation_at_scan_points")
    axis = axis / np.linalg.norm(axis)
    return fixed.reshape(3, 3), axis, setting.reshape(3, 3)


def _many_axes(goniometer: Json) -> tuple[Matrix, Vector, Matrix]:
    """Axes from the crystal outwards: those before the scan axis make F, those after it S."""
    axes = [vector_of(axis, "a goniometer axis") for axis in goniometer["axes"]]
    angles = np.radians(numbers_of(goniometer["angles"], len(axes), "the goniometer's angles"))
    scan_axis = int(goniometer["scan_axis"])
    fixed, setting = np.eye(3), np.eye(3)
    for index, (axis, angle) in enumerate(zip(axes, angles, strict=True)):
        axis = axis / np.linalg.norm(axis)
        turn = stack(*(rotate_axis(column, axis, angle) for column in np.eye(3))).T
        if index < scan_axis:
            fixed = turn @ fixed
        elif index > scan_axis:
            setting = turn @ setting
    return fixed, axes[scan_axis], setting


def _reciprocal(crystal: Json, frame: _Frame) -> Matrix:
    """A = U B at phi = 0, rows x, y, z, columns a*, b*, c*, 1/Å."""
    varying = crystal.get("A_at_scan_points")
    if varying:
        return frame.middle(varying, 9, "A_at_scan_points").reshape(3, 3)
    direct = np.array([vector_of(crystal[f"real_space_{axis}"], axis) for axis in "abc"])
    if abs(np.linalg.det(direct)) < 1e-6:
        raise InvalidInput("the crystal's cell spans no volume")
    return np.asarray(np.linalg.inv(direct))


def _lost(
    data: Json, experiment: Json, models: Mapping[str, Json | None], panel: Panel
) -> list[str]:
    lost = list(panel.lost)
    beam, crystal = models["beam"] or {}, models["crystal"] or {}
    for name in ("divergence", "sigma_divergence", "flux"):
        if beam.get(name):
            lost.append(f"beam: {name} {beam[name]:g}")
    if beam.get("transmission", 1.0) != 1.0:
        lost.append(f"beam: transmission {beam['transmission']:g}")
    if crystal:
        symbol = str(crystal.get("space_group_hall_symbol", "")).strip()
        lost.append(f"crystal: space group {symbol} (structure factors bring their own)")
    mosaic = [name for name in crystal if "mosaic" in name]
    if mosaic:
        lost.append(f"crystal: {', '.join(mosaic)}, of another definition than nanoBragg's domains")
    for name, what in (
        ("profile", "profile model"),
        ("scaling_model", "scaling model"),
        ("imageset", "images"),
    ):
        index = experiment.get(name)
        if index is not None and data.get(name):
            lost.append(what)
    return lost


def _notes(
    experiments: Sequence[Json], models: Mapping[str, Json | None], frame: _Frame, panel: Panel
) -> list[str]:
    notes = list(panel.notes)
    if len(experiments) > 1:
        notes.append(f"the first of {len(experiments)} experiments")
    if frame.last > frame.first:
        notes.append(
            f"image {frame.number} of {frame.first} to {frame.last}: phi from"
            f" {frame.start_deg:g}°, {frame.width_deg:g}° wide"
        )
    if frame.width_deg:
        notes.append("the rotation takes nanoBragg's 2 steps unless sampling.phi_steps says more")
    if (models["crystal"] or {}).get("A_at_scan_points"):
        notes.append("the crystal varies with the scan: its mean over the image")
    if panel.fields.get("thickness_um"):
        notes.append(SENSOR_NOTE)
    if models["crystal"] is None:
        notes.append("no crystal in the file")
    return notes
