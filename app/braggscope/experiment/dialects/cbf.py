"""miniCBF headers of PILATUS and EIGER detectors.

Beam_xy is read as XDS reads ORGX and ORGY: the detector's nearest point, in pixels from 1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.experiment.dialects.dials_panel import SENSOR_NOTE
from braggscope.experiment.dialects.frame import (
    AXIS_FIELDS,
    beam_losses,
    is_named,
    origin_px,
)
from braggscope.experiment.dialects.imported import Imported, imported_from
from braggscope.experiment.dialects.loss import unsaid_fields
from braggscope.experiment.dialects.placement import fraction_of, kahn_of
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolve import resolve
from braggscope.experiment.resolving.units import in_mm, in_um, inverse, metres
from braggscope.physics.setup import Setup

_NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
_LINES: Final = {
    "pixel": rf"Pixel_size:?\s+{_NUMBER}\s*m\s*x\s*{_NUMBER}\s*m",
    "thickness": rf"sensor,\s*thickness\s+{_NUMBER}\s*m",
    "wavelength": rf"Wavelength:?\s+{_NUMBER}\s*A",
    "distance": rf"Detector_distance:?\s+{_NUMBER}\s*m",
    "centre": rf"Beam_xy:?\s+\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)",
    "phi": rf"Start_angle:?\s+{_NUMBER}",
    "osc": rf"Angle_increment:?\s+{_NUMBER}",
    "twotheta": rf"Detector_2theta:?\s+{_NUMBER}",
    "polarization": rf"Polarization:?\s+{_NUMBER}",
}
#: Lines that say one field each; a value of 0 says nothing, but for the start angle.
_FIELDS: Final[dict[str, tuple[str, str, Callable[[float], float]]]] = {
    "wavelength": ("beam", "wavelength_A", float),
    "polarization": ("beam", "kahn_factor", kahn_of),
    "distance": ("detector", "distance_mm", in_mm),
    "twotheta": ("detector", "twotheta_deg", float),
    "phi": ("sampling", "phi_start_deg", float),
    "osc": ("sampling", "osc_deg", float),
}
_SILICON: Final = re.compile(r"Silicon\s+sensor", re.IGNORECASE)
_AXIS: Final = re.compile(r"Oscillation_axis:?\s+([^\s,]+(?:,?\s*C?CW)?)")
_COUNTS: Final = r"X-Binary-Size-{}-Dimension:\s*(\d+)"
#: Silicon: density g/cm³, molar mass g/mol, and what turns λ f'' into a cross section.
_DENSITY, _MOLAR_MASS, _AVOGADRO, _ELECTRON_RADIUS_M = 2.33, 28.0855, 6.02214179e23, 2.8179403e-15


def read_cbf(path: Path, content: bytes) -> Imported:
    """Detector, wavelength, polarisation and rotation of a miniCBF header."""
    text = content[:65536].decode("latin-1")
    found = {name: _floats(pattern, text) for name, pattern in _LINES.items()}
    counts = [re.search(_COUNTS.format(name), text) for name in ("Fastest", "Second")]
    if found["pixel"] is None or counts[0] is None or counts[1] is None:
        raise InvalidInput(
            f"{path.name} has no complete miniCBF header",
            where=str(path),
            why="Pixel_size or the image's dimensions are missing",
            remedy="The file may be incomplete; full imgCBF headers are not read",
        )
    width, height = found["pixel"]
    if abs(width - height) > 1e-9 * width:
        raise InvalidInput(f"the pixels of {path.name} are not square", where=str(path))
    detector: dict[str, Any] = {
        "convention": "xds",
        "pixel_mm": in_mm(width),
        "pixels_fast": int(counts[0].group(1)),
        "pixels_slow": int(counts[1].group(1)),
    }
    fields: dict[str, dict[str, Any]] = {"beam": {}, "detector": detector, "sampling": {}}
    for name, (group, field, convert) in _FIELDS.items():
        said = found[name]
        if said is not None and (said[0] != 0 or name == "phi"):
            fields[group][field] = convert(said[0])
    if found["centre"]:
        detector["org_x_px"], detector["org_y_px"] = found["centre"]
    notes = _sensor(text, found, detector)
    notes += [f"the header says no {name}" for name, said in found.items() if said is None]
    return imported_from(
        path,
        fields,
        lost=["the image's pixels", "header: exposure, threshold, count cut-off, flux, other axes"],
        notes=["beam centre from Beam_xy, convention XDS", *notes, *_axis_notes(text)],
    )


def _axis_notes(text: str) -> list[str]:
    axis = _AXIS.search(text)
    if axis and not axis.group(1).upper().startswith("X"):
        return [f"Oscillation_axis is {axis.group(1)}: the fast axis is taken"]
    if axis and "CCW" in axis.group(1).upper():
        return ["Oscillation_axis turns counter-clockwise: taken as clockwise"]
    return []


def _floats(pattern: str, text: str) -> tuple[float, ...] | None:
    match = re.search(pattern, text)
    return None if match is None else tuple(float(group) for group in match.groups())


def _sensor(
    text: str, found: dict[str, tuple[float, ...] | None], detector: dict[str, Any]
) -> list[str]:
    """Thickness, and the attenuation depth of silicon."""
    if not found["thickness"] or found["thickness"][0] <= 0:
        return []
    detector["thickness_um"] = in_um(found["thickness"][0])
    if not _SILICON.search(text) or not found["wavelength"]:
        return [SENSOR_NOTE, "the sensor's attenuation depth is not known: its thickness is taken"]
    depth = silicon_depth_um(found["wavelength"][0])
    detector["attenuation_um"] = depth
    return [SENSOR_NOTE, f"attenuation depth of silicon {depth:.0f} µm, from its photoabsorption"]


def silicon_depth_um(wavelength_A: float) -> float:
    """1/µ of silicon, µ = n σ, σ = 2 r_e λ f'' (photoabsorption alone; Cromer and Liberman)."""
    import gemmi

    _, f2 = gemmi.cromer_liberman(z=14, energy=12398.42 / wavelength_A)
    atoms_per_m3 = _DENSITY * 1e6 / _MOLAR_MASS * _AVOGADRO
    cross_section_m2 = 2.0 * _ELECTRON_RADIUS_M * wavelength_A * 1e-10 * f2
    return float(round(1e6 / (atoms_per_m3 * cross_section_m2), 1))


def cbf_of(experiment: Experiment) -> tuple[str, tuple[str, ...]]:
    """The header without pixels, and what it does not hold."""
    setup = resolve(experiment)
    named = _is_named(experiment, setup)
    detector = setup.detector
    lines = _header_lines(experiment, setup, named)
    text = "\n".join(
        [
            "###CBF: VERSION 1.5, written by Braggscope, without pixels",
            "",
            "data_braggscope",
            "",
            '_array_data.header_convention "PILATUS_1.2"',
            "_array_data.header_contents",
            ";",
            "# Detector: none",
            *(f"# {line}" for line in lines),
            ";",
            "",
            "_array_data.data",
            ";",
            "--CIF-BINARY-FORMAT-SECTION--",
            "Content-Type: application/octet-stream;",
            "X-Binary-Size: 0",
            f"X-Binary-Size-Fastest-Dimension: {detector.fast_pixels}",
            f"X-Binary-Size-Second-Dimension: {detector.slow_pixels}",
            "",
            "--CIF-BINARY-FORMAT-SECTION----",
            ";",
            "",
        ]
    )
    return text, _lost(experiment, setup, named)


def cbf_header(experiment: Experiment) -> tuple[list[str], tuple[str, ...]]:
    """The header's lines for an image, and what they do not hold of its geometry."""
    setup = resolve(experiment)
    named = _is_named(experiment, setup)
    return _header_lines(experiment, setup, named), () if named else beam_losses(setup)


