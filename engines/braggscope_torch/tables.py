"""A Setup under given semantics as tensors on a device: what the kernel reads."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final, Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor

from braggscope.api import InvalidInput, Semantics
from braggscope.experiment.reflections import Reflections
from braggscope.physics.arrays import cos, sin
from braggscope.physics.background import water_background
from braggscope.physics.constants import ELECTRON_RADIUS_SQUARED_M2
from braggscope.physics.recipe import domain_rotations
from braggscope.physics.sensor import Layers, layers_of
from braggscope.physics.setup import Setup

Precision = Literal["float64", "mixed", "float32-naive"]
#: Of all that is kept beyond the image, if nobody says otherwise.
DEFAULT_MEMORY_BYTES: Final = 512 * 2**20


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

    @cached_property
    def squares_are_finite(self) -> bool:
        """Whether the square of every structure factor is finite, with room for interpolation."""
        largest = abs(self.default_f)
        if self.values is None:
            return largest < 1e18
        return max(largest, float(self.values.abs().amax())) < 1e18


class Place(NamedTuple):
    """One evaluation's loop indices: layer, slow and fast sub-pixel, source."""

    layer: int
    v: int
    u: int
    source: int


@dataclass(frozen=True)
class Serial:
    """What depends on the order of a whole run (spec Q19 and Q39); pixels by raster index.

    Attributes:
        first_pixel, first_place: where the first sweep over phi is; None without carry-over.
        switch_pixel, switch_evaluation: from this evaluation on, structure factors are no longer
            interpolated; None when interpolation lasts.
    """

    first_pixel: int | None = None
    first_place: Place | None = None
    switch_pixel: int | None = None
    switch_evaluation: int = 0


@dataclass(frozen=True, eq=False)
class Arrays:
    """The arrays of a set-up on the device, float64 but for float32-naive; with derivatives or not.

    Attributes:
        fast, slow, normal, pix0_m, beam: (3,) detector vectors and beam direction.
        close_distance_m, distance_m: () distances along the normal and along the beam.
        incident: (sources, 3) unit vectors k.
        wavelength_m: (sources,).
        reciprocal_per_A: (3, 3) rows a*, b*, c* at phi = 0.
        cell_phi_m: (phi, 3, 3) rows a, b, c in force at every spindle step, m.
        cell_m: (phi, domains, 3, 3) rows a, b, c of every domain, m.
        first_cell_m: (phi, domains, 3, 3) as cell_m, in the first sweep of the run.
        rotations: (domains, 3, 3) mosaic rotations.
        scale: () r_e² times fluence.
    """

    fast: Tensor
    slow: Tensor
    normal: Tensor
    pix0_m: Tensor
    beam: Tensor
    close_distance_m: Tensor
    distance_m: Tensor
    incident: Tensor
    wavelength_m: Tensor
    reciprocal_per_A: Tensor
    cell_phi_m: Tensor
    cell_m: Tensor
    first_cell_m: Tensor
    rotations: Tensor
    scale: Tensor

    def to(self, dtype: torch.dtype) -> Arrays:
        """The arrays in another type."""
        return Arrays(**{f.name: getattr(self, f.name).to(dtype) for f in fields(self)})


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything the kernel needs.

    Attributes:
        setup, semantics: what is simulated, and under which meanings.
        arrays: its arrays on the device.
        layers: of the sensor.
        weight: relative strength of each source, mean 1; all 1 where weights are ignored.
        background: I_bg, the start of every pixel's sum.
        carried: per phi step, whether it keeps the cell of another step (spec Q19).
        unrotated_first: per phi step, whether the first sweep of the run sees the unrotated cell.
        direct_m: (3, 3) rows a, b, c, unrotated, m.
        mask: (slow · fast,) True where a pixel is simulated; None without a mask.
        serial: what depends on the order of the run.
        memory_bytes: about how much rendering may take beyond the image, the tables included.
    """

    setup: Setup
    semantics: Semantics
    device: torch.device
    precision: Precision
    arrays: Arrays
    structure_factors: StructureFactorTable
    layers: Layers
    weight: tuple[float, ...]
    background: float
    carried: tuple[bool, ...]
    unrotated_first: tuple[bool, ...]
    direct_m: Tensor
    mask: Tensor | None
    serial: Serial = Serial()
    memory_bytes: int = DEFAULT_MEMORY_BYTES

    @property
    def shape(self) -> tuple[int, int]:
        """Spindle steps and domains."""
        return (self.arrays.cell_m.shape[0], self.arrays.cell_m.shape[1])

    @property
    def sum_dtype(self) -> torch.dtype:
        """Type of fractions and sums."""
        return sum_dtype_of(self.precision)

    @property
    def geometry_dtype(self) -> torch.dtype:
        """Type of positions and Miller indices."""
        return geometry_dtype_of(self.precision)

    @cached_property
    def default_factor(self) -> Tensor:
        """() structure factor of what is not listed, electrons."""
        default_f = self.structure_factors.default_f
        return torch.tensor(default_f, dtype=self.sum_dtype, device=self.device)

    @cached_property
    def cells_m(self) -> Tensor:
        """(3, orientations, 3) a, b, c of every (phi, domain), m."""
        return self.arrays.cell_m.reshape(-1, 3, 3).transpose(0, 1)

    @cached_property
    def first_cells_m(self) -> Tensor:
        """The same in the first sweep of the run."""
        return self.arrays.first_cell_m.reshape(-1, 3, 3).transpose(0, 1)

    @property
    def bytes(self) -> int:
        """What the tables take."""
        arrays = self.arrays
        tensors = [arrays.cell_m, arrays.cell_phi_m, arrays.rotations, arrays.incident]
        if self.carries:
            tensors.append(arrays.first_cell_m)
        tensors += [t for t in (self.structure_factors.values, self.mask) if t is not None]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    @property
    def carries(self) -> bool:
        """Whether the first sweep differs from the others: phi starts at 0 and goes on."""
        return any(self.carried) and self.carried[0]


def sum_dtype_of(precision: Precision) -> torch.dtype:
    """Type of fractions and sums."""
    return torch.float64 if precision == "float64" else torch.float32


def geometry_dtype_of(precision: Precision) -> torch.dtype:
    """Type of positions and Miller indices."""
    return torch.float32 if precision == "float32-naive" else torch.float64


def structure_factor_table(
    reflections: Reflections | None, default_f: float, device: torch.device, precision: Precision
) -> StructureFactorTable:
    """A dense table on the device (spec 6.4)."""
    if reflections is None:
        return StructureFactorTable(None, (0, 0, 0), default_f, 0)
    values, low = reflections.table(default_f)
    tensor = torch.from_numpy(values).to(device=device, dtype=sum_dtype_of(precision))
    return StructureFactorTable(tensor, low, default_f, len(reflections.amplitude))


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Arrays that take the place of the set-up's own, with derivatives; see `Arrays`."""

    fast: Tensor
    slow: Tensor
    normal: Tensor
    pix0_m: Tensor
    close_distance_m: Tensor
    distance_m: Tensor
    wavelength_m: Tensor
    direct_m: Tensor
    reciprocal_per_A: Tensor
    rotations: Tensor
    scale: Tensor


