"""What the native kernel is told of a run: the mirror of source/job.h."""

from __future__ import annotations

import ctypes
from functools import lru_cache
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from braggscope_torch.delicate import delicate_distance
from braggscope_torch.reduced import (
    as_numpy,
    has_few_cells,
    kahn_axes,
    sine_ratio_polynomial,
    whole_cells,
)
from braggscope_torch.tables import Tables

Lookup = Literal["constant", "nearest", "tricubic", "scan"]

_MOST_TERMS: Final = 6
_SHAPES: Final = ("square", "round", "gauss", "tophat")
_RULES: Final = ("first", "last", "mean", "per-evaluation")
_LOOKUPS: Final = ("constant", "nearest", "tricubic", "scan")
_Vector = ctypes.c_double * 3
_Doubles = ctypes.POINTER(ctypes.c_double)
_C_TYPES: Final[dict[type[np.generic], Any]] = {
    np.float64: ctypes.c_double,
    np.uint8: ctypes.c_uint8,
}


class JobStructure(ctypes.Structure):
    """`struct job`; see there."""

    _fields_ = (
        ("fast", _Vector),
        ("slow", _Vector),
        ("normal", _Vector),
        ("pix0_m", _Vector),
        ("pixel_m", ctypes.c_double),
        ("close_distance_m", ctypes.c_double),
        ("layer_thickness_m", ctypes.c_double),
        ("attenuation_per_m", ctypes.c_double),
        ("depth_m", _Doubles),
        ("mask", ctypes.POINTER(ctypes.c_uint8)),
        ("fast_pixels", ctypes.c_int64),
        ("roi_fast_min", ctypes.c_int64),
        ("roi_slow_min", ctypes.c_int64),
        ("roi_width", ctypes.c_int64),
        ("layers", ctypes.c_int32),
        ("oversample", ctypes.c_int32),
        ("point_pixel", ctypes.c_int32),
        ("thick", ctypes.c_int32),
        ("incident", _Doubles),
        ("wavelength_m", _Doubles),
        ("weight", _Doubles),
        ("magnetic", _Doubles),
        ("electric", _Doubles),
        ("kahn_factor", ctypes.c_double),
        ("dmin_m", ctypes.c_double),
        ("sources", ctypes.c_int32),
        ("polarized", ctypes.c_int32),
        ("cells_m", _Doubles),
        ("orientations", ctypes.c_int64),
        ("first_cells_m", _Doubles),
        ("first_slow", ctypes.c_int64),
        ("first_fast", ctypes.c_int64),
        ("first_layer", ctypes.c_int32),
        ("first_v", ctypes.c_int32),
        ("first_u", ctypes.c_int32),
        ("first_source", ctypes.c_int32),
        ("reciprocal_per_A", _Vector * 3),
        ("n_cells", _Vector),
        ("whole_cells", _Vector),
        ("ratio", (ctypes.c_double * _MOST_TERMS) * 3),
        ("ratio_single", (ctypes.c_float * _MOST_TERMS) * 3),
        ("ratio_terms", ctypes.c_int32),
        ("even", ctypes.c_int32 * 3),
        ("fudge", ctypes.c_double),
        ("delicate", ctypes.c_double),
        ("shape", ctypes.c_int32),
        ("per_axis_radius", ctypes.c_int32),
        ("factors", _Doubles),
        ("low", ctypes.c_int64 * 3),
        ("sizes", ctypes.c_int64 * 3),
        ("default_f", ctypes.c_double),
        ("lookup", ctypes.c_int32),
        ("omega_rule", ctypes.c_int32),
        ("polarization_rule", ctypes.c_int32),
        ("capture_rule", ctypes.c_int32),
        ("background", ctypes.c_double),
        ("scale", ctypes.c_double),
        ("steps", ctypes.c_double),
        ("image64", _Doubles),
        ("image32", ctypes.POINTER(ctypes.c_float)),
        ("cancelled", ctypes.POINTER(ctypes.c_int32)),
    )


class OutcomeStructure(ctypes.Structure):
    """`struct outcome`; see there."""

    _fields_ = (("not_finite", ctypes.c_int64), ("found", ctypes.c_int64))


