"""How close to a reflection the rounding of nanoBragg's sines shows."""

from __future__ import annotations

import numpy as np
import pytest

from braggscope.api import Run
from braggscope.experiment import Experiment
from braggscope_torch import physics
from braggscope_torch.blocks import blocks
from braggscope_torch.delicate import delicate_distance, largest_q_per_m
from braggscope_torch.kernel import PixelBlock
from tests.engines.random_runs import tables_of

CELL = "-cell 60 70 80 85 95 100 -default_F 100 -lambda 1 -oversample 2 -pixel 1 -detpixels 40"


def run_of(flags: str) -> Run:
    return Run(experiment=Experiment.from_nanobragg(f"{CELL} {flags}".split()), engine="torch-cpu")


@pytest.mark.parametrize("n_cells", [3, 5, 60, 1001])
def test_the_rounding_changes_a_squared_ratio_by_no_more_than_said(n_cells: int) -> None:
    """But not by much less, either."""
    draw = np.random.default_rng(n_cells)
    off = 10.0 ** draw.uniform(-9, -4, 20000) / n_cells
    h = np.rint(draw.uniform(-300, 300, off.size)) + off
    off = h - np.rint(h)
    x = h * np.pi
    rounded = np.sin(x * n_cells) / np.sin(x)
    exact = np.sin(np.pi * n_cells * off) / np.sin(np.pi * off)
    error = np.abs((rounded / exact) ** 2 - 1.0)
    bound = 2.0**-52 * np.abs(h / off)
    # What is left is the rounding of everything else, and of h times pi where the ratio falls.
    assert (error <= bound + 1e-12 * n_cells).all()
    assert (error > bound / 10).mean() > 0.3


@pytest.mark.parametrize(
    "flags",
    [
        "-distance 30",
        "-distance 20 -twotheta 70",
        "-distance 25 -detector_rotx 80 -hdivrange 20 -hdivsteps 3 -dispersion 10 -dispsteps 3",
        "-distance 50 -roi 3 9 20 22 -detector_thick 450 -detector_abs 300 -detector_thicksteps 3",
        "-distance -30",
    ],
)
def test_no_scattering_vector_is_longer_than_the_longest(flags: str) -> None:
    tables = tables_of(run_of(flags))
    longest = 0.0
    for slow, fast in blocks(tables):
        for _, q, _ in PixelBlock(tables, slow, fast).sweeps():
            longest = max(longest, float(physics.dot(q, q).max().sqrt()))
    assert longest <= largest_q_per_m(tables) <= max(1.2 * longest, 2.0e10 / 0.9)


def test_one_cell_across_and_other_shapes_have_no_such_sines() -> None:
    assert delicate_distance(tables_of(run_of("-N 1"))) == 0.0
    assert delicate_distance(tables_of(run_of("-N 5 -gauss_xtal"))) == 0.0
    assert 0.0 < delicate_distance(tables_of(run_of("-N 5 -distance 100"))) < 1e-4
