"""Seeded random runs over every feature and every semantic option, and where they are delicate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from braggscope.api import Run, Semantics, allowed_values
from braggscope.experiment import Experiment
from braggscope.experiment.files import sha256_of
from braggscope.experiment.reflections import load_reflections, structure_factors_from
from braggscope.experiment.smv import load_mask
from braggscope_torch import physics
from braggscope_torch.blocks import blocks
from braggscope_torch.kernel import Evaluations, PixelBlock
from braggscope_torch.serial import with_serial_order
from braggscope_torch.tables import Tables, make_tables, structure_factor_table

Fields = dict[str, Any]
Draw = np.random.Generator

_CENTRES = {
    "xds": ("org_x_px", "org_y_px"),
    "dials": ("org_x_px", "org_y_px"),
    "custom": ("beam_x_mm", "beam_y_mm", "close_x_mm", "close_y_mm", "org_x_px", "org_y_px"),
}
_XBEAM = ("beam_x_mm", "beam_y_mm")


def random_run(seed: int, folder: Path) -> Run:
    """A run whose every feature is drawn; its files are written into folder."""
    draw = np.random.default_rng(seed)
    detector = _detector(draw)
    shape = (detector["pixels_slow"], detector["pixels_fast"])
    if _maybe(draw, 0.3):
        detector["mask"] = _mask(draw, shape, folder / f"mask{seed}.img")
    data = {
        "beam": _beam(draw),
        "crystal": _crystal(draw, folder / f"factors{seed}.hkl"),
        "detector": detector,
        "sampling": _sampling(draw),
    }
    if detector["convention"] == "custom":
        data["beam"] |= _some(draw, direction=_axis(draw, 0), polarization_axis=_axis(draw, 2))
        data["sampling"] |= _some(draw, spindle_axis=_axis(draw, 2))
    if _maybe(draw, 0.3):
        data["background"] = {"water_um": _between(draw, 1, 50)}
    experiment = Experiment.build(data, strict=False)
    return Run(experiment=experiment, engine="torch-cpu", semantics=random_semantics(draw))


def random_semantics(draw: Draw) -> Semantics:
    """Every option at random; nanoBragg's own value as often as all others together."""
    chosen: Fields = {}
    for name in Semantics.model_fields:
        values = allowed_values(name)
        chosen[name] = values[0] if _maybe(draw) else str(draw.choice(values[1:]))
    return Semantics.model_validate(chosen)


def _maybe(draw: Draw, chance: float = 0.5) -> bool:
    return bool(draw.random() < chance)


def _between(draw: Draw, low: float, high: float) -> float:
    return float(draw.uniform(low, high))


def _count(draw: Draw, low: int, high: int) -> int:
    return int(draw.integers(low, high + 1))


def _some(draw: Draw, **choices: Any) -> Fields:
    """About half of the fields."""
    return {name: value for name, value in choices.items() if _maybe(draw)}


def _axis(draw: Draw, along: int) -> tuple[float, float, float]:
    vector = draw.normal(scale=0.1, size=3)
    vector[along] += 1.0
    return (float(vector[0]), float(vector[1]), float(vector[2]))


def _beam(draw: Draw) -> Fields:
    beam: Fields = {"wavelength_A": _between(draw, 0.7, 2.5), "polarized": _maybe(draw, 0.8)}
    beam |= _some(draw, kahn_factor=_between(draw, -1, 1))
    kind = _count(draw, 0, 2)
    if kind == 1:
        beam |= _some(
            draw,
            dispersion_percent=_between(draw, 0.1, 3),
            dispersion_steps=_count(draw, 1, 3),
            round_divergence=False,
        )
        for axis in "hv":
            beam |= _some(
                draw,
                **{
                    f"divergence_{axis}_mrad": _between(draw, 0.5, 5),
                    f"divergence_{axis}_step_mrad": _between(draw, 1, 3),
                    f"divergence_{axis}_steps": _count(draw, 1, 3),
                },
            )
    if kind == 2:
        rows = [
            {"x": _between(draw, -12, -8), "y": _between(draw, -0.2, 0.2), "z": 0.1}
            | _some(
                draw, weight=_between(draw, 0.1, 3), wavelength_m=_between(draw, 0.7e-10, 2e-10)
            )
            for _ in range(_count(draw, 1, 3))
        ]
        beam["sources"] = {"rows": rows}
    if _maybe(draw, 0.3):
        beam["flux_per_s"] = 10 ** _between(draw, 9, 14)
        beam |= _some(draw, exposure_s=_between(draw, 0.1, 2), size_mm=_between(draw, 0.01, 0.2))
    else:
        beam |= _some(draw, fluence_per_m2=10 ** _between(draw, 20, 30))
    return beam


