"""Identities of rotations, cells and detector geometry."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from braggscope.physics.cell import (
    cell_volume,
    lattice_from_reciprocal,
    misset,
    reciprocal_from_cell,
)
from braggscope.physics.detector import (
    CONVENTIONS,
    Placement,
    SaidCentre,
    basis_of,
    place_detector,
    resolve_centre,
    resolve_size,
)
from braggscope.physics.rotation import rotate_axis, rotate_xyz, unit

ANGLES = st.floats(-math.pi, math.pi)
LENGTHS = st.floats(5, 500)
CELL_ANGLES = st.floats(math.radians(70), math.radians(110))
RIGHT = st.just(math.pi / 2)
#: With two right angles the default orientation of spec 5.1 is exact; with one or none its c*
#: is not, since it takes V/(abc) for V*/(a*b*c*), as nanoBragg does.
CELLS = (
    st.tuples(LENGTHS, LENGTHS, LENGTHS, RIGHT, CELL_ANGLES, RIGHT)
    | st.tuples(LENGTHS, LENGTHS, LENGTHS, RIGHT, RIGHT, CELL_ANGLES)
).map(np.array)


@given(ANGLES, ANGLES, ANGLES)
def test_rotations_keep_lengths_and_undo(x: float, y: float, z: float) -> None:
    vector = np.array([1.0, -2.0, 3.0])
    turned = rotate_xyz(vector, (x, y, z))
    assert np.linalg.norm(turned) == pytest.approx(np.linalg.norm(vector))
    axes = np.eye(3)
    by_axes = vector
    for axis, angle in zip(axes, (x, y, z), strict=True):
        by_axes = rotate_axis(by_axes, axis, angle)
    assert turned == pytest.approx(by_axes, abs=1e-12)


def test_the_zero_vector_has_no_direction() -> None:
    assert np.array_equal(unit(np.zeros(3)), np.zeros(3))


@given(CELLS, ANGLES, ANGLES, ANGLES)
def test_cells_survive_the_way_through_reciprocal_space(
    cell: np.ndarray, x: float, y: float, z: float
) -> None:
    lattice = lattice_from_reciprocal(misset(reciprocal_from_cell(cell), (x, y, z)), cell)
    lengths = np.linalg.norm(lattice.direct, axis=1)
    assert lengths == pytest.approx(cell[:3], rel=1e-9)
    cosine = lattice.direct[0] @ lattice.direct[1] / (lengths[0] * lengths[1])
    assert cosine == pytest.approx(math.cos(cell[5]), abs=1e-9)
    assert abs(np.linalg.det(lattice.direct)) == pytest.approx(cell_volume(cell), rel=1e-9)
    assert lattice.direct @ lattice.reciprocal.T == pytest.approx(np.eye(3), abs=1e-9)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_beam_meets_the_detector_where_the_convention_says(name) -> None:
    size = resolve_size(0.1e-3, 400, 300, 0.0, 0.0)
    said = SaidCentre(12e-3, 9e-3, None, None, 123.5, 90.5)
    centre = resolve_centre(name, size, said)
    geometry = place_detector(
        Placement(
            basis_of(CONVENTIONS[name]),
            CONVENTIONS[name].pivot,
            np.array([centre.beam_fast, centre.beam_slow]),
            np.array([centre.near_fast, centre.near_slow]),
            0.1,
            None,
            np.zeros(3),
            0.0,
        )
    )
    spot = (
        geometry.pix0_m
        + geometry.beam_fast_m * geometry.fast
        + geometry.beam_slow_m * geometry.slow
    )
    assert spot == pytest.approx(0.1 * np.array(CONVENTIONS[name].beam), abs=1e-15)
    expected = {
        "mosflm": (9.05e-3, 12.05e-3),
        "denzo": (9e-3, 12e-3),
        "adxv": (12e-3, 30e-3 - 9e-3),
        "xds": (12.3e-3, 9e-3),
        "dials": (12.3e-3, 9e-3),
        "custom": (12e-3, 9e-3),
    }[name]
    assert (geometry.beam_fast_m, geometry.beam_slow_m) == pytest.approx(expected, abs=1e-15)
