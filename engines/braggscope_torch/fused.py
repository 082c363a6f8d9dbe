"""The evaluations of one (layer, sub-pixel, source) as one function, for a compiler to fuse.

It differs from the eager kernel in one thing: whole turns are taken away before any sine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor

from braggscope_torch import crystal
from braggscope_torch.native.job import sine_ratio_polynomial
from braggscope_torch.scratch import Scratch
from braggscope_torch.tables import Tables

#: (3, pixels) q, (3, orientations, 3) cells, (orientations,) weights, (3, 3) reciprocal cell and
#: the table of structure factors (of no entries, if there is none) to (pixels,) sums.
Fused = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]

#: 1 − cos(π f) over f², as a polynomial in f² for |f| ≤ ½, highest power first (relative error
#: 2e-17).
_VERSINE: Final = (
    -4.166399462726948408e-6, 1.0458286368326584797e-4, -1.9295626524798661125e-3,
    2.5806890025875390135e-2, -0.23533063027215769472, 1.3352627688518803788,
    -4.0587121264167359752, 4.9348022005446792464,
)  # fmt: skip
#: Up to so many cells the polynomial keeps all digits that count.
_FEW: Final = 12


def fused_function(tables: Tables) -> Fused:
    """Σ weight·F_cell²·F_latt² over orientations, for all tables with the same `constants`."""

    def total(
        q: Tensor, cells_m: Tensor, weights: Tensor, reciprocal_per_A: Tensor, values: Tensor
    ) -> Tensor:
        given = replace(tables, arrays=replace(tables.arrays, reciprocal_per_A=reciprocal_per_A))
        if values.numel():
            table = replace(tables.structure_factors, values=values)
            given = replace(given, structure_factors=table)
        along = [cells_m[:, :, axis, None] * q[axis] for axis in range(3)]
        indices = crystal.Indices(along[0] + along[1] + along[2])
        f_cell = _structure_factor(given, indices)
        f_latt = _lattice_factor(given, indices)
        return (weights[:, None] * (f_cell * f_cell * f_latt * f_latt)).sum(dim=0)

    return total


def constants(tables: Tables) -> tuple[Hashable, ...]:
    """What a compiled function holds for good."""
    said, table = tables.setup.crystal, tables.structure_factors
    size = None if table.values is None else tuple(table.values.shape)
    return (
        *(tables.device, tables.precision, tables.semantics.spot_radius),
        *(said.shape, said.n_cells, said.fudge, said.interpolates),
        *(table.low, size, table.default_f),
    )


def _lattice_factor(tables: Tables, indices: crystal.Indices) -> Tensor:
    """F_latt but for its sign, of which only the square is taken."""
    if tables.setup.crystal.shape != "square":
        return crystal.lattice_factor(tables, indices, Scratch()).value
    product: Tensor | None = None
    for axis, cells in enumerate(tables.setup.crystal.n_cells):
        if cells > 1.0:
            ratio = _sine_ratio(indices.fraction[axis], int(cells), tables.sum_dtype)
            product = ratio if product is None else product * ratio
    if product is None:
        return torch.ones_like(indices.fraction[0], dtype=tables.sum_dtype)
    return product


def _sine_ratio(f: Tensor, cells: int, dtype: torch.dtype) -> Tensor:
    """|sin(N x)/sin(x)| of x = π f, |f| ≤ ½."""
    if cells > (_FEW if dtype == torch.float64 else 8):
        moved = f + (1e-90 if dtype == torch.float64 else 1e-12)
        turns = moved * cells
        rest = (turns - torch.round(turns)).to(dtype)
        return torch.sin(math.pi * rest) / torch.sin(math.pi * moved.to(dtype))
    f = f.to(dtype)
    versine = _polynomial(_VERSINE, f * f) * (f * f)
    ratio = _polynomial(sine_ratio_polynomial(cells), versine * (2.0 - versine))
    return ratio if cells % 2 else ratio * (1.0 - versine)


def _polynomial(coefficients: tuple[float, ...] | list[int], x: Tensor) -> Tensor:
    value = torch.full_like(x, float(coefficients[0]))
    for coefficient in coefficients[1:]:
        value = value * x + float(coefficient)
    return value


def _structure_factor(tables: Tables, indices: crystal.Indices) -> Tensor:
    """F; interpolated where that is possible, for it does not end in this run."""
    table = tables.structure_factors
    nearest = crystal.structure_factor(table, indices, tables.sum_dtype)
    if not tables.setup.crystal.interpolates or table.values is None:
        return nearest
    usable = crystal.can_interpolate(table, indices)
    smooth = crystal.interpolated_factor(table, indices, tables.sum_dtype)
    return torch.where(usable, smooth, nearest)
