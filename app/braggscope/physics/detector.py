"""Detector geometry: conventions, pivots and the corner vector (spec section 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from braggscope.physics.rotation import Vector, dot, unit

ConventionName = Literal["mosflm", "xds", "adxv", "denzo", "dials"]
Pivot = Literal["beam", "sample"]


@dataclass(frozen=True)
class Convention:
    """Directions in the lab frame and the meaning of the beam centre (spec 4.1).

    Attributes:
        beam: b, direction in which the photons travel.
        fast, slow, normal: detector basis f, s, o at zero rotation.
        polarization: p, the axis of the Kahn factor.
        spindle: w, the rotation axis of the crystal.
        pivot: what keeps its place when the detector turns.
    """

    beam: tuple[float, float, float]
    fast: tuple[float, float, float]
    slow: tuple[float, float, float]
    normal: tuple[float, float, float]
    polarization: tuple[float, float, float]
    spindle: tuple[float, float, float]
    pivot: Pivot


_ALONG_X = {
    "beam": (1.0, 0.0, 0.0),
    "fast": (0.0, 0.0, 1.0),
    "slow": (0.0, -1.0, 0.0),
    "normal": (1.0, 0.0, 0.0),
    "polarization": (0.0, 0.0, 1.0),
    "spindle": (0.0, 0.0, 1.0),
}
_ALONG_Z = {
    "beam": (0.0, 0.0, 1.0),
    "fast": (1.0, 0.0, 0.0),
    "slow": (0.0, 1.0, 0.0),
    "normal": (0.0, 0.0, 1.0),
    "polarization": (1.0, 0.0, 0.0),
    "spindle": (1.0, 0.0, 0.0),
}
CONVENTIONS: dict[ConventionName, Convention] = {
    "mosflm": Convention(**_ALONG_X, pivot="beam"),
    "denzo": Convention(**_ALONG_X, pivot="beam"),
    "adxv": Convention(**{**_ALONG_Z, "slow": (0.0, -1.0, 0.0)}, pivot="beam"),
    "xds": Convention(**_ALONG_Z, pivot="sample"),
    "dials": Convention(
        **{**_ALONG_Z, "polarization": (0.0, 1.0, 0.0), "spindle": (0.0, 1.0, 0.0)},
        pivot="sample",
    ),
}


@dataclass(frozen=True)
class DetectorSize:
    """Pixel edge and detector edges in m, and pixel counts (spec 3.2)."""

    pixel_m: float
    fast_m: float
    slow_m: float
    fast_pixels: int
    slow_pixels: int


def resolve_size(
    pixel_m: float,
    fast_pixels: int | None,
    slow_pixels: int | None,
    fast_m: float,
    slow_m: float,
) -> DetectorSize:
    """Pixel counts beat sizes; a size alone is not rounded to whole pixels (spec 3.2, Q14)."""
    if fast_pixels is not None:
        fast_m = pixel_m * fast_pixels
    if slow_pixels is not None:
        slow_m = pixel_m * slow_pixels
    return DetectorSize(
        pixel_m,
        fast_m,
        slow_m,
        math.ceil(fast_m / pixel_m - 0.5),
        math.ceil(slow_m / pixel_m - 0.5),
    )


@dataclass(frozen=True)
class BeamCentre:
    """Beam centre in its several meanings, m (spec 3.4 and 4.1).

    Attributes:
        x, y: Xbeam and Ybeam, in the convention's own terms.
        beam_fast, beam_slow: where the beam meets the detector; used with pivot "beam".
        near_fast, near_slow: nearest point of the detector; used with pivot "sample".
    """

    x: float
    y: float
    beam_fast: float
    beam_slow: float
    near_fast: float
    near_slow: float


def resolve_centre(
    name: ConventionName,
    size: DetectorSize,
    x_m: float | None,
    y_m: float | None,
    org_x_px: float | None,
    org_y_px: float | None,
) -> BeamCentre:
    """Beam centre of a convention from what was given, or its default centre (spec 3.4, 4.1)."""
    pixel = size.pixel_m
    near_fast = size.fast_m / 2.0 if org_x_px is None else (org_x_px - 0.5) * pixel
    near_slow = size.slow_m / 2.0 if org_y_px is None else (org_y_px - 0.5) * pixel
    default_x, default_y = {
        "mosflm": ((size.slow_m + pixel) / 2.0, (size.fast_m + pixel) / 2.0),
        "denzo": ((size.slow_m + pixel) / 2.0, (size.fast_m + pixel) / 2.0),
        "adxv": ((size.fast_m + pixel) / 2.0, (size.slow_m - pixel) / 2.0),
        "xds": (near_fast, near_slow),
        "dials": (near_fast, near_slow),
    }[name]
    x = default_x if x_m is None else x_m
    y = default_y if y_m is None else y_m
    beam_fast, beam_slow = {
        "mosflm": (y + 0.5 * pixel, x + 0.5 * pixel),
        "denzo": (y, x),
        "adxv": (x, size.slow_m - y),
        "xds": (x, y),
        "dials": (x, y),
    }[name]
    return BeamCentre(x, y, beam_fast, beam_slow, near_fast, near_slow)


@dataclass(frozen=True, eq=False)
class DetectorGeometry:
    """Where the detector's pixels are.

    Attributes:
        fast, slow, normal: (3,) unit vectors f, s, o in the lab frame.
        pix0_m: (3,) from the sample to the outer corner of pixel (0, 0), m.
        ratio: cosine between beam and detector normal.
        near_fast_m, near_slow_m, close_distance_m: nearest point and its distance, m.
        beam_fast_m, beam_slow_m, distance_m: beam spot and the distance along the beam, m.
    """

    fast: Vector
    slow: Vector
    normal: Vector
    pix0_m: Vector
    ratio: float
    near_fast_m: float
    near_slow_m: float
    close_distance_m: float
    beam_fast_m: float
    beam_slow_m: float
    distance_m: float


def place_detector(
    convention: Convention, centre: BeamCentre, distance_m: float
) -> DetectorGeometry:
    """Corner vector and derived values of an unrotated detector (spec 4.2 to 4.4)."""
    beam, fast, slow, normal = (
        unit(np.array(v))
        for v in (convention.beam, convention.fast, convention.slow, convention.normal)
    )
    ratio = dot(beam, normal)
    close_distance_m = abs(ratio * distance_m)
    distance_m = close_distance_m / ratio
    if convention.pivot == "sample":
        pix0 = -centre.near_fast * fast - centre.near_slow * slow + close_distance_m * normal
    else:
        pix0 = -centre.beam_fast * fast - centre.beam_slow * slow + distance_m * beam
    close_distance_m = dot(pix0, normal)
    to_beam_spot = (close_distance_m / ratio) * beam - pix0
    return DetectorGeometry(
        fast=fast,
        slow=slow,
        normal=normal,
        pix0_m=pix0,
        ratio=ratio,
        near_fast_m=-dot(pix0, fast),
        near_slow_m=-dot(pix0, slow),
        close_distance_m=close_distance_m,
        beam_fast_m=dot(fast, to_beam_spot),
        beam_slow_m=dot(slow, to_beam_spot),
        distance_m=close_distance_m / ratio,
    )
