"""The physics of evaluations, as pure functions on tensors: indices, lattice and structure factors.

Several orientations of the crystal are done at once: indices are (3, orientations, pixels). Section
numbers are those of the nanoBragg specification.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from braggscope_torch.physics import dot
from braggscope_torch.scratch import Scratch
from braggscope_torch.sine import ratio_product, sine_ratio
from braggscope_torch.tables import Precision, StructureFactorTable, Tables

#: Sphere's volume relative to the cube's, as nanoBragg scales ROUND crystals (spec 9.2).
_ROUND_STRENGTH = 0.723601254558268
#: exp(−ρ/0.63) of GAUSS, and the radius² of TOPHAT (spec 9.2).
_GAUSS_RADIUS = 0.63
_TOPHAT_RADIUS = 0.3969


class Indices:
    """Miller indices.

    Attributes:
        hkl: (3, orientations, pixels) fractional h, k, l.
    """

    def __init__(self, hkl: Tensor) -> None:
        self.hkl = hkl

    @cached_property
    def nearest(self) -> Tensor:
        """The nearest reflection, of the same shape; exact halves go down (spec Q56)."""
        return torch.ceil(self.hkl - 0.5)

    @cached_property
    def fraction(self) -> Tensor:
        """How far the indices are from the nearest reflection, of the same shape."""
        return self.hkl - self.nearest


def miller_indices(cells_m: Tensor, q: Tensor, scratch: Scratch) -> Indices:
    """Fractional h, k, l = a·q, b·q, c·q.

    Args:
        cells_m: (3, orientations, 3) a, b and c of every orientation, m.
        q: (3, pixels) scattering vectors, 1/m.
    """
    shape = (*cells_m.shape[:2], q.shape[1])
    hkl = torch.mul(cells_m[..., 0, None], q[0], out=scratch("indices", shape, q))
    # Summed x, y, z and rounded each time, as nanoBragg does: the sines show every digit.
    for axis in (1, 2):
        part = torch.mul(cells_m[..., axis, None], q[axis], out=scratch("ratio", shape, q))
        hkl = torch.add(hkl, part, out=scratch("indices", shape, q))
    return Indices(hkl)


class LatticeFactor(NamedTuple):
    """F_latt of evaluations and what it came from, (orientations, pixels) each.

    Attributes:
        value: F_latt.
        by_axis: three factors of a SQUARE crystal, unless all was done at once; else none.
        radius2: squared radius of the others: hrad2 of ROUND, ρ of GAUSS and TOPHAT.
    """

    value: Tensor
    by_axis: tuple[Tensor, ...] = ()
    radius2: Tensor | None = None


def lattice_factor(tables: Tables, indices: Indices, scratch: Scratch) -> LatticeFactor:
    """F_latt of the crystal's shape (spec 9.2)."""
    crystal = tables.setup.crystal
    if crystal.shape == "square":
        by_axis = square_factors(indices, crystal.n_cells, tables.precision, scratch)
        shape = by_axis[0].shape
        value = torch.mul(*by_axis[:2], out=scratch("lattice", shape, by_axis[0]))
        value = torch.mul(value, by_axis[2], out=scratch("lattice", shape, value))
        return LatticeFactor(value, by_axis)
    na, nb, nc = crystal.n_cells
    cells = na * nb * nc
    # The squared radius decides about an edge (TOPHAT): it keeps its full precision.
    if crystal.shape == "round":
        radius2 = _per_axis_radius2(indices.fraction, crystal.n_cells)
        value = cells * _ROUND_STRENGTH * _sphere_factor(radius2 * crystal.fudge)
    else:
        per_axis = tables.semantics.spot_radius == "per-axis"
        radius2 = (
            _per_axis_radius2(indices.fraction, crystal.n_cells)
            if per_axis
            else _product_radius2(tables, indices.fraction)
        )
        if crystal.shape == "gauss":
            value = cells * torch.exp(-(radius2 / _GAUSS_RADIUS * crystal.fudge))
        else:
            inside = radius2 * crystal.fudge < _TOPHAT_RADIUS
            value = torch.where(inside, cells, torch.zeros_like(radius2))
    return LatticeFactor(value.to(tables.sum_dtype), (), radius2)