def plain_derivatives(setup: Setup, semantics: Semantics, device: torch.device) -> Derivatives:
    """The set-up's own arrays, on the device."""

    def tensor(array: object) -> Tensor:
        return torch.as_tensor(np.asarray(array), dtype=torch.float64, device=device)

    detector = setup.detector
    return Derivatives(
        fast=tensor(detector.fast),
        slow=tensor(detector.slow),
        normal=tensor(detector.normal),
        pix0_m=tensor(detector.pix0_m),
        close_distance_m=tensor(detector.close_distance_m),
        distance_m=tensor(detector.distance_m),
        wavelength_m=tensor(setup.beam.wavelength_m),
        direct_m=tensor(setup.crystal.direct_m),
        reciprocal_per_A=tensor(setup.crystal.reciprocal_per_A),
        rotations=tensor(domain_rotations(setup.recipe, semantics.mosaic_generator)),
        scale=tensor(ELECTRON_RADIUS_SQUARED_M2 * setup.beam.fluence_per_m2),
    )


def make_tables(
    setup: Setup,
    semantics: Semantics,
    structure_factors: StructureFactorTable,
    device: torch.device,
    precision: Precision = "float64",
    mask: np.ndarray | None = None,
    derivatives: Derivatives | None = None,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> Tables:
    """Bring a set-up to the device; all spindle and mosaic rotations are applied once here.

    Args:
        mask: (slow, fast) bool, True where a pixel is simulated; None without a mask.
        derivatives: arrays to use instead of the set-up's own.
        memory_bytes: see `Tables`.
    """
    given = derivatives or plain_derivatives(setup, semantics, device)
    layers = layers_of(setup.detector.sensor, semantics.thickness_layers)
    carried, first, steady = _phi_sources(setup.crystal.phi_rad, semantics.phi_carry_over == "on")
    turned = _turned_cells(given.direct_m, setup, device)
    return Tables(
        setup=setup,
        semantics=semantics,
        device=device,
        precision=precision,
        arrays=_arrays(setup, given, turned, first, steady, device).to(
            geometry_dtype_of(precision)
        ),
        structure_factors=structure_factors,
        layers=layers,
        weight=_weights(setup, semantics),
        background=_background(setup, semantics),
        carried=carried,
        unrotated_first=tuple(source < 0 for source in first),
        direct_m=given.direct_m,
        mask=None if mask is None else torch.from_numpy(mask.reshape(-1)).to(device),
        memory_bytes=memory_bytes,
    )


def _phi_sources(
    phi_rad: np.ndarray, carries: bool
) -> tuple[tuple[bool, ...], list[int], list[int]]:
    """Which step's cell is in force at each phi step (spec 9.5).

    Returns:
        Whether each step is carried over, and for the first sweep and all others the index of the
        step whose cell is in force; −1 is the unrotated cell.
    """
    nonzero = [k for k, phi in enumerate(phi_rad) if phi != 0.0]
    if not carries or not nonzero:
        plain = [k if phi != 0.0 else -1 for k, phi in enumerate(phi_rad)]
        return (False,) * len(plain), plain, plain

    def sweep(current: int) -> list[int]:
        in_force = []
        for k, phi in enumerate(phi_rad):
            current = k if phi != 0.0 else current
            in_force.append(current)
        return in_force

    first, steady = sweep(-1), sweep(nonzero[-1])
    return tuple(bool(phi == 0.0) for phi in phi_rad), first, steady


def _turned_cells(direct_m: Tensor, setup: Setup, device: torch.device) -> Tensor:
    """(phi + 1, 3, 3) the cell at every spindle step; the last is the unrotated one (spec 0)."""
    axis = torch.as_tensor(setup.crystal.spindle, dtype=torch.float64, device=device)
    phi_rad = setup.crystal.phi_rad
    c, s = (
        torch.as_tensor(turned, dtype=torch.float64, device=device)[:, None, None]
        for turned in (cos(phi_rad), sin(phi_rad))
    )
    along = (direct_m[:, 0] * axis[0] + direct_m[:, 1] * axis[1]) + direct_m[:, 2] * axis[2]
    # Written out: torch's own cross product fuses a product with the difference.
    after, last = [1, 2, 0], [2, 0, 1]
    across = axis[after] * direct_m[:, last] - axis[last] * direct_m[:, after]
    turned = direct_m * c + across * s + axis * along[:, None] * (1.0 - c)
    return torch.cat([turned, direct_m[None]])


def _arrays(
    setup: Setup,
    given: Derivatives,
    turned: Tensor,
    first: list[int],
    steady: list[int],
    device: torch.device,
) -> Arrays:
    cell_phi = turned[steady]

    def with_domains(cells: Tensor) -> Tensor:
        # Rows are vectors, so a domain's rotation U acts from the right as its transpose.
        if len(given.rotations) == 1:
            return cells[:, None]
        u, v = given.rotations[None, :, None], cells[:, None, :, None]
        # Summed x, y, z, as nanoBragg does; a matrix product would round otherwise.
        return u[..., 0] * v[..., 0] + u[..., 1] * v[..., 1] + u[..., 2] * v[..., 2]

    return Arrays(
        fast=given.fast,
        slow=given.slow,
        normal=given.normal,
        pix0_m=given.pix0_m,
        beam=torch.as_tensor(setup.beam.direction, dtype=torch.float64, device=device),
        close_distance_m=given.close_distance_m,
        distance_m=given.distance_m,
        incident=torch.as_tensor(setup.beam.incident, dtype=torch.float64, device=device),
        wavelength_m=given.wavelength_m,
        reciprocal_per_A=given.reciprocal_per_A,
        cell_phi_m=cell_phi,
        cell_m=with_domains(cell_phi),
        first_cell_m=with_domains(turned[first]),
        rotations=given.rotations,
        scale=given.scale,
    )


def _weights(setup: Setup, semantics: Semantics) -> tuple[float, ...]:
    weight = setup.beam.weight
    if semantics.source_weights == "ignored" or not len(weight):
        return (1.0,) * len(weight)
    with np.errstate(all="ignore"):
        total = float(weight.sum())
        if total == 0.0 or not np.isfinite(total):
            raise InvalidInput(
                f"the weights of the sources add up to {total:g}",
                where="beam.sources",
                why="weights that are used are shares of their sum",
                remedy="Give other weights, or source_weights=ignored",
            )
        return tuple((weight * len(weight) / total).tolist())


def _background(setup: Setup, semantics: Semantics) -> float:
    rule = semantics.water_scale
    background = water_background(setup.water_m, setup.beam.fluence_per_m2, setup.steps, rule)
    if not np.isfinite(background):
        raise InvalidInput(
            "the background of the water is not finite",
            where="background.water_um",
            remedy="Give less water, or a smaller fluence",
        )
    return background
