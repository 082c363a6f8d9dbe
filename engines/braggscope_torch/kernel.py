"""The eager kernel: pixels in, photons out, on any device (spec section 9).

It renders blocks of an image and, with a watcher, the trace of single pixels: the same functions,
in the same order, on the same device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import Protocol

import torch
from torch import Tensor

from braggscope_torch import crystal, physics
from braggscope_torch.blocks import orientations_at_once
from braggscope_torch.factors import PixelFactor
from braggscope_torch.scratch import Scratch
from braggscope_torch.tables import Place, Tables

#: Below so many pixels, terms are summed along the orientations in one operation.
_FEW_PIXELS = 2048


class Evaluations:
    """One (layer, sub-pixel, source) of several orientations, before the structure factor.

    Attributes:
        place: of all of them.
        first: number of the first orientation; one is a (phi, domain).
        serial: number of the first evaluation in the pixel, in serial order.
        lattice: (orientations, pixels) F_latt.
    """

    def __init__(
        self,
        place: Place,
        first: int,
        serial: int,
        indices: Callable[[], crystal.Indices],
        lattice: crystal.LatticeFactor,
        accepted: Tensor | None,
        skips_zero: bool,
    ) -> None:
        self.place = place
        self.first = first
        self.serial = serial
        self.lattice = lattice
        self._indices = indices
        self._accepted = accepted
        self._skips_zero = skips_zero

    @property
    def count(self) -> int:
        """Number of orientations."""
        return self.lattice.value.shape[0]

    @cached_property
    def indices(self) -> crystal.Indices:
        """Miller indices, which not every image needs."""
        return self._indices()

    @cached_property
    def live(self) -> Tensor:
        """(orientations, pixels) neither rejected nor skipped."""
        value = self.lattice.value
        live = value != 0.0 if self._skips_zero else torch.ones_like(value, dtype=torch.bool)
        return live if self._accepted is None else live & self._accepted

    @property
    def serials(self) -> Tensor:
        """(orientations, 1) numbers in the pixel, in serial order."""
        device = self.lattice.value.device
        return torch.arange(self.serial, self.serial + self.count, device=device)[:, None]


class Watcher(Protocol):
    """Sees what a block of pixels comes to on its way, for a trace."""

    def at_place(self, block: PixelBlock, where: physics.Position, place: Place) -> None:
        """A sub-pixel was reached; `place` has source 0."""

    def at_source(
        self, block: PixelBlock, where: physics.Position, place: Place, q: Tensor
    ) -> None:
        """A source was reached."""

    def at_evaluations(
        self, block: PixelBlock, evaluations: Evaluations, f_cell: Tensor, sums: Tensor
    ) -> None:
        """Evaluations were added; sums: (orientations, pixels) of each pixel after each."""

    def at_end(self, block: PixelBlock, unscaled: Tensor, value: Tensor) -> None:
        """The pixels are done."""


class PixelBlock:
    """A block of pixels on its way through the physics.

    Args:
        tables: the set-up on the device.
        slow, fast: (pixels,) int64 indices.
        watcher: sees everything, for a trace.
        scratch: memory of this thread.
    """

    def __init__(
        self,
        tables: Tables,
        slow: Tensor,
        fast: Tensor,
        watcher: Watcher | None = None,
        scratch: Scratch | None = None,
    ) -> None:
        self.tables = tables
        self.slow, self.fast = slow, fast
        self.raster = slow * tables.setup.detector.fast_pixels + fast
        self.watcher = watcher
        self._scratch = scratch or Scratch()
        zeros = torch.zeros(slow.shape, dtype=tables.geometry_dtype, device=tables.device)
        ones = torch.ones_like(zeros)
        semantics = tables.semantics
        self._cap_start = zeros if tables.layers.thickness_m > 0.0 else ones
        self.omega = PixelFactor(semantics.omega, zeros)
        self.capture = PixelFactor(semantics.capture, self._cap_start)
        self.polar = PixelFactor(
            semantics.polarization, zeros if tables.setup.beam.polarized else ones
        )
        # A running product of solid angles leaves the range of single precision.
        compounds = "running" in (f.entry for f in (self.omega, self.capture, self.polar))
        # So do the last digits of many terms: `mixed` adds them up in double precision.
        self.total = zeros.to(torch.float64 if compounds else tables.geometry_dtype, copy=True)

    def render(self, checkpoint: Callable[[int], None] | None = None) -> Tensor:
        """(pixels,) photons, float64 (else float32)."""
        # The sum is added to in place: it is this block's own.
        self.total = self.total + self._background(checkpoint)
        for place, q, accepted in self.sweeps():
            for evaluations in self.evaluations(place, q, accepted):
                self._add(evaluations)
                if checkpoint is not None:
                    checkpoint(evaluations.count)
        return self._scaled()

    def sweeps(self) -> Iterator[tuple[Place, Tensor, Tensor | None]]:
        """Every (layer, sub-pixel, source): its q, and which pixels accept it (None is all)."""
        tables = self.tables
        oversample = tables.setup.oversample
        for layer in range(tables.layers.count):
            self.capture.restart(self._cap_start)
            for v in range(oversample):
                for u in range(oversample):
                    where = physics.position(tables, self.slow, self.fast, layer, v, u)
                    self._take_place(where, layer)
                    if self.watcher is not None:
                        self.watcher.at_place(self, where, Place(layer, v, u, 0))
                    for j in range(len(tables.weight)):
                        place = Place(layer, v, u, j)
                        q, accepted = self._take_source(where, place)
                        yield place, q, accepted

    def _take_place(self, where: physics.Position, layer: int) -> None:
        """Solid angle and captured fraction of a sub-pixel."""
        watched = self.watcher is not None
        if watched or not self.omega.is_settled:
            self.omega.add(physics.solid_angle(self.tables, where.distance_m))
        computes = self.tables.layers.thickness_m > 0.0 or self.capture.rule == "compounding"
        if computes and (watched or not self.capture.is_settled):
            cosine = physics.parallax(self.tables, where.direction)
            self.capture.add(physics.captured_fraction(self.tables, cosine, layer))

    def _take_source(self, where: physics.Position, place: Place) -> tuple[Tensor, Tensor | None]:
        """Scattering vector of a source, who accepts it, and its polarisation."""
        arrays = self.tables.arrays
        incident = arrays.incident[place.source]
        q = physics.scattering_vector(where.direction, incident, arrays.wavelength_m[place.source])
        accepted = None
        if self.tables.setup.dmin_m > 0.0:
            accepted = ~physics.is_rejected(self.tables, physics.stol(q))
        computes = self.tables.setup.beam.polarized or self.polar.rule == "compounding"
        if computes and (self.watcher is not None or not self.polar.is_settled):
            now = physics.polarization(self.tables, where.direction, incident)
            self.polar.add(now.factor, accepted)
        if self.watcher is not None:
            self.watcher.at_source(self, where, place, q)
        return q, accepted

    def evaluations(
        self, place: Place, q: Tensor, accepted: Tensor | None
    ) -> Iterator[Evaluations]:
        """Indices and lattice factors of all orientations, as many at a time as fit (spec 9.2)."""
        tables = self.tables
        total = tables.cells_m.shape[1]
        serial = self._sweep_number(place) * total
        is_first = self.in_first_sweep(place)
        size = orientations_at_once(tables, len(self.slow))
        for start in range(0, total, size):
            these = slice(start, start + size)
            indices = partial(self._indices, q, these, is_first)
            lattice = None
            if self.watcher is None and is_first is None:
                cells_m = tables.cells_m[:, these]
                lattice = crystal.lattice_factor_at_once(tables, cells_m, q, self._scratch)
            if lattice is None:
                found = indices()
                indices = partial(_itself, found)
                lattice = crystal.lattice_factor(tables, found, self._scratch)
            yield Evaluations(
                place, start, serial + start, indices, lattice, accepted, tables.background == 0.0
            )

    def _indices(self, q: Tensor, these: slice, is_first: Tensor | None) -> crystal.Indices:
        """Of some orientations; pixels in their first sweep see other cells (Q19)."""
        tables, scratch = self.tables, self._scratch
        indices = crystal.miller_indices(tables.cells_m[:, these], q, scratch)
        if is_first is None:
            return indices
        steady = indices.hkl.clone()
        first = crystal.miller_indices(tables.first_cells_m[:, these], q, scratch)
        return crystal.Indices(torch.where(is_first, first.hkl, steady))

    def _sweep_number(self, place: Place) -> int:
        oversample, sources = self.tables.setup.oversample, len(self.tables.weight)
        sub = (place.layer * oversample + place.v) * oversample + place.u
        return sub * sources + place.source

    def in_first_sweep(self, place: Place) -> Tensor | None:
        """Which pixel has its first sweep here: it sees the unrotated cell at phi = 0 (Q19)."""
        serial = self.tables.serial
        if serial.first_pixel is None or serial.first_place != place:
            return None
        is_first = self.raster == serial.first_pixel
        return is_first if bool(is_first.any()) else None

    def _add(self, evaluations: Evaluations) -> None:
        """Add terms to the running sums, under the rules of docs/semantics.md."""
        tables, scratch = self.tables, self._scratch
        f_cell = self._structure_factor(evaluations)
        entered = crystal.intensity(f_cell, evaluations.lattice.value, scratch)
        weight = tables.weight[evaluations.place.source]
        if weight != 1.0:
            entered = torch.mul(entered, weight, out=scratch("term", entered.shape, entered))
        per_term, running = self.products()
        if per_term is not None:
            entered = torch.mul(entered, per_term, out=scratch("term", entered.shape, entered))
        if running is not None or self._may_be_dead(evaluations, per_term):
            entered = torch.where(evaluations.live, entered, torch.zeros_like(entered))
        if running is None:
            sums = self._sum(entered)
        else:
            sums = self._compound(entered, evaluations.live, running)
        if self.watcher is not None:
            self.watcher.at_evaluations(self, evaluations, f_cell, sums)

    def _may_be_dead(self, evaluations: Evaluations, per_term: Tensor | None) -> bool:
        """Whether a term of a pixel that is not live could be another than 0."""
        if self.tables.setup.dmin_m > 0.0:
            return True
        zero_times_finite = per_term is None and self.tables.structure_factors.squares_are_finite
        return self.tables.background == 0.0 and not zero_times_finite

    def _sum(self, terms: Tensor) -> Tensor:
        """Add to the sums in serial order; gives the sums after each, if they are watched."""
        # Along the orientations, a graphics card would sum in another order, and single precision
        # in double.
        exactly = terms.dtype == self.total.dtype == torch.float64 and terms.device.type == "cpu"
        if exactly and (self.watcher is not None or terms.shape[1] < _FEW_PIXELS):
            sums = torch.cumsum(torch.cat([self.total[None], terms]), dim=0)[1:]
            self.total = sums[-1]
            return sums
        kept = []
        for term in terms:
            if torch.is_grad_enabled():
                self.total = self.total + term
            else:
                self.total.add_(term)
            if self.watcher is not None:
                kept.append(self.total.clone())
        return torch.stack(kept) if kept else self.total[None]

    def _compound(self, terms: Tensor, live: Tensor, running: Tensor) -> Tensor:
        """The same where each live evaluation multiplies the sum."""
        kept = []
        for term, counts in zip(terms, live, strict=True):
            total = self.total + term
            self.total = torch.where(counts, total * running, total)
            if self.watcher is not None:
                kept.append(self.total)
        return torch.stack(kept) if kept else self.total[None]

    def products(self) -> tuple[Tensor | None, Tensor | None]:
        """Products of the factors that enter every term, and of those on the running sum."""
        products: dict[str, Tensor] = {}
        for factor in (self.capture, self.polar, self.omega):
            if factor.entry != "pixel":
                is_running = factor.entry == "running"
                value = factor.now.to(self.total.dtype if is_running else self.tables.sum_dtype)
                known = products.get(factor.entry)
                products[factor.entry] = value if known is None else known * value
        return products.get("term"), products.get("running")

    def _structure_factor(self, evaluations: Evaluations) -> Tensor:
        """F of evaluations: interpolated where that is on and possible (spec 6.4 to 6.6)."""
        tables = self.tables
        table = tables.structure_factors
        if table.values is None:
            return tables.default_factor
        indices = evaluations.indices
        if not tables.setup.crystal.interpolates:
            return crystal.structure_factor(table, indices, tables.sum_dtype)
        tricubic = self.is_interpolated(evaluations)
        if not bool(tricubic.any()):
            return crystal.structure_factor(table, indices, tables.sum_dtype)
        smooth = crystal.interpolated_factor(table, indices, tables.sum_dtype)
        if bool(tricubic.all()):
            return smooth
        nearest = crystal.structure_factor(table, indices, tables.sum_dtype)
        return torch.where(tricubic, smooth, nearest)

    def is_interpolated(self, evaluations: Evaluations) -> Tensor:
        """(orientations, pixels) whether F is interpolated: possible, and still on (spec Q39)."""
        usable = crystal.can_interpolate(self.tables.structure_factors, evaluations.indices)
        serial = self.tables.serial
        if serial.switch_pixel is None:
            return usable
        before = self.raster < serial.switch_pixel
        at_switch = self.raster == serial.switch_pixel
        return usable & (before | (at_switch & (evaluations.serials < serial.switch_evaluation)))

    def _background(self, checkpoint: Callable[[int], None] | None) -> Tensor | float:
        """I_bg·B of docs/semantics.md, water_scale."""
        tables = self.tables
        if tables.background == 0.0:
            return 0.0
        if all(f.entry != "term" for f in (self.capture, self.polar, self.omega)):
            return tables.background
        probe = PixelBlock(tables, self.slow, self.fast)
        weight = torch.zeros_like(self.total)
        for place, _, _ in probe.sweeps():
            if checkpoint is not None:
                checkpoint(0)
            product, _ = probe.products()
            assert product is not None
            weight = weight + tables.weight[place.source] * product
        count = tables.setup.oversample**2 * len(tables.weight)
        if self.capture.entry != "term":
            count *= tables.layers.count
        return tables.background * weight / count

    def _scaled(self) -> Tensor:
        """Photons of the pixel from its sum (spec section 9, after the loops)."""
        tables = self.tables
        unscaled = tables.arrays.scale * self.total / tables.setup.steps
        value = unscaled
        for factor in (self.capture, self.polar, self.omega):
            if factor.entry == "pixel":
                value = value * factor.in_force
        value = value.to(tables.sum_dtype)
        if self.watcher is not None:
            self.watcher.at_end(self, unscaled, value)
        return value


def _itself(indices: crystal.Indices) -> crystal.Indices:
    return indices


def render_pixels(
    tables: Tables,
    slow: Tensor,
    fast: Tensor,
    watcher: Watcher | None = None,
    checkpoint: Callable[[int], None] | None = None,
    scratch: Scratch | None = None,
) -> Tensor:
    """Values of pixels.

    Args:
        tables: the set-up on the device.
        slow, fast: (pixels,) int64 indices.
        watcher: sees everything on the way, for a trace.
        checkpoint: called on the way, whenever so many (layer, sub-pixel, source, phi, domain) have
            been evaluated since; what it raises ends the work.
        scratch: memory that this thread uses for every block.

    Returns:
        (pixels,) photons, float64 (else float32).
    """
    return PixelBlock(tables, slow, fast, watcher, scratch).render(checkpoint)