def lattice_factor_at_once(
    tables: Tables, cells_m: Tensor, q: Tensor, scratch: Scratch
) -> LatticeFactor | None:
    """F_latt straight from the cells and q of `miller_indices`, in one pass of compiled code.

    Returns:
        The value that `lattice_factor` has, bit by bit; None where nothing compiled has it.
    """
    if tables.setup.crystal.shape != "square" or tables.precision != "float64":
        return None
    value = ratio_product(cells_m, q, tables.setup.crystal.n_cells, scratch)
    return None if value is None else LatticeFactor(value)


def _per_axis_radius2(fraction: Tensor, n_cells: tuple[float, float, float]) -> Tensor:
    na, nb, nc = n_cells
    h, k, index_l = fraction
    return h * h * na * na + k * k * nb * nb + index_l * index_l * nc * nc


def _product_radius2(tables: Tables, fraction: Tensor) -> Tensor:
    """ρ: squared distance in 1/Å times (Na·Nb·Nc)² (spec 9.2, Q48)."""
    na, nb, nc = tables.setup.crystal.n_cells
    star = tables.arrays.reciprocal_per_A[:, :, None, None]
    h, k, index_l = fraction
    vector = h * star[0] + k * star[1] + index_l * star[2]
    return dot(vector, vector) * na * na * nb * nb * nc * nc


def _sphere_factor(radius2: Tensor) -> Tensor:
    """3·(sin x/x − cos x)/x² of x = π·√radius2, 1 at x = 0."""
    at_zero = radius2 == 0.0
    x = math.pi * torch.sqrt(torch.where(at_zero, 1.0, radius2))
    factor = 3.0 * (torch.sin(x) / x - torch.cos(x)) / (x * x)
    return torch.where(at_zero, 1.0, factor)


def square_factors(
    indices: Indices, n_cells: tuple[float, float, float], precision: Precision, scratch: Scratch
) -> tuple[Tensor, ...]:
    """sin(π h N)/sin(π h) of every axis, (orientations, pixels) each (spec 9.2, SQUARE).

    In float64 the sines take π h as it is, as nanoBragg does. In mixed precision they take what is
    left of whole turns, which keeps their precision, and the sign is put right afterwards.
    float32-naive does without, as the programs do that it stands for.
    """
    if precision == "mixed":
        return tuple(
            _reduced_ratio(indices.fraction[axis], indices.nearest[axis], cells)
            for axis, cells in enumerate(n_cells)
        )
    hkl = indices.hkl
    ratios = scratch("ratio", tuple(hkl.shape), hkl)
    return tuple(
        sine_ratio(hkl[axis], cells, None if ratios is None else ratios[axis], scratch)
        if cells > 1.0
        else torch.ones_like(hkl[axis])
        for axis, cells in enumerate(n_cells)
    )


def _reduced_ratio(fraction: Tensor, nearest: Tensor, n_cells: float) -> Tensor:
    """The ratio in single precision, from the fraction and the nearest whole number of h."""
    if n_cells <= 1.0:
        return torch.ones_like(fraction, dtype=torch.float32)
    turns = n_cells * fraction
    turns = turns - 2.0 * torch.round(turns / 2.0)
    ratio = torch.sin((math.pi * turns).float()) / torch.sin((math.pi * fraction).float())
    ratio = torch.where(fraction == 0.0, n_cells, ratio)
    if n_cells % 2 == 0:
        odd = torch.remainder(nearest, 2.0) != 0.0
        ratio = torch.where(odd, -ratio, ratio)
    return ratio


