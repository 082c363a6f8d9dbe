"""Pixel traces: the kernel run on single pixels with every intermediate value kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from braggscope.api import CATALOGUE, Pixel, PixelTrace, Semantics, Variable, variable
from braggscope.api.trace import in_order
from braggscope.physics.mosaic import domain_angles
from braggscope_torch.kernel import render_pixels
from braggscope_torch.recording import Recorder
from braggscope_torch.tables import Tables


@torch.no_grad()
def trace_pixels(tables: Tables, pixels: Sequence[Pixel], engine: str) -> list[PixelTrace]:
    """Traces of simulated pixels."""
    index = torch.tensor(pixels, dtype=torch.int64, device=tables.device).reshape(-1, 2)
    recorder = Recorder(tables, len(pixels))
    values = render_pixels(tables, index[:, 0], index[:, 1], recorder)
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


def _pixel_variables(recorder: Recorder, position: int) -> list[Variable]:
    variables = []
    for name, array in recorder.arrays.items():
        values = array[..., position]
        if recorder.dims_of(name) and np.isnan(values).all():
            continue  # It never came to this variable.
        if values.shape[-1] == 1:
            values = values[..., 0]
        if CATALOGUE[name].kind == "exact" and np.isfinite(values).all():
            values = values.astype(np.int64)
        variables.append(variable(name, values, dims=recorder.dims_of(name)))
    return variables


def _run_variables(tables: Tables) -> list[Variable]:
    arrays = tables.arrays
    steps, domains = tables.shape
    recipe = tables.setup.recipe
    found: dict[str, object] = {
        name: quantity.value for name, quantity in tables.setup.quantities.items()
    }
    found |= {f"semantics_{n}": getattr(tables.semantics, n) for n in Semantics.model_fields}
    found |= {
        "layers": tables.layers.count,
        "dt_m": tables.layers.thickness_m,
        "hkls": tables.structure_factors.count,
        "I_bg": tables.background,
        "k": arrays.incident.cpu().numpy(),
        "lambda": arrays.wavelength_m.cpu().numpy(),
        "weight": np.array(tables.weight),
        "rng_before": recipe.mosaic_states[:-1],
        "r1": recipe.mosaic_deviates[:, 0],
        "r2": recipe.mosaic_deviates[:, 1],
        "r3": recipe.mosaic_deviates[:, 2],
        "rng_after": recipe.mosaic_states[1:],
        "angle_f32": domain_angles(
            float(recipe.mosaic_spread_rad),
            recipe.mosaic_deviates,
            tables.semantics.mosaic_generator,
        ),
        "U": arrays.rotations.cpu().numpy().reshape(domains, 9),
        "phi_rad": tables.setup.crystal.phi_rad,
        "cell_phi": arrays.cell_phi_m.cpu().numpy().reshape(steps, 9),
        "cell_mosaic": arrays.cell_m.cpu().numpy().reshape(steps, domains, 9),
    }
    table = tables.structure_factors
    if table.values is not None:
        high = [low + size - 1 for low, size in zip(table.low, table.values.shape, strict=True)]
        found |= {
            "F_table_min": np.array(table.low),
            "F_table_max": np.array(high),
            "F_table_sum": float(table.values.to(torch.float64).sum()),
        }
    return [
        variable(name, value)
        for name, value in found.items()
        if name in CATALOGUE
        and np.asarray(value).size  # Without a source there is none of its variables.
    ]
