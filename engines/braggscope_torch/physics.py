"""The physics of one step, as pure functions on tensors; vectors are (3, pixels).

Section numbers are those of the nanoBragg specification.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from braggscope_torch.tables import StructureFactorTable, Tables

#: Sphere's volume relative to the cube's, as nanoBragg scales ROUND crystals (spec 9.2).
_ROUND_STRENGTH = 0.723601254558268
#: exp(−ρ/0.63) of GAUSS, and the radius² of TOPHAT (spec 9.2).
_GAUSS_RADIUS = 0.63
_TOPHAT_RADIUS = 0.3969


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
    on_fast = sub * (fast * oversample + u).to(torch.float64) + sub / 2.0
    on_slow = sub * (slow * oversample + v).to(torch.float64) + sub / 2.0
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
    along = dot(column, vectors) * (1.0 - c)
    return column * along + vectors * c + torch.linalg.cross(column, vectors, dim=0) * s


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


class LatticeFactor(NamedTuple):
    """F_latt of an evaluation and what it came from.

    Attributes:
        value: (pixels,) F_latt.
        by_axis: three (pixels,) factors of a SQUARE crystal, else none.
        radius2: (pixels,) squared radius of the others: hrad2 of ROUND, ρ of GAUSS and TOPHAT.
    """

    value: Tensor
    by_axis: tuple[Tensor, ...] = ()
    radius2: Tensor | None = None


def lattice_factor(tables: Tables, hkl: Tensor, hkl0: Tensor) -> LatticeFactor:
    """F_latt of the crystal's shape (spec 9.2)."""
    crystal = tables.setup.crystal
    if crystal.shape == "square":
        by_axis = tuple(
            _square_factor(hkl[i], hkl0[i], crystal.n_cells[i], tables.sum_dtype) for i in range(3)
        )
        return LatticeFactor(by_axis[0] * by_axis[1] * by_axis[2], by_axis)
    na, nb, nc = crystal.n_cells
    cells = na * nb * nc
    # The squared radius decides about an edge (TOPHAT): it keeps its full precision.
    fraction = hkl - hkl0
    if crystal.shape == "round":
        radius2 = _per_axis_radius2(fraction, crystal.n_cells)
        value = cells * _ROUND_STRENGTH * _sphere_factor(radius2 * crystal.fudge)
    else:
        per_axis = tables.semantics.spot_radius == "per-axis"
        radius2 = (
            _per_axis_radius2(fraction, crystal.n_cells)
            if per_axis
            else _product_radius2(tables, fraction)
        )
        if crystal.shape == "gauss":
            value = cells * torch.exp(-(radius2 / _GAUSS_RADIUS * crystal.fudge))
        else:
            inside = radius2 * crystal.fudge < _TOPHAT_RADIUS
            value = torch.where(inside, cells, torch.zeros_like(radius2))
    return LatticeFactor(value.to(tables.sum_dtype), (), radius2)


def _per_axis_radius2(fraction: Tensor, n_cells: tuple[float, float, float]) -> Tensor:
    na, nb, nc = n_cells
    h, k, index_l = fraction
    return h * h * na * na + k * k * nb * nb + index_l * index_l * nc * nc


def _product_radius2(tables: Tables, fraction: Tensor) -> Tensor:
    """ρ: squared distance in 1/Å times (Na·Nb·Nc)² (spec 9.2, Q48)."""
    na, nb, nc = tables.setup.crystal.n_cells
    star = tables.arrays.reciprocal_per_A
    h, k, index_l = fraction
    vector = h * star[0][:, None] + k * star[1][:, None] + index_l * star[2][:, None]
    return dot(vector, vector) * na * na * nb * nb * nc * nc


def _sphere_factor(radius2: Tensor) -> Tensor:
    """3·(sin x/x − cos x)/x² of x = π·√radius2, 1 at x = 0."""
    at_zero = radius2 == 0.0
    x = math.pi * torch.sqrt(torch.where(at_zero, 1.0, radius2))
    factor = 3.0 * (torch.sin(x) / x - torch.cos(x)) / (x * x)
    return torch.where(at_zero, 1.0, factor)