def _is_named(experiment: Experiment, setup: Setup) -> bool:
    return is_named(experiment, setup) and experiment.detector.convention == "xds"


def _header_lines(experiment: Experiment, setup: Setup, named: bool) -> list[str]:
    detector = setup.detector
    pixel = repr(detector.pixel_m)
    lines = [f"Pixel_size {pixel} m x {pixel} m"]
    if detector.sensor.thickness_m > 0:
        lines += [f"Silicon sensor, thickness {detector.sensor.thickness_m!r} m"]
    lines += [f"Wavelength {experiment.beam.wavelength_A!r} A", *_centre(experiment, setup, named)]
    lines += [f"Start_angle {experiment.sampling.phi_start_deg!r} deg."]
    if experiment.sampling.osc_deg is not None:
        lines += [f"Angle_increment {experiment.sampling.osc_deg!r} deg."]
    kahn = experiment.beam.kahn_factor
    lines += [f"Polarization {inverse(kahn_of, fraction_of(kahn), kahn)!r}"]
    return [*lines, "Oscillation_axis X.CW"]


def _centre(experiment: Experiment, setup: Setup, named: bool) -> list[str]:
    said, detector = experiment.detector, setup.detector
    if named:
        x, y = (
            origin_px(said.org_x_px, "Fclose_in_m", setup),
            origin_px(said.org_y_px, "Sclose_in_m", setup),
        )
        distance, twotheta = metres(said.distance_mm), said.twotheta_deg
    else:  # The nearest point and its distance; what tilt there is, is lost.
        near = (-float(detector.pix0_m @ axis) for axis in (detector.fast, detector.slow))
        x, y = (value / detector.pixel_m + 0.5 for value in near)
        distance, twotheta = detector.close_distance_m, 0.0
    return [
        f"Detector_distance {distance!r} m",
        f"Beam_xy ({x!r}, {y!r}) pixels",
        f"Detector_2theta {twotheta!r} deg.",
    ]


def _lost(experiment: Experiment, setup: Setup, named: bool) -> tuple[str, ...]:
    carried = {"beam.wavelength_A", "beam.kahn_factor", "detector.distance_mm"}
    carried |= {"sampling.phi_start_deg", "sampling.osc_deg", "detector.thickness_um"}
    carried |= {f"detector.{name}" for name in ("pixel_mm", "pixels_fast", "pixels_slow")}
    carried |= {f"detector.size_{axis}_mm" for axis in ("fast", "slow")}
    carried |= AXIS_FIELDS
    losses = list(() if named else beam_losses(setup))
    thickness = setup.detector.sensor.thickness_m
    if thickness > 0 and experiment.detector.attenuation_um is None:
        losses.append("detector.attenuation_um: silicon's is read back, not the thickness")
    if not math.isfinite(thickness):
        losses.append("detector.thickness_um")
    return (*losses, *unsaid_fields(experiment, carried))