def structure_factor(table: StructureFactorTable, indices: Indices, dtype: torch.dtype) -> Tensor:
    """F of the nearest reflection, electrons (spec 6.4).

    Returns:
        (orientations, pixels), or () where all reflections have the same.
    """
    if table.values is None:
        return torch.full((), table.default_f, dtype=dtype, device=indices.hkl.device)
    nearest = indices.nearest
    inside = torch.ones_like(nearest[0], dtype=torch.bool)
    flat = torch.zeros_like(nearest[0], dtype=torch.int64)
    for axis, (low, size) in enumerate(zip(table.low, table.values.shape, strict=True)):
        index = nearest[axis] - low
        inside &= (index >= 0) & (index < size)
        flat = flat * size + torch.nan_to_num(index.clamp(0, size - 1)).to(torch.int64)
    found = table.values.reshape(-1)[flat]
    return torch.where(inside, found, table.default_f)


def intensity(f_cell: Tensor, f_latt: Tensor, scratch: Scratch) -> Tensor:
    """(orientations, pixels) F_cell² F_latt² of evaluations."""
    shape = f_latt.shape
    term = torch.mul(f_latt, f_cell * f_cell, out=scratch("term", shape, f_latt))
    return torch.mul(term, f_latt, out=scratch("term", shape, f_latt))


def can_interpolate(table: StructureFactorTable, indices: Indices) -> Tensor:
    """(orientations, pixels) whether the neighbourhood is in the table (spec 6.5, Q40)."""
    assert table.values is not None
    usable = torch.ones_like(indices.hkl[0], dtype=torch.bool)
    for axis, (low, size) in enumerate(zip(table.low, table.values.shape, strict=True)):
        index = indices.hkl[axis] - low
        usable &= (index + 3.0 <= size) & (index - 2.0 >= 0.0)  # NaN is not.
    return usable


def interpolated_factor(
    table: StructureFactorTable, indices: Indices, dtype: torch.dtype
) -> Tensor:
    """(orientations, pixels) tricubic F where `can_interpolate`; elsewhere without meaning.

    The sum over the 4 × 4 × 4 neighbourhood contracts l first, then k, then h (spec 6.5).
    """
    fraction = indices.hkl - torch.floor(indices.hkl)
    by_h, by_k, by_l = (_lagrange(t.to(dtype)) for t in fraction)
    total = torch.zeros_like(by_h[0])
    for i, plane in enumerate(_neighbourhood(table, indices.hkl)):
        over_k = torch.zeros_like(total)
        for j, line in enumerate(plane):
            over_l = torch.zeros_like(total)
            for n, value in enumerate(line):
                over_l = over_l + by_l[n] * value
            over_k = over_k + by_k[j] * over_l
        total = total + by_h[i] * over_k
    return total


def neighbourhood_sum(table: StructureFactorTable, indices: Indices) -> Tensor:
    """(orientations, pixels) sum of the F that an interpolation would see, electrons."""
    total = torch.zeros_like(indices.hkl[0])
    for plane in _neighbourhood(table, indices.hkl):
        for line in plane:
            for value in line:
                total = total + value
    return total


def _neighbourhood(
    table: StructureFactorTable, hkl: Tensor
) -> Iterator[Iterator[Iterator[Tensor]]]:
    """Structure factors at the nodes n − 1 … n + 2 of every axis, [h][k][l] of hkl's shape[1:].

    They come one by one: all 64 at once would need as many times the memory.
    """
    assert table.values is not None
    sizes = table.values.shape
    starts = [
        torch.nan_to_num((torch.floor(hkl[i]) - 1.0 - table.low[i]).clamp(0, max(0, sizes[i] - 4)))
        for i in range(3)
    ]
    h, k, index_l = (start.to(torch.int64) for start in starts)
    nodes = [range(min(4, size)) for size in sizes]
    flat = table.values.reshape(-1)

    def line(i: int, j: int) -> Iterator[Tensor]:
        start = ((h + i) * sizes[1] + k + j) * sizes[2] + index_l
        return (flat[start + n] for n in nodes[2])

    return ((line(i, j) for j in nodes[1]) for i in nodes[0])


def _lagrange(t: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Cubic Lagrange weights of the nodes −1, 0, 1, 2 at t in [0, 1) (spec 6.5)."""
    return (
        -t * (t - 1.0) * (t - 2.0) / 6.0,
        (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0,
        -(t + 1.0) * t * (t - 2.0) / 2.0,
        (t + 1.0) * t * (t - 1.0) / 6.0,
    )
