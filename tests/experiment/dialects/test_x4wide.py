"""A real DIALS experiment, simulated: spots are where crystal, axis, beam and panel put them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gemmi
import numpy as np
import pytest
import torch

from braggscope.api import Semantics
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dialects import Choice, apply, read_file
from braggscope.experiment.reflections import load_reflections
from braggscope_torch.kernel import render_pixels
from braggscope_torch.tables import Tables, make_tables, structure_factor_table

FRAME, START_DEG, WIDTH_DEG = 45, 44.0, 1.0
#: Half the edge of the square that is simulated around a spot, pixels.
HALF = 5


@pytest.fixture(scope="module")
def data(shared: Path) -> Path:
    if not (shared / "data" / "x4wide_scaled.expt").is_file():
        pytest.skip("x4wide_scaled.expt is not among the reference data")
    return shared / "data"


@pytest.fixture(scope="module")
def experiment(data: Path) -> Experiment:
    frame = read_file(data / "x4wide_scaled.expt", Choice(image=FRAME))
    return apply(read_file(data / "x4wide_scaled.mtz"), frame)


def intensities_in_p1(data: Path) -> tuple[Any, Any]:
    """h k l and I of all symmetry mates, by gemmi's own operations."""
    mtz = gemmi.read_mtz_file(str(data / "x4wide_scaled.mtz"))
    values: dict[tuple[int, ...], float] = {}
    hkl, intensity = mtz.make_miller_array(), mtz.column_with_label("IMEAN").array
    for index, value in zip(hkl.tolist(), intensity.tolist(), strict=True):
        for operation in mtz.spacegroup.operations().sym_ops:
            mate = operation.apply_to_hkl(index)
            values[tuple(mate)] = values[tuple(-i for i in mate)] = value
    return np.array(list(values)), np.array(list(values.values()))


def predicted(data: Path) -> tuple[Any, Any]:
    """Fast and slow position, pixels, of the frame's reflections, and their intensities."""
    said = json.loads((data / "x4wide_scaled.expt").read_text())
    beam, panel = said["beam"][0], said["detector"][0]["panels"][0]
    matrix = np.reshape(said["crystal"][0]["A_at_scan_points"][FRAME - 1], (3, 3))
    axis = np.array(said["goniometer"][0]["rotation_axis"])
    s0 = -np.array(beam["direction"]) / beam["wavelength"]
    hkl, intensity = intensities_in_p1(data)
    r = hkl @ matrix.T

    def ray(phi_deg: Any) -> Any:
        phi = np.radians(phi_deg)[:, None]
        along = (r @ axis)[:, None] * axis
        return along + (r - along) * np.cos(phi) + np.cross(axis, r) * np.sin(phi) + s0

    def excess(phi_deg: Any) -> Any:
        return np.linalg.norm(ray(phi_deg), axis=1) - 1 / beam["wavelength"]

    low, high = np.full(len(r), START_DEG), np.full(len(r), START_DEG + WIDTH_DEG)
    crossing = excess(low) * excess(high) < 0
    for _ in range(40):  # Where it goes through the Ewald sphere, by bisection.
        middle = (low + high) / 2
        before = excess(middle) * excess(low) > 0
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    basis = np.column_stack([panel["fast_axis"], panel["slow_axis"], panel["origin"]])
    u, v, w = np.linalg.solve(basis, ray(low).T)
    pixels = np.column_stack([u / w, v / w]) / panel["pixel_size"][0]
    inside = np.all((pixels > HALF) & (pixels < np.array(panel["image_size"]) - HALF), axis=1)
    used = crossing & inside & (w > 0)
    return pixels[used], intensity[used]


def nearest_maxima(tables: Tables, spots: Any) -> Any:
    """Distance from each spot to the nearest local maximum of the image around it, pixels."""
    centres = np.floor(spots).astype(int)
    offset = np.arange(-HALF, HALF + 1)
    slow, fast = np.broadcast_arrays(
        centres[:, 1, None, None] + offset[:, None], centres[:, 0, None, None] + offset
    )
    pixels = (torch.from_numpy(index.ravel().copy()) for index in (slow, fast))
    image = render_pixels(tables, *pixels).numpy().reshape(slow.shape)
    inner = image[:, 1:-1, 1:-1]
    size = inner.shape[1]
    around = [
        image[:, 1 + y : 1 + y + size, 1 + x : 1 + x + size]
        for y in (-1, 0, 1)
        for x in (-1, 0, 1)
        if (y, x) != (0, 0)
    ]
    is_maximum = np.all([inner > neighbour for neighbour in around], axis=0)
    distance = np.hypot(
        fast[:, 1:-1, 1:-1] + 0.5 - spots[:, 0, None, None],
        slow[:, 1:-1, 1:-1] + 0.5 - spots[:, 1, None, None],
    )
    return np.where(is_maximum, distance, np.inf).min(axis=(1, 2))


def test_the_strongest_spots_of_a_frame_are_where_they_are_predicted(
    experiment: Experiment, data: Path
) -> None:
    pixels, intensity = predicted(data)
    strongest = np.argsort(-intensity)[:50]
    sampled = experiment.with_overrides(
        {
            **{f"crystal.cells_{axis}": 20 for axis in "abc"},
            "sampling.phi_steps": 20,
            "sampling.oversample": 1,
            # The prediction knows no depth of the sensor.
            "detector.thickness_um": 0.0,
            "detector.attenuation_um": None,
        }
    )
    setup, cpu = resolve(sampled), torch.device("cpu")
    assert sampled.crystal.structure_factors is not None
    factors = load_reflections(sampled.crystal.structure_factors)
    table = structure_factor_table(factors, 0.0, cpu, "float64")
    tables = make_tables(setup, Semantics(), table, cpu)
    distances = nearest_maxima(tables, pixels[strongest])
    assert len(distances) == 50
    assert np.count_nonzero(distances <= 1.5) >= 48, np.sort(distances)[-5:]


def test_amplitudes_are_the_roots_of_the_files_intensities(
    experiment: Experiment, data: Path
) -> None:
    assert experiment.crystal.structure_factors is not None
    factors = load_reflections(experiment.crystal.structure_factors)
    hkl, intensity = intensities_in_p1(data)
    table, low = factors.table(0.0)
    squares = table[tuple((hkl - low).T)] ** 2
    assert len(factors.amplitude) == len(hkl)
    np.testing.assert_allclose(squares, np.maximum(intensity, 0), rtol=1e-12)
    negative = np.count_nonzero(
        gemmi.read_mtz_file(str(data / "x4wide_scaled.mtz")).column_with_label("IMEAN").array < 0
    )
    assert any(f"{negative} of 11804 intensities were negative" in note for note in factors.notes)


def test_panel_and_crystal_are_the_files(experiment: Experiment, data: Path) -> None:
    said = json.loads((data / "x4wide_scaled.expt").read_text())
    panel = said["detector"][0]["panels"][0]
    setup = resolve(experiment)
    np.testing.assert_allclose(setup.detector.pix0_m * 1e3, panel["origin"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(setup.detector.fast, panel["fast_axis"], rtol=0, atol=1e-15)
    np.testing.assert_allclose(setup.detector.slow, panel["slow_axis"], rtol=0, atol=1e-15)
    ends = said["crystal"][0]["A_at_scan_points"][FRAME - 1 : FRAME + 1]
    matrix = np.mean(ends, axis=0).reshape(3, 3)
    np.testing.assert_allclose(setup.crystal.reciprocal_per_A, matrix.T, rtol=1e-12, atol=1e-16)
