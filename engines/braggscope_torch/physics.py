"""The physics of pixels and sources, as pure functions on tensors; vectors are (3, pixels).

Section numbers are those of the nanoBragg specification.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from braggscope_torch.tables import Tables


class Position(NamedTuple):
    """Where a sub-pixel is.

    Attributes:
        detector_m: (3, pixels) fast, slow and depth on the detector, m.
        flat_m: (3, pixels) from the sample on the flat detector, m.
        lab_m: (3, pixels) from the sample, m; the same but for a curved detector.
        distance_m: (pixels,) R, m.
        direction: (3, pixels) unit vector d.
    """

    detector_m: Tensor
    flat_m: Tensor
    lab_m: Tensor
    distance_m: Tensor
    direction: Tensor


def dot(u: Tensor, v: Tensor) -> Tensor:
    """Dot product over the first axis, summed in the order x, y, z (spec section 14)."""
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def position(tables: Tables, slow: Tensor, fast: Tensor, layer: int, v: int, u: int) -> Position:
    """Centre of sub-pixel (v, u) of each pixel in a layer of the sensor (spec 4.5).

    Args:
        slow, fast: (pixels,) integer pixel indices.
        layer: index of the sensor's layer.
        v, u: sub-pixel indices, slow and fast.
    """
    oversample = tables.setup.oversample
    arrays = tables.arrays
    sub = tables.setup.detector.pixel_m / oversample
    on_fast = sub * (fast * oversample + u).to(tables.geometry_dtype) + sub / 2.0
    on_slow = sub * (slow * oversample + v).to(tables.geometry_dtype) + sub / 2.0
    depth = float(tables.layers.depth_m[layer])
    flat = on_fast * arrays.fast[:, None] + on_slow * arrays.slow[:, None]
    if depth != 0.0:
        flat = flat + depth * arrays.normal[:, None]
    flat = flat + arrays.pix0_m[:, None]
    lab = _curved(tables, flat) if tables.setup.detector.curved else flat
    distance = torch.sqrt(dot(lab, lab))
    detector = torch.stack([on_fast, on_slow, torch.full_like(on_fast, depth)])
    return Position(detector, flat, lab, distance, lab / distance)


def _curved(tables: Tables, flat: Tensor) -> Tensor:
    """A flat position bent onto a cylinder about the sample, twice (spec 4.5, Q15)."""
    arrays = tables.arrays
    straight = (arrays.distance_m * arrays.beam)[:, None].expand_as(flat)
    bent = _rotated(straight, arrays.slow, flat[1] / arrays.distance_m)
    return _rotated(bent, arrays.fast, flat[2] / arrays.distance_m)


def _rotated(vectors: Tensor, axis: Tensor, angle_rad: Tensor) -> Tensor:
    """ROTA: (3, pixels) vectors about one axis by (pixels,) angles (spec section 0)."""
    c, s = torch.cos(angle_rad), torch.sin(angle_rad)
    column = axis[:, None].expand_as(vectors)
    along = column * dot(column, vectors) * (1.0 - c)
    # Written out: torch's own cross product fuses a product with the difference.
    after, last = [1, 2, 0], [2, 0, 1]
    across = column[after] * vectors[last] - column[last] * vectors[after]
    return vectors * c + across * s + along


def solid_angle(tables: Tables, distance_m: Tensor) -> Tensor:
    """omega, sr, with the full pixel's area whatever the sub-pixel (spec 4.6).

    Point pixels have 1/R² instead (Q16).
    """
    detector = tables.setup.detector
    if detector.point_pixel:
        return 1.0 / distance_m / distance_m
    area = detector.pixel_m * detector.pixel_m
    return area / distance_m / distance_m * tables.arrays.close_distance_m / distance_m


def parallax(tables: Tables, direction: Tensor) -> Tensor:
    """(pixels,) cosine between the diffracted ray and the detector's normal."""
    return dot(direction, tables.arrays.normal)


def captured_fraction(tables: Tables, cosine: Tensor, layer: int) -> Tensor:
    """Fraction of photons absorbed in one layer of the sensor (spec 4.6)."""
    thickness = tables.layers.thickness_m
    mu = tables.setup.detector.sensor.attenuation_per_m
    before = torch.exp(-layer * thickness * mu / cosine)
    return before - torch.exp(-(layer + 1) * thickness * mu / cosine)


def scattering_vector(direction: Tensor, incident: Tensor, wavelength_m: Tensor) -> Tensor:
    """q = (d − k)/λ, 1/m (spec section 9)."""
    return (direction - incident[:, None]) / wavelength_m


def stol(q: Tensor) -> Tensor:
    """(pixels,) sin θ/λ, 1/m."""
    return 0.5 * torch.sqrt(dot(q, q))


def is_rejected(tables: Tables, stol_per_m: Tensor) -> Tensor:
    """(pixels,) whether the resolution cut-off leaves a source out (spec section 9)."""
    dmin_m = tables.setup.dmin_m
    if dmin_m <= 0.0:
        return torch.zeros_like(stol_per_m, dtype=torch.bool)
    return (stol_per_m > 0.0) & (dmin_m > 0.5 / stol_per_m)


class Polarization(NamedTuple):
    """cos 2θ, the angle psi in radians, and the Kahn factor's result; (pixels,) each."""

    cos2theta: Tensor
    psi_rad: Tensor
    factor: Tensor


def polarization(tables: Tables, direction: Tensor, incident: Tensor) -> Polarization:
    """Polarisation factor of Kahn et al. (spec 9.3)."""
    kahn = tables.setup.beam.kahn_factor
    cosine = dot(direction, incident)
    square = cosine * cosine
    if kahn == 0.0:
        return Polarization(cosine, torch.zeros_like(cosine), 0.5 * (1.0 + square))
    axis = torch.tensor(
        tables.setup.beam.polarization_axis, dtype=tables.geometry_dtype, device=tables.device
    )
    magnetic = _unit(torch.linalg.cross(axis, incident))
    electric = _unit(torch.linalg.cross(incident, magnetic))
    psi = -torch.atan2(dot(direction, magnetic), dot(direction, electric))
    factor = 0.5 * (1.0 + square - kahn * torch.cos(2.0 * psi) * (1.0 - square))
    return Polarization(cosine, psi, factor)


def _unit(vector: Tensor) -> Tensor:
    length = torch.sqrt(dot(vector, vector))
    return torch.where(length > 0, vector / length, vector)
