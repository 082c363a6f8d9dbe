"""A Setup as tensors on a device: what the kernel reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from braggscope.experiment.reflections import Reflections
from braggscope.physics.constants import ELECTRON_RADIUS_SQUARED_M2
from braggscope.physics.recipe import domain_rotations
from braggscope.physics.rotation import rotate_axis
from braggscope.physics.setup import Setup

Precision = Literal["float64", "mixed"]


@dataclass(frozen=True, eq=False)
class StructureFactorTable:
    """Structure factors by index.

    Attributes:
        values: (Rh, Rk, Rl) in the sum's type, electrons; None when only default_f is known.
        low: lowest h, k, l of the table.
        default_f: structure factor of everything outside the table, electrons.
        count: number of listed reflections.
    """

    values: Tensor | None
    low: tuple[int, int, int]
    default_f: float
    count: int


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything the kernel needs, on its device; float64 unless said otherwise.

    Attributes:
        fast, slow, normal, pix0_m: (3,) detector vectors.
        incident: (sources, 3) unit vectors k.
        wavelength_m: one float per source.
        cell_phi_m: (phi, 3, 3) rows a, b, c after the spindle rotation, m.
        cell_m: (phi, domains, 3, 3) rows a, b, c of every domain, m.
        sum_dtype: type of fractions and sums: float64, or float32 in mixed precision.
    """

    setup: Setup
    device: torch.device
    precision: Precision
    fast: Tensor
    slow: Tensor
    normal: Tensor
    pix0_m: Tensor
    incident: Tensor
    wavelength_m: tuple[float, ...]
    cell_phi_m: Tensor
    cell_m: Tensor
    structure_factors: StructureFactorTable
    sum_dtype: torch.dtype

    @property
    def scale(self) -> float:
        """r_e² times fluence (spec section 9)."""
        return ELECTRON_RADIUS_SQUARED_M2 * self.setup.beam.fluence_per_m2


def sum_dtype_of(precision: Precision) -> torch.dtype:
    """Type of fractions and sums."""
    return torch.float64 if precision == "float64" else torch.float32


def structure_factor_table(
    reflections: Reflections | None, default_f: float, device: torch.device, precision: Precision
) -> StructureFactorTable:
    """A dense table on the device (spec 6.4)."""
    if reflections is None:
        return StructureFactorTable(None, (0, 0, 0), default_f, 0)
    values, low = reflections.table(default_f)
    tensor = torch.from_numpy(values).to(device=device, dtype=sum_dtype_of(precision))
    return StructureFactorTable(tensor, low, default_f, len(reflections.amplitude))


def make_tables(
    setup: Setup,
    structure_factors: StructureFactorTable,
    device: torch.device,
    precision: Precision,
) -> Tables:
    """Bring a set-up to the device; all spindle and mosaic rotations are applied once here."""
    crystal = setup.crystal
    cell_phi = np.stack(
        [
            crystal.direct_m
            if phi == 0.0
            else np.stack(
                [rotate_axis(row, crystal.spindle, float(phi)) for row in crystal.direct_m]
            )
            for phi in crystal.phi_rad
        ]
    )
    # Rows are vectors, so a domain's rotation U acts from the right as its transpose.
    rotations = domain_rotations(setup.recipe, "float32")
    cell = np.einsum("mij,kaj->kmai", rotations, cell_phi)

    def tensor(array: np.ndarray) -> Tensor:
        return torch.tensor(array, dtype=torch.float64, device=device)

    return Tables(
        setup=setup,
        device=device,
        precision=precision,
        fast=tensor(setup.detector.fast),
        slow=tensor(setup.detector.slow),
        normal=tensor(setup.detector.normal),
        pix0_m=tensor(setup.detector.pix0_m),
        incident=tensor(setup.beam.incident),
        wavelength_m=tuple(setup.beam.wavelength_m.tolist()),
        cell_phi_m=tensor(cell_phi),
        cell_m=tensor(cell),
        structure_factors=structure_factors,
        sum_dtype=sum_dtype_of(precision),
    )
