"""What the Triton kernel is told of a run: tensors on the device, numbers, and constants that its
code is made for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from braggscope_torch.blocks import number_in_region
from braggscope_torch.card import layout
from braggscope_torch.delicate import delicate_distance, largest_ratio
from braggscope_torch.reduced import as_numpy, has_few_cells, kahn_axes, whole_cells
from braggscope_torch.support import largest_index
from braggscope_torch.tables import Tables

Lookup = Literal["constant", "nearest", "tricubic"]

#: Below it, an index and its fraction fit into one number of fixed point (device/sweep.py).
_FIXED_POINT_INDEX: Final = 2.0**18
#: Sphere's volume relative to the cube's, as nanoBragg scales ROUND crystals (spec 9.2).
_ROUND_STRENGTH: Final = 0.723601254558268
_NEIGHBOURS: Final = 4
#: A pixel that never comes.
_NEVER: Final = 2**31 - 1


class Types(NamedTuple):
    """Of geometry and indices, of fractions and terms, and of sums."""

    geometry: torch.dtype
    terms: torch.dtype
    sums: torch.dtype


_TYPES: Final = {
    "float64": Types(torch.float64, torch.float64, torch.float64),
    "mixed": Types(torch.float64, torch.float32, torch.float64),
    "float32-naive": Types(torch.float32, torch.float32, torch.float32),
}


class Evaluations(NamedTuple):
    """How many there are of each in one pixel; places are (layer, slow, fast sub-pixel)."""

    places: int
    sources: int
    orientations: int

    @property
    def each(self) -> int:
        """Of one pixel."""
        return self.places * self.sources * self.orientations


@dataclass(frozen=True, eq=False)
class Job:
    """A run as the kernel sees it.

    Attributes:
        tensors: by argument's name, on the device.
        integers: by argument's name.
        constants: what the code is made for: a new combination is compiled.
        types: of the precision.
        evaluations: of every pixel.
    """

    tensors: dict[str, Tensor]
    integers: dict[str, int]
    constants: dict[str, Any]
    types: Types
    evaluations: Evaluations


def job_of(tables: Tables, lookup: Lookup, precision: str | None = None) -> Job:
    """A run that the kernel supports, with the serial order of the run.

    Args:
        lookup: how structure factors are looked up; see `lookups`.
        precision: another one than the tables'.
    """
    types = _TYPES[precision or tables.precision]
    evaluations = evaluations_of(tables)
    return Job(
        tensors=_tensors(tables, lookup, types),
        integers=_integers(tables, evaluations),
        constants=_constants(tables, lookup, types),
        types=types,
        evaluations=evaluations,
    )


def evaluations_of(tables: Tables) -> Evaluations:
    """Of every pixel."""
    steps, domains = tables.shape
    places = tables.layers.count * tables.setup.oversample**2
    return Evaluations(places, len(tables.weight), steps * domains)


def smooth_lookup(tables: Tables) -> Lookup:
    """How structure factors are looked up before interpolation ends."""
    table = tables.structure_factors
    if table.values is None:
        return "constant"
    if tables.setup.crystal.interpolates and min(table.values.shape) >= _NEIGHBOURS:
        return "tricubic"
    return "nearest"


def _tensors(tables: Tables, lookup: Lookup, types: Types) -> dict[str, Tensor]:
    def there(array: object, dtype: torch.dtype) -> Tensor:
        tensor = torch.as_tensor(np.ascontiguousarray(as_numpy(array)))
        return tensor.to(device=tables.device, dtype=dtype)

    arrays, values = tables.arrays, tables.structure_factors.values
    cells = [arrays.cell_m.reshape(-1, 3, 3)]
    if tables.serial.first_pixel is not None:
        cells.append(arrays.first_cell_m.reshape(-1, 3, 3))
    nothing = torch.zeros(1, dtype=types.terms, device=tables.device)
    return {
        "numbers": there(_numbers(tables), torch.float64),
        "depths": there(tables.layers.depth_m, types.geometry),
        "beams": there(_beams(tables, lookup), types.geometry),
        "cells": torch.cat(cells).to(types.geometry).contiguous(),
        "factors": nothing if values is None else values.to(types.terms).contiguous(),
        "mask": nothing.to(torch.uint8) if tables.mask is None else tables.mask.view(torch.uint8),
    }


def _numbers(tables: Tables) -> NDArray[np.float64]:
    """See layout.py."""
    setup, arrays = tables.setup, tables.arrays
    detector, crystal = setup.detector, setup.crystal
    cells = float(np.prod(crystal.n_cells))
    close = float(arrays.close_distance_m)
    said: dict[int, object] = {
        layout.FAST: arrays.fast,
        layout.SLOW: arrays.slow,
        layout.NORMAL: arrays.normal,
        layout.PIX0: arrays.pix0_m,
        layout.N_CELLS: crystal.n_cells,
        layout.WHOLE_CELLS: whole_cells(tables),
        layout.STARS: as_numpy(arrays.reciprocal_per_A).astype(np.float64) * cells,
        layout.LOW: tables.structure_factors.low,
        layout.SUB_M: detector.pixel_m / setup.oversample,
        layout.AREA: 1.0 if detector.point_pixel else detector.pixel_m**2 * close,
        layout.PATH: -tables.layers.thickness_m * detector.sensor.attenuation_per_m,
        layout.KAHN: setup.beam.kahn_factor,
        layout.DMIN_M: setup.dmin_m,
        layout.BACKGROUND: tables.background,
        layout.SCALE: float(arrays.scale) / setup.steps,
        layout.FUDGE: crystal.fudge,
        layout.PEAK: cells * (_ROUND_STRENGTH if crystal.shape == "round" else 1.0),
        layout.DEFAULT_F: tables.structure_factors.default_f,
        layout.DELICATE: delicate_distance(tables),
        layout.LARGEST_RATIO: largest_ratio(),
    }
    numbers = np.zeros(layout.NUMBERS)
    for at, values in said.items():
        flat = np.ravel(as_numpy(values))
        numbers[at : at + len(flat)] = flat
    return numbers


def _beams(tables: Tables, lookup: Lookup) -> NDArray[np.float64]:
    """(sources, numbers) see layout.py."""
    magnetic, electric = kahn_axes(tables)
    beams = np.zeros((len(tables.weight), layout.SOURCE_NUMBERS))
    beams[:, layout.INCIDENT : layout.INCIDENT + 3] = as_numpy(tables.arrays.incident)
    beams[:, layout.WAVELENGTH] = as_numpy(tables.arrays.wavelength_m)
    beams[:, layout.PER_WAVELENGTH] = 1.0 / beams[:, layout.WAVELENGTH]
    beams[:, layout.MAGNETIC : layout.MAGNETIC + 3] = magnetic
    beams[:, layout.ELECTRIC : layout.ELECTRIC + 3] = electric
    beams[:, layout.ALONG] = ~magnetic.any(axis=1)
    # An F that is the same for all evaluations enters with the weight.
    default_f = tables.structure_factors.default_f
    strength = default_f * default_f if lookup == "constant" else 1.0
    beams[:, layout.WEIGHT] = np.multiply(tables.weight, strength)
    return beams


def _integers(tables: Tables, evaluations: Evaluations) -> dict[str, int]:
    detector, serial = tables.setup.detector, tables.serial
    values = tables.structure_factors.values
    sizes = (1, 1, 1) if values is None else tuple(values.shape)
    switch = _NEVER
    if serial.switch_pixel is not None:
        switch = number_in_region(tables, serial.switch_pixel)
    return {
        "width": detector.roi.fast_max - detector.roi.fast_min + 1,
        "fast_min": detector.roi.fast_min,
        "slow_min": detector.roi.slow_min,
        "fast_pixels": detector.fast_pixels,
        "oversample": tables.setup.oversample,
        "sources": evaluations.sources,
        "orientations": evaluations.orientations,
        "switch_number": switch,
        "switch_evaluation": serial.switch_evaluation,
        "size_h": sizes[0],
        "size_k": sizes[1],
        "size_l": sizes[2],
    }


def _constants(tables: Tables, lookup: Lookup, types: Types) -> dict[str, Any]:
    setup, semantics = tables.setup, tables.semantics
    kind = _kind(tables, types)
    fits = largest_index(tables) < _FIXED_POINT_INDEX and types == _TYPES["mixed"]
    return {
        "SHAPE": layout.SHAPES.index(setup.crystal.shape),
        "KIND": kind,
        "LOOKUP": layout.LOOKUPS.index(lookup),
        "ROUNDS": types.terms == torch.float64 and delicate_distance(tables) > 0.0,
        "FIXED": isinstance(kind, tuple) and lookup == "constant" and fits,
        "OMEGA": layout.RULES.index(semantics.omega),
        "CAPTURE": layout.RULES.index(semantics.capture),
        "POLAR": layout.RULES.index(semantics.polarization),
        "POINT": setup.detector.point_pixel,
        "THICK": tables.layers.thickness_m > 0.0,
        "POLARIZED": setup.beam.polarized,
        "IS_KAHN": setup.beam.polarized and setup.beam.kahn_factor != 0.0,
        "DMIN": setup.dmin_m > 0.0,
        "MASKED": tables.mask is not None,
    }


def _kind(tables: Tables, types: Types) -> Any:
    """How the lattice factor is computed; see `device.sweep.lattice_factor`."""
    if tables.setup.crystal.shape != "square":
        return tables.semantics.spot_radius
    if types == _TYPES["float32-naive"]:
        return "unreduced"
    return tuple(whole_cells(tables)) if has_few_cells(tables) else "many"
