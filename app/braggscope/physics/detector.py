"""Detector geometry: conventions, pivots and the corner vector (spec section 4)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import numpy as np

from braggscope.physics.arrays import Array, like, number
from braggscope.physics.rotation import cross, dot, rotate_axis, rotate_xyz, unit

ConventionName = Literal["mosflm", "xds", "adxv", "denzo", "dials", "custom"]
Pivot = Literal["beam", "sample"]
Direction = tuple[float, float, float]
_SMALLEST_NORMAL = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Convention:
    """Directions in the lab frame as they were said, before normalisation (spec 4.1).

    Attributes:
        beam: b, direction in which the photons travel.
        fast, slow, normal: detector basis f, s, o at zero rotation.
        twotheta: t, the axis of the detector's swing; never normalised (Q9).
        polarization: p, the axis of the Kahn factor.
        spindle: w, the rotation axis of the crystal.
        pivot: what keeps its place when the detector turns.
    """

    beam: Direction
    fast: Direction
    slow: Direction
    normal: Direction
    twotheta: Direction
    polarization: Direction
    spindle: Direction
    pivot: Pivot


_ALONG_X = Convention(
    beam=(1.0, 0.0, 0.0),
    fast=(0.0, 0.0, 1.0),
    slow=(0.0, -1.0, 0.0),
    normal=(1.0, 0.0, 0.0),
    twotheta=(0.0, 0.0, -1.0),
    polarization=(0.0, 0.0, 1.0),
    spindle=(0.0, 0.0, 1.0),
    pivot="beam",
)
_ALONG_Z = Convention(
    beam=(0.0, 0.0, 1.0),
    fast=(1.0, 0.0, 0.0),
    slow=(0.0, 1.0, 0.0),
    normal=(0.0, 0.0, 1.0),
    twotheta=(1.0, 0.0, 0.0),
    polarization=(1.0, 0.0, 0.0),
    spindle=(1.0, 0.0, 0.0),
    pivot="sample",
)
_ALONG_Y: Direction = (0.0, 1.0, 0.0)
#: The named conventions, and the defaults of CUSTOM (Q8: its 2θ axis differs from MOSFLM's).
CONVENTIONS: dict[ConventionName, Convention] = {
    "mosflm": _ALONG_X,
    "denzo": _ALONG_X,
    "adxv": replace(_ALONG_Z, slow=(0.0, -1.0, 0.0), twotheta=(-1.0, 0.0, 0.0), pivot="beam"),
    "xds": _ALONG_Z,
    "dials": replace(_ALONG_Z, twotheta=_ALONG_Y, polarization=_ALONG_Y, spindle=_ALONG_Y),
    "custom": replace(_ALONG_X, twotheta=_ALONG_Y),
}


@dataclass(frozen=True, eq=False)
class Basis:
    """Directions in the lab frame, (3,) each; unit vectors but for the 2θ axis."""

    beam: Array
    fast: Array
    slow: Array
    normal: Array
    twotheta: Array
    polarization: Array
    spindle: Array
    normal_regenerated: bool


def basis_of(convention: Convention, given: Mapping[str, Direction] | None = None) -> Basis:
    """The convention's directions, replaced by given ones, normalised (spec 4.1).

    A normal whose length is not exactly 1 is made anew from fast and slow axis (Q6).
    """
    said: Any = replace(convention, **cast(dict[str, Any], dict(given or {})))
    vectors = {
        name: np.array(getattr(said, name), dtype=np.float64)
        for name in ("beam", "fast", "slow", "normal", "twotheta", "polarization", "spindle")
    }
    normal = vectors["normal"]
    regenerated = math.sqrt(float(dot(normal, normal))) != 1.0
    units = {name: v if name == "twotheta" else unit(v) for name, v in vectors.items()}
    if regenerated:
        units["normal"] = unit(cross(units["fast"], units["slow"]))
    return Basis(**units, normal_regenerated=regenerated)


#: Stands for a count that no integer holds.
_MORE_THAN_ANY = 1e18


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
        _pixels_of(fast_m, pixel_m),
        _pixels_of(slow_m, pixel_m),
    )


def _pixels_of(edge_m: float, pixel_m: float) -> int:
    count = edge_m / pixel_m - 0.5 if pixel_m > 0.0 else math.inf
    return math.ceil(min(count, _MORE_THAN_ANY))


@dataclass(frozen=True)
class SaidCentre:
    """What was said of the beam centre; None is "not given". ORGX and ORGY count pixels from 1."""

    x_m: float | None = None
    y_m: float | None = None
    close_x_m: float | None = None
    close_y_m: float | None = None
    org_x_px: float | None = None
    org_y_px: float | None = None


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


def _or(value: float | None, default: float) -> float:
    return default if value is None else value


def resolve_centre(name: ConventionName, size: DetectorSize, said: SaidCentre) -> BeamCentre:
    """Beam centre of a convention from what was given, or its default centre (spec 3.4, 4.1)."""
    pixel = size.pixel_m
    near_fast = size.fast_m / 2.0 if said.org_x_px is None else (said.org_x_px - 0.5) * pixel
    near_slow = size.slow_m / 2.0 if said.org_y_px is None else (said.org_y_px - 0.5) * pixel
    close = (_or(said.close_x_m, near_fast), _or(said.close_y_m, near_slow))
    default_x, default_y = {
        "mosflm": ((size.slow_m + pixel) / 2.0, (size.fast_m + pixel) / 2.0),
        "denzo": ((size.slow_m + pixel) / 2.0, (size.fast_m + pixel) / 2.0),
        "adxv": ((size.fast_m + pixel) / 2.0, (size.slow_m - pixel) / 2.0),
    }.get(name, close)
    x, y = _or(said.x_m, default_x), _or(said.y_m, default_y)
    beam_fast, beam_slow = {
        "mosflm": (y + 0.5 * pixel, x + 0.5 * pixel),
        "denzo": (y, x),
        "adxv": (x, size.slow_m - y),
    }.get(name, (x, y))
    if name == "custom":
        near_fast, near_slow = x, y
    return BeamCentre(x, y, beam_fast, beam_slow, near_fast, near_slow)


@dataclass(frozen=True, eq=False)
class Placement:
    """What places the detector; numbers, or arrays whose derivatives are wanted.

    Attributes:
        basis: directions at zero rotation.
        pivot: what keeps its place when the detector turns.
        beam_centre_m: (2,) where the beam meets the detector, fast and slow.
        near_centre_m: (2,) its nearest point, fast and slow.
        distance_m: along the beam; counts where close_distance_m is None.
        close_distance_m: along the normal, or None to derive it from the distance.
        rotations_rad: (3,) about lab x, y, z.
        twotheta_rad: about the 2θ axis, afterwards.
    """

    basis: Basis
    pivot: Pivot
    beam_centre_m: Array
    near_centre_m: Array
    distance_m: Array
    close_distance_m: Array | None
    rotations_rad: Array
    twotheta_rad: Array


@dataclass(frozen=True, eq=False)
class DetectorGeometry:
    """Where the detector's pixels are.

    Attributes:
        rotated: (3, 3) rows f, s, o after the rotations, before 2θ.
        fast, slow, normal: (3,) unit vectors f, s, o in the lab frame.
        pix0_m: (3,) from the sample to the outer corner of pixel (0, 0), m.
        ratio: cosine between beam and detector normal, without 2θ.
        close_distance_in_m: distance along the normal that entered pix0, m.
        near_fast_m, near_slow_m, close_distance_m: nearest point and its distance, m.
        beam_fast_m, beam_slow_m, distance_m: beam spot and the distance along the beam, m.
    """

    rotated: tuple[Array, Array, Array]
    fast: Array
    slow: Array
    normal: Array
    pix0_m: Array
    ratio: Array
    close_distance_in_m: Array
    near_fast_m: Array
    near_slow_m: Array
    close_distance_m: Array
    beam_fast_m: Array
    beam_slow_m: Array
    distance_m: Array


def place_detector(placement: Placement) -> DetectorGeometry:
    """Corner vector and derived values (spec 4.2 to 4.4)."""
    said = placement
    values = (
        said.beam_centre_m,
        said.near_centre_m,
        said.distance_m,
        said.rotations_rad,
        said.twotheta_rad,
    )
    basis = said.basis
    beam, fast, slow, normal, twotheta = (
        like(v, *values) for v in (basis.beam, basis.fast, basis.slow, basis.normal, basis.twotheta)
    )

    def rotated(vector: Array) -> Array:
        return rotate_xyz(vector, said.rotations_rad)

    def swung(vector: Array) -> Array:
        return rotate_axis(vector, twotheta, said.twotheta_rad)

    turned = (rotated(fast), rotated(slow), rotated(normal))
    ratio = dot(beam, turned[2])
    if number(ratio) == 0.0:
        ratio = ratio + _SMALLEST_NORMAL
    close_in = said.close_distance_m
    if close_in is None:
        close_in = abs(ratio * said.distance_m)
    final_fast, final_slow, final_normal = (swung(vector) for vector in turned)
    if said.pivot == "sample":
        near = said.near_centre_m
        pix0 = swung(rotated(-near[0] * fast - near[1] * slow + close_in * normal))
    else:
        spot = said.beam_centre_m
        pix0 = -spot[0] * final_fast - spot[1] * final_slow + close_in / ratio * beam
    close_distance = dot(pix0, final_normal)
    to_beam_spot = (close_distance / ratio) * beam - pix0
    return DetectorGeometry(
        rotated=turned,
        fast=final_fast,
        slow=final_slow,
        normal=final_normal,
        pix0_m=pix0,
        ratio=ratio,
        close_distance_in_m=close_in,
        near_fast_m=-dot(pix0, final_fast),
        near_slow_m=-dot(pix0, final_slow),
        close_distance_m=close_distance,
        beam_fast_m=dot(final_fast, to_beam_spot),
        beam_slow_m=dot(final_slow, to_beam_spot),
        distance_m=close_distance / ratio,
    )