class Job:
    """A run as the kernel sees it, with the memory that it points to.

    Args:
        tables: of a run that the kernel supports.
        image: (slow, fast) contiguous, float64, or float32 for mixed precision.

    Attributes:
        structure: what the library takes.
        cancelled: one int32; another value than 0 ends the work.
    """

    def __init__(self, tables: Tables, image: NDArray[Any], lookup: Lookup) -> None:
        self._kept: list[NDArray[Any]] = []
        self.cancelled = np.zeros(1, dtype=np.int32)
        self.structure = JobStructure()
        self._say_detector(tables)
        self._say_beam(tables)
        self._say_crystal(tables)
        self._say_factors(tables, lookup)
        self._say_result(tables, image)

    def _pointer(self, array: object, dtype: type[np.generic] = np.float64) -> Any:
        """A pointer to an array's memory, which lives as long as the job."""
        values = np.ascontiguousarray(as_numpy(array), dtype=dtype)
        self._kept.append(values)
        return values.ctypes.data_as(ctypes.POINTER(_C_TYPES[values.dtype.type]))

    def _say_detector(self, tables: Tables) -> None:
        said, arrays, detector = self.structure, tables.arrays, tables.setup.detector
        for name in ("fast", "slow", "normal", "pix0_m"):
            setattr(said, name, _Vector(*as_numpy(getattr(arrays, name))))
        said.pixel_m = detector.pixel_m
        said.close_distance_m = float(arrays.close_distance_m)
        said.layer_thickness_m = tables.layers.thickness_m
        said.attenuation_per_m = detector.sensor.attenuation_per_m
        said.depth_m = self._pointer(tables.layers.depth_m)
        if tables.mask is not None:
            said.mask = self._pointer(tables.mask, np.uint8)
        said.fast_pixels = detector.fast_pixels
        said.roi_fast_min, said.roi_slow_min = detector.roi.fast_min, detector.roi.slow_min
        said.roi_width = detector.roi.fast_max - detector.roi.fast_min + 1
        said.layers, said.oversample = tables.layers.count, tables.setup.oversample
        said.point_pixel = detector.point_pixel
        said.thick = tables.layers.thickness_m > 0.0

    def _say_beam(self, tables: Tables) -> None:
        said, beam = self.structure, tables.setup.beam
        incident = as_numpy(tables.arrays.incident)
        magnetic, electric = kahn_axes(tables)
        said.incident = self._pointer(incident)
        said.wavelength_m = self._pointer(tables.arrays.wavelength_m)
        said.weight = self._pointer(tables.weight)
        said.magnetic = self._pointer(magnetic)
        said.electric = self._pointer(electric)
        said.kahn_factor, said.dmin_m = beam.kahn_factor, tables.setup.dmin_m
        said.sources, said.polarized = len(incident), beam.polarized

    def _say_crystal(self, tables: Tables) -> None:
        said, crystal = self.structure, tables.setup.crystal
        cells = as_numpy(tables.arrays.cell_m)
        said.cells_m = self._pointer(cells)
        said.orientations = cells.shape[0] * cells.shape[1]
        self._say_first_sweep(tables)
        for row, star in enumerate(as_numpy(tables.arrays.reciprocal_per_A)):
            said.reciprocal_per_A[row] = _Vector(*star)
        said.n_cells = _Vector(*crystal.n_cells)
        said.whole_cells = _Vector(*whole_cells(tables))
        if has_few_cells(tables):
            self._say_ratios(whole_cells(tables))
        said.fudge = crystal.fudge
        said.delicate = delicate_distance(tables)
        said.shape = _SHAPES.index(crystal.shape)
        said.per_axis_radius = tables.semantics.spot_radius == "per-axis"

    def _say_first_sweep(self, tables: Tables) -> None:
        said, serial = self.structure, tables.serial
        said.first_slow = -1
        if serial.first_pixel is not None and serial.first_place is not None:
            said.first_cells_m = self._pointer(tables.arrays.first_cell_m)
            said.first_slow, said.first_fast = divmod(
                serial.first_pixel, tables.setup.detector.fast_pixels
            )
            place = serial.first_place
            said.first_layer, said.first_v, said.first_u = place.layer, place.v, place.u
            said.first_source = place.source

    def _say_ratios(self, whole: list[int]) -> None:
        said = self.structure
        polynomials = [sine_ratio_polynomial(cells) for cells in whole]
        said.ratio_terms = max(len(polynomial) for polynomial in polynomials)
        for axis, polynomial in enumerate(polynomials):
            padded = [0] * (said.ratio_terms - len(polynomial)) + polynomial
            said.ratio[axis][: len(padded)] = padded
            said.ratio_single[axis][: len(padded)] = padded
            said.even[axis] = whole[axis] % 2 == 0

    def _say_factors(self, tables: Tables, lookup: Lookup) -> None:
        said, table = self.structure, tables.structure_factors
        said.default_f = table.default_f
        said.lookup = _LOOKUPS.index(lookup)
        if table.values is not None:
            said.factors = self._pointer(_bordered(tables))
            said.low[:], said.sizes[:] = table.low, tuple(table.values.shape)

    def _say_result(self, tables: Tables, image: NDArray[Any]) -> None:
        said, semantics = self.structure, tables.semantics
        said.omega_rule = _RULES.index(semantics.omega)
        said.polarization_rule = _RULES.index(semantics.polarization)
        said.capture_rule = _RULES.index(semantics.capture)
        said.background = tables.background
        said.scale, said.steps = float(tables.arrays.scale), float(tables.setup.steps)
        self._kept.append(image)
        if image.dtype == np.float64:
            said.image64 = image.ctypes.data_as(_Doubles)
        else:
            said.image32 = image.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        said.cancelled = self.cancelled.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))


@lru_cache(maxsize=2)
def _border(values: torch.Tensor, default_f: float) -> NDArray[np.float64]:
    return np.pad(values.numpy().astype(np.float64), 1, constant_values=default_f)


def _bordered(tables: Tables) -> NDArray[np.float64]:
    """Structure factors with the default all around: what lies outside is looked up there."""
    table = tables.structure_factors
    assert table.values is not None
    return _border(table.values, table.default_f)
