"""Pixel traces: the kernel run on single pixels with every intermediate value kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from braggscope.api import CATALOGUE, Pixel, PixelTrace, Semantics, Variable, variable
from braggscope.api.trace import in_order
from braggscope.physics.recipe import domain_rotations
from braggscope_torch.kernel import render_pixels
from braggscope_torch.tables import Tables

_INTEGERS = ("hkl0", "n_live")


class _ArrayRecorder:
    """Collects values in arrays with one axis per loop: (*loops, components, pixels)."""

    def __init__(self, tables: Tables, pixels: int) -> None:
        self._oversample = tables.setup.oversample
        self._sizes = {
            "subpixel": tables.setup.oversample**2,
            "source": len(tables.wavelength_m),
            "phi": tables.cell_m.shape[0],
            "domain": tables.cell_m.shape[1],
        }
        self._pixels = pixels
        self.arrays: dict[str, np.ndarray] = {}

    def record(self, name: str, value: Tensor, **index: int) -> None:
        components = value.reshape(-1, self._pixels).to("cpu", torch.float64).numpy()
        dims = CATALOGUE[name].dims
        if name not in self.arrays:
            sizes = [self._sizes[dim] for dim in dims]
            self.arrays[name] = np.full((*sizes, *components.shape), np.nan)
        place = {
            "subpixel": index.get("v", 0) * self._oversample + index.get("u", 0),
            "source": index.get("j", 0),
            "phi": index.get("k", 0),
            "domain": index.get("m", 0),
        }
        self.arrays[name][tuple(place[dim] for dim in dims)] = components


@torch.no_grad()
def trace_pixels(
    tables: Tables, semantics: Semantics, pixels: Sequence[Pixel], engine: str
) -> list[PixelTrace]:
    """Traces of pixels inside the region of interest."""
    index = torch.tensor(pixels, dtype=torch.int64, device=tables.device).reshape(-1, 2)
    recorder = _ArrayRecorder(tables, len(pixels))
    values = render_pixels(tables, semantics, index[:, 0], index[:, 1], recorder)
    of_run = _run_variables(tables)
    return [
        PixelTrace(
            pixel=Pixel(*pixel),
            engine=engine,
            variables=in_order([*of_run, *_pixel_variables(recorder, position)]),
            value=float(values[position]),
            precision=tables.precision,
        )
        for position, pixel in enumerate(pixels)
    ]


def _pixel_variables(recorder: _ArrayRecorder, position: int) -> list[Variable]:
    variables = []
    for name, array in recorder.arrays.items():
        values = array[..., position]
        if values.shape[-1] == 1:
            values = values[..., 0]
        variables.append(variable(name, values.astype(np.int64) if name in _INTEGERS else values))
    live = int(np.count_nonzero(recorder.arrays["F_latt"][..., 0, position]))
    return [*variables, variable("n_live", live)]


def _run_variables(tables: Tables) -> list[Variable]:
    setup = tables.setup
    variables = [
        variable(name, quantity.value)
        for name, quantity in setup.quantities.items()
        if name in CATALOGUE
    ]
    domains = len(setup.crystal.mosaic_deviates)
    steps = len(setup.crystal.phi_rad)
    return [
        *variables,
        variable("hkls", tables.structure_factors.count),
        variable("k", tables.incident.cpu().numpy()),
        variable("lambda", np.array(tables.wavelength_m)),
        variable("U", domain_rotations(setup.recipe, "float32").reshape(domains, 9)),
        variable("phi_rad", setup.crystal.phi_rad),
        variable("cell_phi", tables.cell_phi_m.cpu().numpy().reshape(steps, 9)),
        variable("cell_mosaic", tables.cell_m.cpu().numpy().reshape(steps, domains, 9)),
    ]
