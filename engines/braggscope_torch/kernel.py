"""The eager kernel: pixels in, photons out, on any device (spec section 9).

It renders blocks of an image and, with a recorder, the trace of single pixels: the same
functions, in the same order, on the same device.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from braggscope.api import Semantics
from braggscope_torch import physics
from braggscope_torch.tables import Tables


class Recorder(Protocol):
    """Keeps intermediate values for a trace."""

    def record(self, name: str, value: Tensor, **index: int) -> None:
        """Keep a value, (pixels,) or (components, pixels), at the given loop indices."""
        ...


class _PixelFactor:
    """A factor that is evaluated at every sub-pixel and applied once to the pixel (spec 9.1)."""

    def __init__(self, rule: str) -> None:
        self._rule = rule
        self._count = 0
        self.in_force: Tensor | None = None

    @property
    def is_settled(self) -> bool:
        """Whether further evaluations would change nothing."""
        return self._rule == "first" and self.in_force is not None

    def add(self, value: Tensor) -> Tensor:
        """Take in one evaluation; gives the factor in force after it."""
        self._count += 1
        if self.in_force is None or self._rule == "last":
            self.in_force = value
        elif self._rule == "mean":
            self.in_force = self.in_force + (value - self.in_force) / self._count
        return self.in_force


def render_pixels(
    tables: Tables,
    semantics: Semantics,
    slow: Tensor,
    fast: Tensor,
    recorder: Recorder | None = None,
) -> Tensor:
    """Values of pixels.

    Args:
        tables: the set-up on the device.
        semantics: which sub-pixel's factors count.
        slow, fast: (pixels,) int64 indices.
        recorder: keeps every intermediate value, for a trace.

    Returns:
        (pixels,) photons, float64 (float32 in mixed precision).
    """
    setup = tables.setup
    total = torch.zeros(slow.shape, dtype=tables.sum_dtype, device=tables.device)
    omega, polar = _PixelFactor(semantics.omega), _PixelFactor(semantics.polarization)
    for v in range(setup.oversample):
        for u in range(setup.oversample):
            place = {"v": v, "u": u}
            where = physics.position(tables, slow, fast, v, u)
            _take_solid_angle(tables, where, omega, recorder, place)
            for j, wavelength_m in enumerate(tables.wavelength_m):
                incident = tables.incident[j]
                q = physics.scattering_vector(where.direction, incident, wavelength_m)
                _take_polarization(tables, where, q, j, polar, recorder, place)
                total = _add_crystal(tables, q, total, recorder, {**place, "j": j})
    return _scaled(tables, total, omega, polar, recorder)


def _take_solid_angle(
    tables: Tables,
    where: physics.Position,
    omega: _PixelFactor,
    recorder: Recorder | None,
    place: dict[str, int],
) -> None:
    if omega.is_settled and recorder is None:
        return
    now = physics.solid_angle(tables, where.distance_m)
    in_force = omega.add(now)
    if recorder is not None:
        recorder.record("FSO", where.detector_m, **place)
        recorder.record("pos_m", where.lab_m, **place)
        recorder.record("R_m", where.distance_m, **place)
        recorder.record("d", where.direction, **place)
        recorder.record("omega_now", now, **place)
        recorder.record("omega_in_force", in_force, **place)


def _take_polarization(
    tables: Tables,
    where: physics.Position,
    q: Tensor,
    j: int,
    polar: _PixelFactor,
    recorder: Recorder | None,
    place: dict[str, int],
) -> None:
    polarized = tables.setup.beam.polarized
    if (polar.is_settled or not polarized) and recorder is None:
        return
    now = physics.polarization(tables, where.direction, tables.incident[j])
    in_force = polar.add(now.factor if polarized else torch.ones_like(now.factor))
    if recorder is not None:
        recorder.record("q", q, **place, j=j)
        recorder.record("stol", 0.5 * torch.sqrt(physics.dot(q, q)), **place, j=j)
        recorder.record("cos2theta", now.cos2theta, **place, j=j)
        recorder.record("psi", now.psi_rad, **place, j=j)
        recorder.record("polar_now", now.factor, **place, j=j)
        recorder.record("polar_in_force", in_force, **place, j=j)


def _add_crystal(
    tables: Tables, q: Tensor, total: Tensor, recorder: Recorder | None, place: dict[str, int]
) -> Tensor:
    """Add the terms of all spindle steps and mosaic domains (spec 9.2)."""
    n_cells = tables.setup.crystal.n_cells
    for k in range(tables.cell_m.shape[0]):
        for m in range(tables.cell_m.shape[1]):
            hkl = physics.miller_indices(tables.cell_m[k, m], q)
            hkl0 = physics.nearest_indices(hkl)
            by_axis = [
                physics.lattice_factor(hkl[i], hkl0[i], n_cells[i], tables.sum_dtype)
                for i in range(3)
            ]
            f_latt = by_axis[0] * by_axis[1] * by_axis[2]
            f_cell = physics.structure_factor(tables.structure_factors, hkl0, tables.sum_dtype)
            term = f_cell * f_cell * f_latt * f_latt
            total = total + term
            if recorder is not None:
                here = {**place, "k": k, "m": m}
                recorder.record("hkl", hkl, **here)
                recorder.record("hkl0", hkl0, **here)
                for axis, factor in zip("abc", by_axis, strict=True):
                    recorder.record(f"F_latt_{axis}", factor, **here)
                recorder.record("F_latt", f_latt, **here)
                skipped = f_latt == 0.0
                recorder.record("F_cell", torch.where(skipped, torch.nan, f_cell), **here)
                recorder.record("term", term, **here)
                recorder.record("I_running", total, **here)
    return total


def _scaled(
    tables: Tables,
    total: Tensor,
    omega: _PixelFactor,
    polar: _PixelFactor,
    recorder: Recorder | None,
) -> Tensor:
    """Photons of the pixel from its sum (spec section 9, after the loops)."""
    assert omega.in_force is not None
    value = tables.scale * total.to(torch.float64) / tables.setup.steps
    if polar.in_force is not None:
        value = value * polar.in_force
    value = (value * omega.in_force).to(tables.sum_dtype)
    if recorder is not None:
        assert polar.in_force is not None
        recorder.record("I_total", total)
        recorder.record("polar", polar.in_force)
        recorder.record("omega", omega.in_force)
        recorder.record("val", value)
    return value