def _square_factor(hkl: Tensor, hkl0: Tensor, n_cells: float, dtype: torch.dtype) -> Tensor:
    """sin(π h N)/sin(π h) of one axis (spec 9.2, SQUARE).

    In float64 the sine takes π h as it is, as nanoBragg does. In float32 both sines take what is
    left of whole turns, which keeps their precision, and the sign is put right afterwards.
    """
    if n_cells <= 1.0:
        return torch.ones_like(hkl, dtype=dtype)
    if dtype == torch.float64:
        return _sine_ratio(math.pi * hkl, n_cells)
    fraction = hkl - hkl0
    turns = n_cells * fraction
    turns = turns - 2.0 * torch.round(turns / 2.0)
    ratio = torch.sin((math.pi * turns).to(dtype)) / torch.sin((math.pi * fraction).to(dtype))
    ratio = torch.where(fraction == 0.0, n_cells, ratio)
    if n_cells % 2 == 0:
        odd = torch.remainder(hkl0, 2.0) != 0.0
        ratio = torch.where(odd, -ratio, ratio)
    return ratio


def _sine_ratio(x: Tensor, n_cells: float) -> Tensor:
    """sin(N x)/sin(x), N at x = 0, where its derivative is 0."""
    at_zero = x == 0.0
    safe = torch.where(at_zero, 1.0, x)
    return torch.where(at_zero, n_cells, torch.sin(safe * n_cells) / torch.sin(safe))


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


def can_interpolate(table: StructureFactorTable, hkl: Tensor) -> Tensor:
    """(pixels,) whether the 4 × 4 × 4 neighbourhood lies in the table (spec 6.5, Q40)."""
    assert table.values is not None
    usable = torch.ones_like(hkl[0], dtype=torch.bool)
    for axis, (low, size) in enumerate(zip(table.low, table.values.shape, strict=True)):
        index = hkl[axis] - low
        usable &= ~((index + 3.0 > size) | (index - 2.0 < 0.0))
    return usable


def interpolated_factor(table: StructureFactorTable, hkl: Tensor, dtype: torch.dtype) -> Tensor:
    """(pixels,) tricubic F where `can_interpolate`; elsewhere a number without meaning.

    The sum over the 4 × 4 × 4 neighbourhood contracts l first, then k, then h (spec 6.5).
    """
    fraction = hkl - torch.floor(hkl)
    by_h, by_k, by_l = (_lagrange(t.to(dtype)) for t in fraction)
    total = torch.zeros_like(by_h[0])
    for i, plane in enumerate(_neighbourhood(table, hkl)):
        over_k = torch.zeros_like(total)
        for j, line in enumerate(plane):
            over_l = torch.zeros_like(total)
            for n, value in enumerate(line):
                over_l = over_l + by_l[n] * value
            over_k = over_k + by_k[j] * over_l
        total = total + by_h[i] * over_k
    return total


def neighbourhood_sum(table: StructureFactorTable, hkl: Tensor) -> Tensor:
    """(pixels,) sum of the structure factors that an interpolation would see, electrons."""
    total = torch.zeros_like(hkl[0])
    for plane in _neighbourhood(table, hkl):
        for line in plane:
            for value in line:
                total = total + value
    return total


def _neighbourhood(table: StructureFactorTable, hkl: Tensor) -> list[list[list[Tensor]]]:
    """Structure factors at the nodes n − 1 … n + 2 of every axis, [h][k][l] of (pixels,)."""
    assert table.values is not None
    sizes = table.values.shape
    starts = [
        torch.nan_to_num((torch.floor(hkl[i]) - 1.0 - table.low[i]).clamp(0, max(0, sizes[i] - 4)))
        for i in range(3)
    ]
    h, k, index_l = (start.to(torch.int64) for start in starts)
    nodes = [range(min(4, size)) for size in sizes]
    flat = table.values.reshape(-1)
    return [
        [
            [flat[((h + i) * sizes[1] + k + j) * sizes[2] + index_l + n] for n in nodes[2]]
            for j in nodes[1]
        ]
        for i in nodes[0]
    ]


def _lagrange(t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Cubic Lagrange weights of the nodes −1, 0, 1, 2 at t in [0, 1) (spec 6.5)."""
    return (
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    )
