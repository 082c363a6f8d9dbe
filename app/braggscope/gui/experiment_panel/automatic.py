"""What stands for "automatic", and what is worth knowing beside a value. No Qt."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from braggscope.experiment import Experiment
from braggscope.physics.sensor import layers_of
from braggscope.physics.setup import Setup
from braggscope.physics.sources import Grid, resolve_grid

#: Rotations of more domains, and directions of more sources, would be felt while typing.
_QUICK_DOMAINS: Final = 10
_QUICK_SOURCES: Final = 4
#: As many sources are refused by `resolve`, before any is made.
_MOST_SOURCES: Final = 10**6
_DEGREES: Final = 180.0 / math.pi
#: Field -> (quantity of the set-up, factor to the field's unit).
_QUANTITIES: Final[Mapping[str, tuple[str, float]]] = {
    "crystal.mosaic_domains": ("domains", 1),
    "detector.pixels_fast": ("fpixels", 1),
    "detector.pixels_slow": ("spixels", 1),
    "detector.beam_x_mm": ("Xbeam_m", 1e3),
    "detector.beam_y_mm": ("Ybeam_m", 1e3),
    "detector.org_x_px": ("ORGX", 1),
    "detector.org_y_px": ("ORGY", 1),
    "detector.close_distance_mm": ("close_distance_in_m", 1e3),
    "sampling.oversample": ("oversample", 1),
    "sampling.osc_deg": ("osc_rad", _DEGREES),
    "sampling.phi_step_deg": ("phistep_rad", _DEGREES),
    "sampling.phi_steps": ("phisteps", 1),
}
_VECTORS: Final[Mapping[str, str]] = {
    "detector.fast_axis": "f",
    "detector.slow_axis": "s",
    "detector.normal_axis": "o",
    "detector.twotheta_axis": "t",
    "beam.direction": "b",
    "beam.polarization_axis": "p",
    "sampling.spindle_axis": "w",
}
_GRID_FIELDS: Final = tuple(
    f"divergence_{axis}_{name}" for axis in "hv" for name in ("mrad", "step_mrad", "steps")
)


def in_short(experiment: Experiment) -> Experiment:
    """The experiment with few mosaic domains and few sources: these take long and do not show."""
    return _with_few_sources(_with_few_domains(experiment))


def _with_few_domains(experiment: Experiment) -> Experiment:
    if (experiment.crystal.mosaic_domains or 0) <= _QUICK_DOMAINS:
        return experiment
    return _with(experiment, "crystal", {"mosaic_domains": _QUICK_DOMAINS})


def _with_few_sources(experiment: Experiment) -> Experiment:
    said = experiment.beam
    if said.sources is not None:
        few = said.sources.model_copy(update={"rows": said.sources.rows[:_QUICK_SOURCES]})
        return _with(experiment, "beam", {"sources": few})
    if not _QUICK_SOURCES < math.prod(g.count for g in _grids(experiment)) <= _MOST_SOURCES:
        return experiment
    none = {**dict.fromkeys(_GRID_FIELDS), "dispersion_percent": 0.0, "dispersion_steps": None}
    return _with(experiment, "beam", none)


def _with(experiment: Experiment, part: str, changes: Mapping[str, Any]) -> Experiment:
    changed = getattr(experiment, part).model_copy(update=dict(changes))
    return experiment.model_copy(update={part: changed})


def _grids(experiment: Experiment) -> tuple[Grid, Grid, Grid]:
    """Horizontal and vertical divergence in rad, and dispersion as a fraction."""
    said = experiment.beam
    width = said.dispersion_percent / 100.0
    return (
        resolve_grid(
            said.divergence_h_steps,
            _milli(said.divergence_h_mrad),
            _milli(said.divergence_h_step_mrad),
        ),
        resolve_grid(
            said.divergence_v_steps,
            _milli(said.divergence_v_mrad),
            _milli(said.divergence_v_step_mrad),
        ),
        resolve_grid(said.dispersion_steps, width if width >= 0 else None, None),
    )


def _milli(value: float | None) -> float | None:
    return None if value is None else value * 1e-3


def automatic_values(experiment: Experiment, setup: Setup) -> dict[str, str]:
    """Path of a field or a member -> what stands for it as long as nothing is said."""
    values = {
        path: _number(float(setup.quantities[name].value) * factor)
        for path, (name, factor) in _QUANTITIES.items()
        if name in setup.quantities
    }
    values["crystal.interpolate"] = "yes" if setup.crystal.interpolates else "no"
    values["detector.pivot"] = str(setup.quantities["pivot_effective"].value).upper()
    if experiment.detector.thickness_um:
        values["detector.attenuation_um"] = _number(experiment.detector.thickness_um)
        layers = layers_of(setup.detector.sensor, "overshooting")
        values["detector.thickness_layers"] = str(layers.count)
    values.update(_sizes(setup))
    values.update(_region(setup))
    values.update(_grid_values(experiment))
    for path, letter in _VECTORS.items():
        values.update(_members(path, setup.quantities[f"basis_initial_{letter}"].value))
    if experiment.crystal.misset_seed is not None:
        drawn = np.asarray(setup.quantities["misset_rad"].value, dtype=np.float64) * _DEGREES
        values.update(_members("crystal.misset_deg", drawn))
    if experiment.crystal.cell is None:
        values.update(_cell(setup))
    return values


def hints(experiment: Experiment, setup: Setup) -> dict[str, str]:
    """Path of a field -> what is worth knowing about its value."""
    found = {}
    for axis, letter in (("fast", "f"), ("slow", "s")):
        if getattr(experiment.detector, f"pixels_{axis}") is not None:
            size_mm = float(setup.quantities[f"detsize_{letter}_m"].value) * 1e3
            found[f"detector.size_{axis}_mm"] = f"Not used: the counted pixels make {size_mm:g} mm"
    for axis, cells in zip("abc", setup.crystal.n_cells, strict=True):
        if getattr(experiment.crystal, f"size_{axis}_mm") is not None:
            found[f"crystal.cells_{axis}"] = f"Not used: the size makes {cells:.6g} cells"
    if experiment.detector.close_distance_mm is not None:
        found["detector.distance_mm"] = "Not used: the nearest distance takes its place"
    if experiment.beam.flux_per_s:
        made = setup.beam.fluence_per_m2
        found["beam.fluence_per_m2"] = f"Not used: the flux makes {made:.6g} /m²"
    if experiment.crystal.misset_seed is not None:
        found["crystal.misset_deg"] = "Not used: drawn from the seed"
    return found


def _number(value: float) -> str:
    return f"{value:.6g}"


def _members(path: str, vector: Any) -> Iterator[tuple[str, str]]:
    return ((f"{path}.{i}", _number(float(value))) for i, value in enumerate(vector))


def _sizes(setup: Setup) -> Iterator[tuple[str, str]]:
    edges_mm = np.linalg.norm(setup.crystal.direct_m, axis=1) * 1e3
    for axis, cells, edge_mm in zip("abc", setup.crystal.n_cells, edges_mm, strict=True):
        yield f"crystal.size_{axis}_mm", _number(cells * float(edge_mm))


def _region(setup: Setup) -> Iterator[tuple[str, str]]:
    slow, fast = setup.detector.shape
    bounds = {"fast_min": 0, "fast_max": fast - 1, "slow_min": 0, "slow_max": slow - 1}
    return ((f"detector.roi.{name}", str(value)) for name, value in bounds.items())


def _grid_values(experiment: Experiment) -> Iterator[tuple[str, str]]:
    if experiment.beam.sources is not None:
        return
    horizontal, vertical, dispersion = _grids(experiment)
    for axis, grid in (("h", horizontal), ("v", vertical)):
        yield f"beam.divergence_{axis}_mrad", _number(grid.range * 1e3)
        yield f"beam.divergence_{axis}_step_mrad", _number(grid.step * 1e3)
        yield f"beam.divergence_{axis}_steps", str(grid.count)
    yield "beam.dispersion_steps", str(dispersion.count)


def _cell(setup: Setup) -> dict[str, str]:
    """Edges and angles of the direct cell, where the matrix alone gives them."""
    direct = setup.crystal.direct_m * 1e10
    lengths = np.linalg.norm(direct, axis=1)
    units = direct / lengths[:, None]
    pairs = (("alpha", 1, 2), ("beta", 0, 2), ("gamma", 0, 1))
    cell = {f"{name}_A": float(length) for name, length in zip("abc", lengths, strict=True)}
    for name, i, j in pairs:
        cell[f"{name}_deg"] = math.degrees(math.acos(float(np.clip(units[i] @ units[j], -1, 1))))
    return {f"crystal.cell.{name}": _number(value) for name, value in cell.items()}
