"""Keeps what the kernel comes to on its way, for the trace of single pixels."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor

from braggscope.api import CATALOGUE, Dim
from braggscope_torch import crystal, physics
from braggscope_torch.kernel import Evaluations, PixelBlock
from braggscope_torch.tables import Place, Tables

#: The place of what has none: it belongs to the pixel.
_NOWHERE: Final = Place(0, 0, 0, 0)


class Recorder:
    """A watcher that collects values in arrays with one axis per loop.

    What the kernel leaves out because it changes no image is computed here, by the same functions.

    Attributes:
        arrays: (*loops, components, pixels) by name; NaN where a pixel never came there.
    """

    def __init__(self, tables: Tables, pixels: int) -> None:
        self._tables = tables
        self._sizes: dict[Dim, int] = {
            "layer": tables.layers.count,
            "subpixel": tables.setup.oversample**2,
            "source": len(tables.weight),
            "phi": tables.shape[0],
            "domain": tables.shape[1],
        }
        self._pixels = pixels
        self._accepted = torch.ones(pixels, dtype=torch.bool, device=tables.device)
        self._live_count = torch.zeros(pixels, dtype=torch.float64, device=tables.device)
        self.arrays: dict[str, np.ndarray] = {}

    def dims_of(self, name: str) -> tuple[Dim, ...]:
        """Loops of a variable; that over layers only where there are several."""
        dims = CATALOGUE[name].dims
        return tuple(d for d in dims if d != "layer" or self._sizes["layer"] > 1)

    def at_place(self, block: PixelBlock, where: physics.Position, place: Place) -> None:
        """Keep what belongs to a sub-pixel."""
        self._keep("FSO", where.detector_m, place)
        if self._tables.setup.detector.curved:
            self._keep("pos_flat_m", where.flat_m, place)
        self._keep("pos_m", where.lab_m, place)
        self._keep("R_m", where.distance_m, place)
        self._keep("d", where.direction, place)
        self._keep("omega_now", block.omega.now, place)
        self._keep("omega_in_force", block.omega.shown, place)
        self._keep("parallax", physics.parallax(self._tables, where.direction), place)
        self._keep("cap_now", block.capture.now, place)
        self._keep("cap_in_force", block.capture.shown, place)

    def at_source(
        self, block: PixelBlock, where: physics.Position, place: Place, q: Tensor
    ) -> None:
        """Keep what belongs to a source."""
        stol = physics.stol(q)
        rejected = physics.is_rejected(self._tables, stol)
        self._accepted = ~rejected
        self._keep("q", q, place)
        self._keep("stol", stol, place)
        self._keep("dmin_rejected", rejected, place)
        incident = self._tables.arrays.incident[place.source]
        now = physics.polarization(self._tables, where.direction, incident)
        self._keep_accepted("cos2theta", now.cos2theta, place)
        self._keep_accepted("psi", now.psi_rad, place)
        self._keep_accepted("polar_now", now.factor, place)
        self._keep_accepted("polar_in_force", block.polar.shown, place)
        self._keep_steps(block, place)

    def _keep_steps(self, block: PixelBlock, place: Place) -> None:
        """Which spindle steps keep another step's cell (spec Q19)."""
        tables = self._tables
        is_first = block.in_first_sweep(place)
        for k, carried in enumerate(tables.carried):
            shown = torch.full((self._pixels,), float(carried), device=tables.device)
            if is_first is not None and tables.unrotated_first[k]:
                shown = torch.where(is_first, 0.0, shown)
                cell = torch.where(is_first, tables.direct_m.reshape(9, 1), torch.nan)
                self._keep_accepted("cell_phi_first", cell, place, (k,))
            self._keep_accepted("phi_carried", shown, place, (k,))

    def at_evaluations(
        self, block: PixelBlock, evaluations: Evaluations, f_cell: Tensor, sums: Tensor
    ) -> None:
        """Keep what belongs to orientations."""
        live, indices, lattice = evaluations.live, evaluations.indices, evaluations.lattice
        self._live_count += live.sum(dim=0)
        kept: dict[str, Tensor] = {"hkl": indices.hkl, "hkl0": indices.nearest}
        kept |= {
            f"F_latt_{axis}": factor for axis, factor in zip("abc", lattice.by_axis, strict=False)
        }
        if lattice.radius2 is not None:
            kept["dhkl"] = indices.fraction
            shape = self._tables.setup.crystal.shape
            kept["hrad2" if shape == "round" else "rho"] = lattice.radius2
        kept |= self._interpolation(block, evaluations)
        term = f_cell * f_cell * lattice.value * lattice.value
        kept |= {
            "F_latt": lattice.value,
            "skipped_zero": ~live,
            "F_cell": torch.where(live, f_cell, torch.nan),
            "term": torch.where(live, term, torch.zeros_like(term)),
            "I_running": sums,
        }
        _, running = block.products()
        ones = torch.ones_like(term)
        kept["W"] = ones if running is None else torch.where(live, running, ones)
        self._keep_orientations(kept, evaluations)

    def _interpolation(self, block: PixelBlock, evaluations: Evaluations) -> dict[str, Tensor]:
        """Whether, and between what, structure factors are interpolated."""
        tables, live = self._tables, evaluations.live
        table, indices = tables.structure_factors, evaluations.indices
        if not tables.setup.crystal.interpolates or table.values is None:
            return {}
        usable = crystal.can_interpolate(table, indices)
        found = {
            "interp_usable": (usable, live),
            "interp_state": (block.is_interpolated(evaluations), live),
            "interp_floor": (torch.floor(indices.hkl), live),
            "F_sub_sum": (crystal.neighbourhood_sum(table, indices), live & usable),
        }
        return {
            name: torch.where(known, value.to(torch.float64), torch.nan)
            for name, (value, known) in found.items()
        }

    def at_end(self, block: PixelBlock, unscaled: Tensor, value: Tensor) -> None:
        """Keep what belongs to the pixel."""
        self._keep("n_live", self._live_count)
        self._keep("I_total", block.total)
        self._keep("val_unscaled", unscaled)
        for name in ("capture", "polar", "omega"):
            factor = getattr(block, name)
            applied = factor.entry == "pixel"
            shown = factor.in_force if applied else torch.ones_like(factor.in_force)
            self._keep(name, shown)
        self._keep("val", value)
        self._keep("float32", value.to(torch.float32))

    def _keep(
        self,
        name: str,
        value: Tensor,
        place: Place = _NOWHERE,
        steps: tuple[int, ...] = (),
    ) -> None:
        """Keep (components, pixels) or (pixels,), at a spindle step if one is named."""
        numbers = value.reshape(-1, self._pixels).to("cpu", torch.float64).numpy()
        self._array(name, len(numbers))[(*self._loops(name, place), *steps)] = numbers

    def _keep_accepted(
        self, name: str, value: Tensor, place: Place, steps: tuple[int, ...] = ()
    ) -> None:
        """The same for pixels that accept the source at hand; the others never had it."""
        value = torch.where(self._accepted, value.to(torch.float64), torch.nan)
        self._keep(name, value, place, steps)

    def _keep_orientations(self, kept: dict[str, Tensor], evaluations: Evaluations) -> None:
        """Keep (components, orientations, pixels) or (orientations, pixels), where accepted."""
        these = slice(evaluations.first, evaluations.first + evaluations.count)
        for name, value in kept.items():
            known = torch.where(self._accepted, value.to(torch.float64), torch.nan)
            by_orientation = known.reshape(-1, evaluations.count, self._pixels).swapaxes(0, 1)
            array = self._array(name, by_orientation.shape[1])
            array = array[self._loops(name, evaluations.place)]
            # A view, for the axes of phi and domain are next to each other.
            array.reshape(-1, *array.shape[2:])[these] = by_orientation.cpu().numpy()

    def _array(self, name: str, components: int) -> np.ndarray:
        if name not in self.arrays:
            sizes = [self._sizes[dim] for dim in self.dims_of(name)]
            self.arrays[name] = np.full((*sizes, components, self._pixels), np.nan)
        return self.arrays[name]

    def _loops(self, name: str, place: Place) -> tuple[int, ...]:
        """Where a place is in a variable's array."""
        oversample = self._tables.setup.oversample
        position = {
            "layer": place.layer,
            "subpixel": place.v * oversample + place.u,
            "source": place.source,
        }
        return tuple(position[dim] for dim in self.dims_of(name) if dim in position)