def _crystal(draw: Draw, factors: Path) -> Fields:
    cell = {f"{edge}_A": _between(draw, 20, 120) for edge in "abc"}
    cell |= {f"{angle}_deg": _between(draw, 75, 105) for angle in ("alpha", "beta", "gamma")}
    crystal: Fields = {"cell": cell, "default_F": _between(draw, 1, 500)}
    crystal |= {f"cells_{axis}": _count(draw, 1, 9) for axis in "abc"}
    if _maybe(draw, 0.2):
        rows = draw.normal(scale=0.002, size=(3, 3)) + np.diag([0.011, 0.013, 0.009])
        crystal["matrix"] = {"rows": rows.tolist()}
        if _maybe(draw):
            del crystal["cell"]
    if _maybe(draw):
        crystal["misset_deg"] = draw.uniform(-180, 180, 3).tolist()
    elif _maybe(draw):
        crystal["misset_seed"] = _count(draw, -1000, 1000)
    crystal["shape"] = str(draw.choice(["square", "square", "round", "gauss", "tophat"]))
    crystal |= _some(
        draw, fudge=_between(draw, 0.2, 3), size_a_mm=_between(draw, 1e-6, 2e-5),
        size_c_mm=_between(draw, 1e-6, 2e-5), interpolate=_maybe(draw),
        mosaic_seed=_count(draw, -1000, 1000),
    )  # fmt: skip
    if _maybe(draw):
        crystal["mosaic_spread_deg"] = _between(draw, 0.01, 5)
        crystal |= _some(draw, mosaic_domains=_count(draw, 1, 4))
    if _maybe(draw, 0.6):
        _write_factors(draw, factors)
        crystal["structure_factors"] = structure_factors_from(factors)
        if _maybe(draw):
            crystal["default_F"] = 0.0
    return crystal


