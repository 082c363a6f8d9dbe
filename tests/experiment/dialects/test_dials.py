"""DIALS experiment lists: their geometry is ours, and ours is theirs."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from braggscope.errors import InvalidInput
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.dialects import Choice, apply, export_file, import_file, read_file
from braggscope.physics.rotation import rotate_axis
from tests.experiment.dialects.placed import assert_same_experiment, placed_experiments

REST = Experiment.build({"crystal": {"cell": {"a_A": 9, "b_A": 9, "c_A": 9}, "default_F": 1}})
ONE = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
LIST: dict[str, Any] = {
    "__id__": "ExperimentList",
    "experiment": [{"beam": 0, "detector": 0, "goniometer": 0, "scan": 0, "crystal": 0}],
    "beam": [
        {
            "direction": [0.1, 0.0, 1.0],
            "wavelength": 1.1,
            "polarization_normal": [0.0, 1.0, 0.0],
            "polarization_fraction": 0.9,
        }
    ],
    "detector": [
        {
            "panels": [
                {
                    "fast_axis": [1.0, 0.0, 0.0],
                    "slow_axis": [0.0, -1.0, 0.0],
                    "origin": [-10.0, 12.0, -100.0],
                    "image_size": [200, 240],
                    "pixel_size": [0.1, 0.1],
                }
            ]
        }
    ],
    "goniometer": [
        {"rotation_axis": [0.0, 1.0, 0.0], "fixed_rotation": ONE, "setting_rotation": ONE}
    ],
    "scan": [{"image_range": [5, 8], "batch_offset": 0, "oscillation": [10.0, 0.5]}],
    "crystal": [
        {
            "real_space_a": [50.0, 1.0, 0.0],
            "real_space_b": [0.0, 60.0, 2.0],
            "real_space_c": [3.0, 0.0, 70.0],
            "space_group_hall_symbol": " P 1",
        }
    ],
}


def read(data: Any, folder: Path, choice: Choice | None = None) -> Experiment:
    (folder / "x.expt").write_text(json.dumps(data))
    return import_file(folder / "x.expt", REST, choice)


@given(placed_experiments())
@settings(max_examples=60, deadline=None)
def test_a_round_trip_keeps_geometry_crystal_and_scan(tmp_path_factory, experiment) -> None:
    path = tmp_path_factory.mktemp("expt") / "x.expt"
    export_file(experiment, path)
    again = import_file(path, experiment)
    assert_same_experiment(resolve(again), resolve(experiment))


def test_vectors_pixels_and_polarisation_are_taken_exactly(tmp_path: Path) -> None:
    setup = resolve(read(LIST, tmp_path))
    np.testing.assert_allclose(setup.detector.pix0_m, [-0.01, 0.012, -0.1], atol=1e-17)
    assert setup.detector.fast.tolist() == [1, 0, 0]
    assert setup.detector.slow.tolist() == [0, -1, 0]
    assert setup.detector.normal.tolist() == [0, 0, -1]
    assert setup.detector.shape == (240, 200)
    np.testing.assert_allclose(setup.beam.direction, -np.array([0.1, 0, 1]) / np.sqrt(1.01))
    assert setup.beam.kahn_factor == pytest.approx(0.8)
    np.testing.assert_allclose(setup.crystal.direct_m[2], [3e-10, 0, 70e-10], atol=1e-24)
    assert setup.crystal.spindle.tolist() == [0, 1, 0]
    np.testing.assert_allclose(np.degrees(setup.crystal.phi_rad), [10, 10.25])


def test_polarisation_is_the_same_function_of_direction(tmp_path: Path) -> None:
    """The formula of DIALS and XDS against that of the specification (9.3)."""
    setup = resolve(read(LIST, tmp_path))
    k, p, kahn = setup.beam.direction, setup.beam.polarization_axis, setup.beam.kahn_factor
    normal, fraction = np.array([0.0, 1.0, 0.0]), 0.9
    for d in np.random.default_rng(1).normal(size=(20, 3)):
        d = d / np.linalg.norm(d)
        across = np.cross(p, k) / np.linalg.norm(np.cross(p, k))
        psi = -np.arctan2(d @ across, d @ np.cross(k, across))
        c = d @ k
        ours = 0.5 * (1 + c * c - kahn * np.cos(2 * psi) * (1 - c * c))
        theirs = (1 - 2 * fraction) * (1 - (normal @ d) ** 2) + fraction * (1 + c * c)
        assert ours == pytest.approx(theirs, rel=1e-12)


def test_a_panel_that_faces_away_keeps_its_axes(tmp_path: Path) -> None:
    data = copy.deepcopy(LIST)
    data["detector"][0]["panels"][0]["slow_axis"] = [0.0, 1.0, 0.0]
    data["detector"][0]["panels"][0]["origin"] = [-10.0, -12.0, -100.0]
    setup = resolve(read(data, tmp_path))
    assert setup.detector.slow.tolist() == [0, 1, 0]
    assert setup.detector.normal.tolist() == [0, 0, -1]
    assert setup.detector.close_distance_m == pytest.approx(0.1)
    np.testing.assert_allclose(setup.detector.pix0_m, [-0.01, -0.012, -0.1], atol=1e-17)


def test_frames_within_frames_and_the_choice_of_a_panel(tmp_path: Path) -> None:
    data = copy.deepcopy(LIST)
    first = data["detector"][0]["panels"][0]
    second = {**first, "name": "right", "origin": [5.0, 1.0, 2.0]}
    data["detector"][0]["panels"].append(second)
    group = {
        "fast_axis": [0.0, 1.0, 0.0], "slow_axis": [1.0, 0.0, 0.0], "origin": [0.0, 0.0, -90.0],
        "children": [{"panel": 1}],
    }  # fmt: skip
    data["detector"][0]["hierarchy"] = {
        "fast_axis": [1.0, 0.0, 0.0], "slow_axis": [0.0, 1.0, 0.0], "origin": [1.0, 2.0, 3.0],
        "children": [{"panel": 0}, group],
    }  # fmt: skip
    setup = resolve(read(data, tmp_path, Choice(panel=1)))
    # The group's frame: fast y, slow x, normal -z; the panel's origin in it is (5, 1, 2).
    origin = np.sum([[1, 2, 3], [0, 0, -90], [1, 5, -2]], axis=0)
    np.testing.assert_allclose(setup.detector.pix0_m, origin * 1e-3, atol=1e-16)
    assert setup.detector.fast.tolist() == [0, 1, 0]
    assert setup.detector.slow.tolist() == [-1, 0, 0]
    imported = read_file(tmp_path / "x.expt")
    assert any("panel 0" in note for note in imported.notes)
    assert any("other 1 panels" in part for part in imported.lost)
    with pytest.raises(InvalidInput, match="no panel 2"):
        read_file(tmp_path / "x.expt", Choice(panel=2))


def test_goniometer_rotations_turn_crystal_and_spindle(tmp_path: Path) -> None:
    """r = S R(e, phi) F A h, for one axis and for three."""
    plain = resolve(read(LIST, tmp_path))
    data = copy.deepcopy(LIST)
    data["goniometer"] = [
        {
            "axes": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
            "angles": [30.0, 77.0, 40.0],
            "names": ["phi", "kappa", "omega"],
            "scan_axis": 1,
        }
    ]
    setup = resolve(read(data, tmp_path))
    x, z = np.eye(3)[0], np.eye(3)[2]
    for row, turned in zip(plain.crystal.direct_m, setup.crystal.direct_m, strict=True):
        expected = rotate_axis(rotate_axis(row, x, np.radians(30)), z, np.radians(40))
        np.testing.assert_allclose(turned, expected, rtol=1e-12, atol=1e-24)
    expected = rotate_axis(np.array([0.0, 1.0, 0.0]), z, np.radians(40))
    np.testing.assert_allclose(setup.crystal.spindle, expected, atol=1e-15)


@pytest.mark.parametrize(
    "scan",
    [
        {"image_range": [5, 8], "oscillation": [10.0, 0.5]},
        {"image_range": [5, 8], "properties": {"oscillation": [10.0, 10.5, 11.0, 11.5]}},
    ],
)
def test_an_image_of_a_scan_is_chosen(scan: dict[str, Any], tmp_path: Path) -> None:
    experiment = read({**LIST, "scan": [scan]}, tmp_path, Choice(image=7))
    assert experiment.sampling.phi_start_deg == 11.0
    assert experiment.sampling.osc_deg == 0.5
    with pytest.raises(InvalidInput, match="images 5 to 8"):
        read_file(tmp_path / "x.expt", Choice(image=4))


def test_a_scan_backwards_turns_about_the_other_axis(tmp_path: Path) -> None:
    scan = {"image_range": [1, 2], "oscillation": [10.0, -0.5]}
    sampling = read({**LIST, "scan": [scan]}, tmp_path).sampling
    assert (sampling.phi_start_deg, sampling.osc_deg) == (-10.0, 0.5)
    assert sampling.spindle_axis == (0, -1, 0)


def test_a_still_over_a_scan_is_a_still(tmp_path: Path) -> None:
    base = REST.with_overrides({"sampling.osc_deg": 1.0, "sampling.phi_steps": 7})
    (tmp_path / "x.expt").write_text(json.dumps({**LIST, "scan": [None], "experiment": [
        {"beam": 0, "detector": 0, "crystal": 0}]}))  # fmt: skip
    assert len(resolve(import_file(tmp_path / "x.expt", base)).crystal.phi_rad) == 1


def test_a_crystal_that_varies_is_taken_in_the_middle_of_the_image(tmp_path: Path) -> None:
    data = copy.deepcopy(LIST)
    matrix = np.linalg.inv(np.diag([50.0, 60.0, 70.0]))
    points = [(matrix * (1 + 0.001 * i)).ravel().tolist() for i in range(5)]
    data["crystal"][0]["A_at_scan_points"] = points
    setup = resolve(read(data, tmp_path, Choice(image=6)))
    assert setup.crystal.direct_m[0, 0] == pytest.approx(50e-10 / 1.0015)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"experiment": []}, "empty"),
        ({"experiment": [{"beam": 3, "detector": 0}]}, "IndexError"),
        ({"experiment": [{"detector": 0}]}, "no beam"),
        ({"detector": [{}]}, "panels"),
        ({"beam": [{"direction": [0, 0, 0], "wavelength": 1}]}, "zero vector"),
        ({"beam": [{"direction": [0, 0, "x"], "wavelength": 1}]}, "3 finite numbers"),
        ({"beam": [{"__id__": "polychromatic", "direction": [0, 0, 1]}]}, "monochromatic"),
        ({"crystal": [{"real_space_a": [1, 0, 0]}]}, "real_space_b"),
        ({"scan": [{"oscillation": [0, 1]}]}, "image_range"),
        ({"__id__": "DataBlock"}, "__id__"),
    ],
)
def test_lists_that_are_wrong_are_refused(
    change: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidInput, match=expected) as caught:
        read({**LIST, **change}, tmp_path)
    assert "x.expt" in str(caught.value)


def test_what_is_lost_is_said(shared: Path) -> None:
    lost = "\n".join(read_file(shared / "data" / "x4wide_scaled.expt").lost)
    for words in ("ParallaxCorrected", "15 masked", "trusted", "P 4abw 2nw", "profile", "scaling"):
        assert words in lost


def test_what_a_list_does_not_hold_is_said(tmp_path: Path) -> None:
    experiment = REST.with_overrides({"crystal.cells_a": 7, "background.water_um": 3.0})
    lost = export_file(experiment, tmp_path / "y.expt").lost
    assert {"crystal.cells_a = 7", "background.water_um = 3.0"} <= set(lost)
    assert not any("cell" in part and "cells" not in part for part in lost)
    assert apply(experiment, read_file(tmp_path / "y.expt")).crystal.cells_a == 7
