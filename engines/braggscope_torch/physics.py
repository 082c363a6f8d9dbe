"""The physics of one step, as pure functions on tensors; vectors are (3, pixels).

Section numbers are those of the nanoBragg specification.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from braggscope_torch.tables import StructureFactorTable, Tables


class Position(NamedTuple):
    """Where a sub-pixel is.

    Attributes:
        detector_m: (3, pixels) fast, slow and depth on the detector, m.
        lab_m: (3, pixels) from the sample, m.
        distance_m: (pixels,) R, m.
        direction: (3, pixels) unit vector d.
    """

    detector_m: Tensor
    lab_m: Tensor
    distance_m: Tensor
    direction: Tensor


def dot(u: Tensor, v: Tensor) -> Tensor:
    """Dot product over the first axis, summed in the order x, y, z (spec section 14)."""
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def position(tables: Tables, slow: Tensor, fast: Tensor, v: int, u: int) -> Position:
    """Centre of sub-pixel (v, u) of each pixel (spec 4.5).

    Args:
        slow, fast: (pixels,) integer pixel indices.
        v, u: sub-pixel indices, slow and fast.
    """
    oversample = tables.setup.oversample
    sub = tables.setup.detector.pixel_m / oversample
    on_fast = sub * (fast * oversample + u).to(torch.float64) + sub / 2.0
    on_slow = sub * (slow * oversample + v).to(torch.float64) + sub / 2.0
    lab = on_fast * tables.fast[:, None] + on_slow * tables.slow[:, None] + tables.pix0_m[:, None]
    distance = torch.sqrt(dot(lab, lab))
    detector = torch.stack([on_fast, on_slow, torch.zeros_like(on_fast)])
    return Position(detector, lab, distance, lab / distance)


def solid_angle(tables: Tables, distance_m: Tensor) -> Tensor:
    """omega, sr, with the full pixel's area whatever the sub-pixel (spec 4.6)."""
    detector = tables.setup.detector
    return (
        detector.pixel_m
        * detector.pixel_m
        / distance_m
        / distance_m
        * detector.close_distance_m
        / distance_m
    )


def scattering_vector(direction: Tensor, incident: Tensor, wavelength_m: float) -> Tensor:
    """q = (d − k)/λ, 1/m (spec section 9)."""
    return (direction - incident[:, None]) / wavelength_m


class Polarization(NamedTuple):
    """cos 2θ, the angle psi in radians, and the Kahn factor's result; (pixels,) each."""

    cos2theta: Tensor
    psi_rad: Tensor
    factor: Tensor


def polarization(tables: Tables, direction: Tensor, incident: Tensor) -> Polarization:
    """Polarisation factor of Kahn et al. (spec 9.3)."""
    kahn = tables.setup.beam.kahn_factor
    cosine = dot(direction, incident)
    psi = torch.zeros_like(cosine)
    if kahn != 0.0:
        axis = torch.tensor(
            tables.setup.beam.polarization_axis, dtype=torch.float64, device=tables.device
        )
        magnetic = _unit(torch.linalg.cross(axis, incident))
        electric = _unit(torch.linalg.cross(incident, magnetic))
        psi = -torch.atan2(dot(direction, magnetic), dot(direction, electric))
    square = cosine * cosine
    factor = 0.5 * (1.0 + square - kahn * torch.cos(2.0 * psi) * (1.0 - square))
    return Polarization(cosine, psi, factor)


def _unit(vector: Tensor) -> Tensor:
    length = torch.sqrt(dot(vector, vector))
    return torch.where(length > 0, vector / length, vector)


def miller_indices(cell_m: Tensor, q: Tensor) -> Tensor:
    """(3, pixels) fractional h, k, l = a·q, b·q, c·q."""
    return torch.stack([dot(edge, q) for edge in cell_m])


def nearest_indices(hkl: Tensor) -> Tensor:
    """The nearest reflection; exact halves go down (spec Q56)."""
    return torch.ceil(hkl - 0.5)


def lattice_factor(hkl: Tensor, hkl0: Tensor, n_cells: float, dtype: torch.dtype) -> Tensor:
    """sin(π h N)/sin(π h) of one axis (spec 9.2, SQUARE).

    In float64 the sine takes π h as it is, as nanoBragg does. In float32 it takes the distance to
    the nearest integer, which keeps its precision, and the sign is put right afterwards.
    """
    if n_cells == 1:
        return torch.ones_like(hkl, dtype=dtype)
    if dtype == torch.float64:
        return _sine_ratio(math.pi * hkl, n_cells)
    ratio = _sine_ratio(math.pi * (hkl - hkl0).to(dtype), n_cells)
    if n_cells % 2 == 0:
        odd = torch.remainder(hkl0, 2.0) != 0.0
        ratio = torch.where(odd, -ratio, ratio)
    return ratio


def _sine_ratio(x: Tensor, n_cells: float) -> Tensor:
    """sin(N x)/sin(x), N at x = 0."""
    at_zero = x == 0.0
    safe = torch.where(at_zero, 1.0, x)
    return torch.where(at_zero, float(n_cells), torch.sin(safe * n_cells) / torch.sin(safe))


def structure_factor(table: StructureFactorTable, hkl0: Tensor, dtype: torch.dtype) -> Tensor:
    """(pixels,) F of the nearest reflection, electrons (spec 6.4)."""
    if table.values is None:
        return torch.full_like(hkl0[0], table.default_f, dtype=dtype)
    inside = torch.ones_like(hkl0[0], dtype=torch.bool)
    flat = torch.zeros_like(hkl0[0], dtype=torch.int64)
    for axis, (low, size) in enumerate(zip(table.low, table.values.shape, strict=True)):
        index = hkl0[axis] - low
        inside &= (index >= 0) & (index < size)
        flat = flat * size + torch.nan_to_num(index.clamp(0, size - 1)).to(torch.int64)
    found = table.values.reshape(-1)[flat]
    return torch.where(inside, found, table.default_f)
