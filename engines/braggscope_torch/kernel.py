"""The eager kernel: pixels in, photons out, on any device (spec section 9).

It renders blocks of an image and, with a recorder, the trace of single pixels: the same
functions, in the same order, on the same device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import torch
from torch import Tensor

from braggscope_torch import physics
from braggscope_torch.factors import PixelFactor
from braggscope_torch.tables import Place, Tables

#: Evaluations of a block between two looks at whether the user wants to stop.
_CHECKPOINT_EVERY = 16


class Recorder(Protocol):
    """Keeps intermediate values for a trace."""

    def record(self, name: str, value: Tensor, **index: int) -> None:
        """Keep a value, (pixels,) or (components, pixels), at the given loop indices."""
        ...


class _Silent:
    """A recorder that keeps nothing."""

    def record(self, name: str, value: Tensor, **index: int) -> None:
        pass


class Evaluation:
    """Everything of one (layer, sub-pixel, source, phi, domain) before the structure factor.

    Attributes:
        serial: its number in the pixel, in serial order.
        hkl, hkl0: (3, pixels) fractional and nearest indices, no unit.
        lattice: (pixels,) F_latt, no unit.
        live: (pixels,) neither rejected nor skipped.
    """

    def __init__(
        self, serial: int, hkl: Tensor, hkl0: Tensor, lattice: physics.LatticeFactor, live: Tensor
    ) -> None:
        self.serial = serial
        self.hkl = hkl
        self.hkl0 = hkl0
        self.lattice = lattice
        self.live = live


class PixelBlock:
    """A block of pixels on its way through the physics.

    Args:
        tables: the set-up on the device.
        slow, fast: (pixels,) int64 indices.
        recorder: keeps every intermediate value, for a trace.
    """

    def __init__(
        self, tables: Tables, slow: Tensor, fast: Tensor, recorder: Recorder | None = None
    ) -> None:
        self.tables = tables
        self.slow, self.fast = slow, fast
        self.raster = slow * tables.setup.detector.fast_pixels + fast
        self.tracing = recorder is not None
        self.recorder: Recorder = recorder or _Silent()
        zeros = torch.zeros(slow.shape, dtype=torch.float64, device=tables.device)
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
        self._total_dtype = torch.float64 if compounds else tables.sum_dtype
        self.total = zeros.to(self._total_dtype)
        self.live_count = torch.zeros_like(zeros)
        self._accepted_now: Tensor | None = None

    def render(self, checkpoint: Callable[[], None] | None = None) -> Tensor:
        """(pixels,) photons, float64 (float32 in mixed precision)."""
        self.total = self.total + self._background()
        for place, q, accepted in self.sweeps():
            for evaluation in self.evaluations(place, q, accepted):
                self._add(evaluation, place)
                if checkpoint is not None and evaluation.serial % _CHECKPOINT_EVERY == 0:
                    checkpoint()
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
                    self._take_place(where, layer, v, u)
                    for j in range(len(tables.weight)):
                        place = Place(layer, v, u, j)
                        q, accepted = self._take_source(where, place)
                        yield place, q, accepted

    def _take_place(self, where: physics.Position, layer: int, v: int, u: int) -> None:
        """Solid angle and captured fraction of a sub-pixel."""
        place = {"layer": layer, "v": v, "u": u}
        record = self.recorder.record
        if self.tracing or not self.omega.is_settled:
            self.omega.add(physics.solid_angle(self.tables, where.distance_m))
        self._take_capture(where, layer, place)
        if self.tracing:
            record("FSO", where.detector_m, **place)
            if self.tables.setup.detector.curved:
                record("pos_flat_m", where.flat_m, **place)
            record("pos_m", where.lab_m, **place)
            record("R_m", where.distance_m, **place)
            record("d", where.direction, **place)
            record("omega_now", self.omega.now, **place)
            record("omega_in_force", self.omega.shown, **place)

    def _take_capture(self, where: physics.Position, layer: int, place: dict[str, int]) -> None:
        is_thick = self.tables.layers.thickness_m > 0.0
        if not is_thick and self.capture.rule != "compounding" and not self.tracing:
            return
        if self.capture.is_settled and not self.tracing:
            return
        cosine = physics.parallax(self.tables, where.direction)
        value = physics.captured_fraction(self.tables, cosine, layer)
        if not is_thick and self.capture.rule != "compounding":
            value = torch.ones_like(value)
        self.capture.add(value)
        if self.tracing:
            self.recorder.record("parallax", cosine, **place)
            self.recorder.record("cap_now", value, **place)
            self.recorder.record("cap_in_force", self.capture.shown, **place)

    def _take_source(self, where: physics.Position, place: Place) -> tuple[Tensor, Tensor | None]:
        """Scattering vector of a source, who accepts it, and its polarisation."""
        arrays = self.tables.arrays
        q = physics.scattering_vector(
            where.direction, arrays.incident[place.source], arrays.wavelength_m[place.source]
        )
        self._accepted_now = self._accepted(q, place)
        self._take_polarization(where, place, self._accepted_now)
        return q, self._accepted_now

    def _accepted(self, q: Tensor, place: Place) -> Tensor | None:
        """Which pixels lie within the resolution cut-off (spec section 9); None is all."""
        dmin_m = self.tables.setup.dmin_m
        if dmin_m <= 0.0 and not self.tracing:
            return None
        stol = 0.5 * torch.sqrt(physics.dot(q, q))
        rejected = (stol > 0.0) & (dmin_m > 0.5 / stol) if dmin_m > 0.0 else stol != stol
        if self.tracing:
            index = _index(place)
            self.recorder.record("q", q, **index)
            self.recorder.record("stol", stol, **index)
            self.recorder.record("dmin_rejected", rejected, **index)
        return ~rejected if dmin_m > 0.0 else None

    def _take_polarization(
        self, where: physics.Position, place: Place, accepted: Tensor | None
    ) -> None:
        computes = self.tables.setup.beam.polarized or self.polar.rule == "compounding"
        if not self.tracing and (not computes or self.polar.is_settled):
            return
        now = physics.polarization(
            self.tables, where.direction, self.tables.arrays.incident[place.source]
        )
        self.polar.add(now.factor if computes else torch.ones_like(now.factor), accepted)
        if self.tracing:
            index = _index(place)
            self._record_accepted("cos2theta", now.cos2theta, **index)
            self._record_accepted("psi", now.psi_rad, **index)
            self._record_accepted("polar_now", now.factor, **index)
            self._record_accepted("polar_in_force", self.polar.shown, **index)

    def _record_accepted(self, name: str, value: Tensor, **index: int) -> None:
        """Record a value of pixels that accept the source at hand; the others never had it."""
        if self._accepted_now is not None:
            value = torch.where(self._accepted_now, value.to(torch.float64), torch.nan)
        self.recorder.record(name, value, **index)

    def evaluations(self, place: Place, q: Tensor, accepted: Tensor | None) -> Iterator[Evaluation]:
        """Indices and lattice factors of all spindle steps and domains (spec 9.2)."""
        tables = self.tables
        steps, domains = tables.shape
        start = self._serial(place) * steps * domains
        is_first = self._in_first_sweep(place)
        for k in range(steps):
            if self.tracing:
                self._record_phi(place, k, is_first)
            for m in range(domains):
                hkl = physics.miller_indices(tables.arrays.cell_m[k, m], q)
                if is_first is not None:
                    first = physics.miller_indices(tables.arrays.first_cell_m[k, m], q)
                    hkl = torch.where(is_first, first, hkl)
                hkl0 = physics.nearest_indices(hkl)
                lattice = physics.lattice_factor(tables, hkl, hkl0)
                live = torch.ones_like(self.raster, dtype=torch.bool)
                if tables.background == 0.0:
                    live = lattice.value != 0.0
                if accepted is not None:
                    live = live & accepted
                yield Evaluation(start + k * domains + m, hkl, hkl0, lattice, live)

    def _record_phi(self, place: Place, k: int, is_first: Tensor | None) -> None:
        tables = self.tables
        carried = torch.full_like(self.raster, int(tables.carried[k]), dtype=torch.float64)
        if is_first is not None and tables.unrotated_first[k]:
            carried = torch.where(is_first, 0.0, carried)
            cell = torch.where(is_first, tables.direct_m.reshape(9, 1), torch.nan)
            self._record_accepted("cell_phi_first", cell, **_index(place), k=k)
        self._record_accepted("phi_carried", carried, **_index(place), k=k)

    def _serial(self, place: Place) -> int:
        oversample, sources = self.tables.setup.oversample, len(self.tables.weight)
        sub = (place.layer * oversample + place.v) * oversample + place.u
        return sub * sources + place.source

    def _in_first_sweep(self, place: Place) -> Tensor | None:
        """Which pixel has its first sweep here: it sees the unrotated cell at phi = 0 (Q19)."""
        serial = self.tables.serial
        if serial.first_pixel is None or serial.first_place != place:
            return None
        return self.raster == serial.first_pixel

    def _add(self, evaluation: Evaluation, place: Place) -> None:
        """Add one term to the running sum, under the rules of docs/semantics.md."""
        tables = self.tables
        f_latt, live = evaluation.lattice.value, evaluation.live
        f_cell = self._structure_factor(evaluation, place)
        term = f_cell * f_cell * f_latt * f_latt
        weight = tables.weight[place.source]
        entered = term if weight == 1.0 else term * weight
        per_term, running = self.products()
        if per_term is not None:
            entered = entered * per_term
        total = self.total + torch.where(live, entered, torch.zeros_like(entered))
        if running is not None:
            total = torch.where(live, total * running, total)
        self.total = total
        if self.tracing:
            self.live_count = self.live_count + live
            self._record_evaluation(evaluation, place, f_cell, term, running)

    def products(self) -> tuple[Tensor | None, Tensor | None]:
        """Products of the factors that enter every term, and of those on the running sum."""
        products: dict[str, Tensor] = {}
        for factor in (self.capture, self.polar, self.omega):
            if factor.entry != "pixel":
                is_running = factor.entry == "running"
                value = factor.now.to(self._total_dtype if is_running else self.tables.sum_dtype)
                known = products.get(factor.entry)
                products[factor.entry] = value if known is None else known * value
        return products.get("term"), products.get("running")

    def _structure_factor(self, evaluation: Evaluation, place: Place) -> Tensor:
        """F of an evaluation: interpolated where that is on and possible (spec 6.4 to 6.6)."""
        tables = self.tables
        table = tables.structure_factors
        if not tables.setup.crystal.interpolates or table.values is None:
            return physics.structure_factor(table, evaluation.hkl0, tables.sum_dtype)
        usable = physics.can_interpolate(table, evaluation.hkl)
        tricubic = usable & self._interpolation_state(evaluation.serial)
        if self.tracing:
            index = {**_index(place), **self._steps_index(evaluation)}
            live = evaluation.live
            around = physics.neighbourhood_sum(table, evaluation.hkl)
            for name, value, known in (
                ("interp_usable", usable, live),
                ("interp_state", tricubic, live),
                ("interp_floor", torch.floor(evaluation.hkl), live),
                ("F_sub_sum", around, live & usable),
            ):
                shown = torch.where(known, value.to(torch.float64), torch.nan)
                self.recorder.record(name, shown, **index)
        if not bool(tricubic.any()):
            return physics.structure_factor(table, evaluation.hkl0, tables.sum_dtype)
        smooth = physics.interpolated_factor(table, evaluation.hkl, tables.sum_dtype)
        if bool(tricubic.all()):
            return smooth
        nearest = physics.structure_factor(table, evaluation.hkl0, tables.sum_dtype)
        return torch.where(tricubic, smooth, nearest)

    def _interpolation_state(self, serial_number: int) -> Tensor:
        """(pixels,) whether interpolation is still on at an evaluation (spec Q39)."""
        serial = self.tables.serial
        if serial.switch_pixel is None:
            return torch.ones_like(self.raster, dtype=torch.bool)
        before = self.raster < serial.switch_pixel
        if serial_number < serial.switch_evaluation:
            before = before | (self.raster == serial.switch_pixel)
        return before

    def _background(self) -> Tensor | float:
        """I_bg·B of docs/semantics.md, water_scale."""
        tables = self.tables
        if tables.background == 0.0:
            return 0.0
        if all(f.entry != "term" for f in (self.capture, self.polar, self.omega)):
            return tables.background
        probe = PixelBlock(tables, self.slow, self.fast)
        weight = torch.zeros_like(self.total)
        for place, _, _ in probe.sweeps():
            product, _ = probe.products()
            assert product is not None
            weight = weight + tables.weight[place.source] * product
        count = tables.setup.oversample**2 * len(tables.weight)
        if self.capture.entry != "term":
            count *= tables.layers.count
        return tables.background * weight / count

    def _scaled(self) -> Tensor:
        """Photons of the pixel from its sum (spec section 9, after the loops)."""
        unscaled = self.tables.arrays.scale * self.total.to(torch.float64) / self.tables.setup.steps
        value = unscaled
        factors = (self.capture, self.polar, self.omega)
        for factor in factors:
            if factor.entry == "pixel":
                value = value * factor.in_force
        value = value.to(self.tables.sum_dtype)
        if self.tracing:
            record = self.recorder.record
            record("n_live", self.live_count)
            record("I_total", self.total)
            record("val_unscaled", unscaled)
            for name, factor in zip(("capture", "polar", "omega"), factors, strict=True):
                applied = factor.entry == "pixel"
                record(name, factor.in_force if applied else torch.ones_like(factor.in_force))
            record("val", value)
            record("float32", value.to(torch.float32))
        return value

    def _steps_index(self, evaluation: Evaluation) -> dict[str, int]:
        steps, domains = self.tables.shape
        number = evaluation.serial % (steps * domains)
        return {"k": number // domains, "m": number % domains}

    def _record_evaluation(
        self,
        evaluation: Evaluation,
        place: Place,
        f_cell: Tensor,
        term: Tensor,
        running: Tensor | None,
    ) -> None:
        here = {**_index(place), **self._steps_index(evaluation)}
        record = self._record_accepted
        record("hkl", evaluation.hkl, **here)
        record("hkl0", evaluation.hkl0, **here)
        for axis, factor in zip("abc", evaluation.lattice.by_axis, strict=False):
            record(f"F_latt_{axis}", factor, **here)
        if evaluation.lattice.radius2 is not None:
            record("dhkl", evaluation.hkl - evaluation.hkl0, **here)
            name = "hrad2" if self.tables.setup.crystal.shape == "round" else "rho"
            record(name, evaluation.lattice.radius2, **here)
        record("F_latt", evaluation.lattice.value, **here)
        record("skipped_zero", ~evaluation.live, **here)
        record("F_cell", torch.where(evaluation.live, f_cell, torch.nan), **here)
        record("term", torch.where(evaluation.live, term, torch.zeros_like(term)), **here)
        ones = torch.ones_like(term)
        record(
            "W", ones if running is None else torch.where(evaluation.live, running, ones), **here
        )
        record("I_running", self.total, **here)


def _index(place: Place) -> dict[str, int]:
    return {"layer": place.layer, "v": place.v, "u": place.u, "j": place.source}


def render_pixels(
    tables: Tables,
    slow: Tensor,
    fast: Tensor,
    recorder: Recorder | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> Tensor:
    """Values of pixels.

    Args:
        tables: the set-up on the device.
        slow, fast: (pixels,) int64 indices.
        recorder: keeps every intermediate value, for a trace.
        checkpoint: called now and then on the way; what it raises ends the work.

    Returns:
        (pixels,) photons, float64 (float32 in mixed precision).
    """
    return PixelBlock(tables, slow, fast, recorder).render(checkpoint)