def _write_factors(draw: Draw, path: Path) -> None:
    """A table that small angles stay inside of and large ones leave."""
    sides = [np.arange(-_count(draw, 3, 15), _count(draw, 4, 15)) for _ in range(3)]
    hkl = np.stack(np.meshgrid(*sides, indexing="ij"), axis=-1).reshape(-1, 3)
    listed = draw.random(len(hkl)) < 0.9
    amplitude = draw.uniform(0, 500, len(hkl))
    lines = [
        f"{h} {k} {index_l} {f!r}"
        for (h, k, index_l), f in zip(hkl[listed].tolist(), amplitude[listed].tolist(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")


def _detector(draw: Draw) -> Fields:
    convention = str(draw.choice(["mosflm", "xds", "adxv", "denzo", "dials", "custom"]))
    detector: Fields = {
        "convention": convention,
        "pixel_mm": _between(draw, 0.5, 3),
        "pixels_fast": _count(draw, 8, 24),
        "pixels_slow": _count(draw, 8, 24),
        "distance_mm": _between(draw, 40, 200),
    }
    detector |= _some(draw, **{n: _between(draw, -5, 25) for n in _CENTRES.get(convention, _XBEAM)})
    detector |= _some(
        draw,
        close_distance_mm=_between(draw, 40, 200),
        rotation_x_deg=_between(draw, -25, 25),
        rotation_y_deg=_between(draw, -25, 25),
        rotation_z_deg=_between(draw, -25, 25),
        twotheta_deg=_between(draw, -20, 20),
    )
    detector |= {"curved": _maybe(draw, 0.2), "point_pixel": _maybe(draw, 0.2)}
    if convention == "custom":
        detector |= _some(
            draw, pivot="sample", fast_axis=(0.0, 0.1, 1.0), slow_axis=(0.0, -1.0, 0.1),
            normal_axis=(2.0, 0.0, 0.0), twotheta_axis=_axis(draw, 1),
        )  # fmt: skip
    if _maybe(draw, 0.4):
        detector["thickness_um"] = _between(draw, 1, 500)
        detector |= _some(
            draw, thickness_layers=_count(draw, 1, 4), attenuation_um=_between(draw, 50, 800)
        )
    if _maybe(draw, 0.3):
        detector["roi"] = {"fast_min": 1, "fast_max": 6, "slow_min": 2, "slow_max": 40}
    return detector


def _mask(draw: Draw, shape: tuple[int, int], path: Path) -> Fields:
    header = f"{{\nHEADER_BYTES=512;\nSIZE1={shape[1]};\nSIZE2={shape[0]};\n}}\f"
    pixels = (draw.random(shape) < 0.8).astype(np.uint16)
    content = header.encode().ljust(512) + pixels.tobytes()
    path.write_bytes(content)
    return {"path": path, "sha256": sha256_of(content)}


def _sampling(draw: Draw) -> Fields:
    sampling: Fields = {"oversample": _count(draw, 1, 3)}
    sampling |= _some(draw, phi_start_deg=_between(draw, -90, 90))
    if _maybe(draw, 0.3):
        sampling["dmin_A"] = _between(draw, 1, 4)
    if _maybe(draw):
        sampling["osc_deg"] = _between(draw, 0.1, 5)
        sampling |= _some(draw, phi_steps=_count(draw, 1, 4))
    return sampling


def tables_of(run: Run) -> Tables:
    """The torch engine's tables of a run, float64."""
    setup, experiment = run.setup, run.effective_experiment
    reference, mask = experiment.crystal.structure_factors, experiment.detector.mask
    device = torch.device("cpu")
    factors = structure_factor_table(
        None if reference is None else load_reflections(reference),
        setup.crystal.default_f,
        device,
        "float64",
    )
    seen = None if mask is None else load_mask(mask, setup.detector.shape)
    return with_serial_order(make_tables(setup, run.semantics, factors, device, mask=seen))


def delicate_pixels(run: Run, within: float = 1e-12) -> np.ndarray:
    """[slow, fast] bool: pixels with an evaluation so close to a discontinuity.

    Discontinuities are: where the nearest reflection changes, the edge of TOPHAT spots, the
    resolution cut-off, and the edge of the table for interpolation.
    """
    tables = tables_of(run)
    delicate = np.zeros(run.setup.detector.shape, dtype=bool)
    for slow, fast in blocks(tables):
        block = PixelBlock(tables, slow, fast)
        margin = torch.full_like(block.omega.now, np.inf)
        for place, q, accepted in block.sweeps():
            if run.setup.dmin_m > 0.0:
                stol = 0.5 * torch.sqrt(physics.dot(q, q))
                margin = torch.minimum(margin, (2.0 * run.setup.dmin_m * stol - 1.0).abs())
            for evaluations in block.evaluations(place, q, accepted):
                margin = torch.minimum(margin, _margin(tables, evaluations).amin(dim=0))
        delicate[slow.numpy(), fast.numpy()] = (margin < within).numpy()
    return delicate


def _margin(tables: Tables, evaluations: Evaluations) -> torch.Tensor:
    """(orientations, pixels)"""
    hkl = evaluations.indices.hkl
    margin = ((hkl - torch.floor(hkl)) - 0.5).abs().amin(dim=0)
    if tables.setup.crystal.shape == "tophat":
        edge = (evaluations.lattice.radius2 * tables.setup.crystal.fudge / 0.3969 - 1.0).abs()
        margin = torch.minimum(margin, edge)
    table = tables.structure_factors
    if tables.setup.crystal.interpolates and table.values is not None:
        for axis, (low, size) in enumerate(zip(table.low, table.values.shape, strict=True)):
            for edge_index in (low + 2.0, low + size - 3.0):
                margin = torch.minimum(margin, (hkl[axis] - edge_index).abs())
    return margin
