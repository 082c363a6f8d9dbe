"""Derivatives where an experiment is said in other ways, by other paths through the physics."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from braggscope.api import InvalidInput, Semantics
from braggscope.experiment import Experiment, resolve
from braggscope.physics.setup import Setup
from braggscope_torch import render
from tests.engines.braggscope_torch.test_gradient import BASE, NAMES, SEMANTICS, check, parameter

CENTRE = ("beam_x_mm", "beam_y_mm")
#: None of them of length 1 or along an axis of the lab; the normal is made anew (spec Q6).
AXES: dict[str, dict[str, Any]] = {
    "beam": {"direction": [1.0, 0.03, -0.02], "polarization_axis": [0.1, 0.3, 2.0]},
    "detector": {
        "convention": "custom",
        "fast_axis": [0.05, 0.1, 1.2],
        "slow_axis": [0.02, -1.1, 0.08],
        "normal_axis": [1.1, 0.0, 0.0],
        "twotheta_axis": [0.1, 0.2, -0.9],
        "twotheta_deg": 4.0,
    },
    "sampling": {"spindle_axis": [0.3, -0.2, 1.1]},
}
MATRIX = [[0.0272, 0.0041, -0.0037], [-0.0093, 0.0219, 0.0091], [0.0064, -0.0104, 0.0205]]
SOURCES = [
    {"x": -10.0, "y": 0.11, "z": 0.22, "weight": 3.0, "wavelength_m": 1.05e-10},
    {"x": -10.0, "y": -0.21, "z": 0.13, "weight": 1.0},
    {"x": -5.0, "y": 0.1, "z": 0.05, "weight": 0.5},
]


def setup_with(*without: str, **more: dict[str, Any]) -> Setup:
    """The base experiment with other fields, and without some fields of its detector."""
    data = copy.deepcopy(BASE)
    for group, fields in more.items():
        data[group] |= fields
    for name in without:
        del data["detector"][name]
    return resolve(Experiment.build(data))


def with_options(**options: str) -> Semantics:
    return Semantics.model_validate(SEMANTICS.model_dump() | options)


def with_matrix(**crystal: Any) -> Setup:
    data = copy.deepcopy(BASE)
    data["crystal"] |= {"matrix": {"rows": MATRIX}} | crystal
    if "cell" in crystal:
        del data["crystal"]["cell"]
    return resolve(Experiment.build(data))


@pytest.mark.parametrize(
    "name", ["close_distance_m", "beam_centre_m", "rotations_rad", "twotheta_rad", "wavelength_m"]
)
def test_with_a_nearest_distance(name: str) -> None:
    check(setup_with(detector={"close_distance_mm": 58.0, "twotheta_deg": 4.0}), name)


@pytest.mark.parametrize("name", ["close_distance_m", "near_centre_m", "rotations_rad"])
def test_with_a_nearest_distance_and_the_sample_as_pivot(name: str) -> None:
    setup = setup_with(
        *CENTRE,
        detector={"convention": "xds", "org_x_px": 1.4, "org_y_px": 1.9, "close_distance_mm": 58.0},
    )
    check(setup, name)


def test_a_distance_does_not_count_beside_a_nearest_distance() -> None:
    setup = setup_with(detector={"close_distance_mm": 58.0})
    with pytest.raises(InvalidInput, match="does not enter"):
        render({"distance_m": parameter(setup, "distance_m")}, setup)


def test_the_wavelength_does_not_count_where_every_source_has_its_own() -> None:
    rows = [{"x": -10.0, "y": y, "z": 0.2, "wavelength_m": 1.05e-10} for y in (0.1, 0.2)]
    setup = setup_with(beam={"sources": {"rows": rows}})
    with pytest.raises(InvalidInput, match="does not enter"):
        render({"wavelength_m": parameter(setup, "wavelength_m")}, setup)


@pytest.mark.parametrize("pivot", ["beam", "sample"])
@pytest.mark.parametrize("name", [*NAMES, "twotheta_rad"])
def test_with_directions_of_ones_own(name: str, pivot: str) -> None:
    setup = setup_with(**(AXES | {"detector": AXES["detector"] | {"pivot": pivot}}))
    if pivot == "sample":
        name = name.replace("beam_centre", "near_centre")
    check(setup, name)


@pytest.mark.parametrize("shape", ["square", "gauss"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("cell", "wavelength_m")])
def test_with_an_orientation_matrix(name: str, shape: str) -> None:
    check(with_matrix(cell=None, shape=shape), name)


def test_a_matrix_alone_takes_the_wavelength_along() -> None:
    """It is freed of the wavelength, and with it the indices; the spots' size in 1/Å is not."""
    check(with_matrix(cell=None, shape="gauss"), "wavelength_m")
    setup = with_matrix(cell=None)
    wavelength_m = parameter(setup, "wavelength_m")
    image = render({"wavelength_m": wavelength_m}, setup, SEMANTICS)
    (gradient,) = torch.autograd.grad(image.sum(), wavelength_m)
    assert abs(gradient * wavelength_m) < 1e-9 * image.sum()


@pytest.mark.parametrize("shape", ["square", "gauss"])
@pytest.mark.parametrize("name", ["cell", "misset_rad", "wavelength_m"])
def test_with_an_orientation_matrix_and_a_cell(name: str, shape: str) -> None:
    """Directions are the matrix's, lengths the cell's (spec Q32)."""
    check(with_matrix(shape=shape), name)


@pytest.mark.parametrize("weights", ["ignored", "used"])
@pytest.mark.parametrize("name", NAMES)
def test_with_a_source_file(name: str, weights: str) -> None:
    """Only sources without a wavelength of their own follow the central one."""
    semantics = with_options(source_weights=weights)
    check(setup_with(beam={"sources": {"rows": SOURCES}}), name, semantics)


@pytest.mark.parametrize("convention", ["mosflm", "xds"])
@pytest.mark.parametrize("name", [*NAMES, "twotheta_rad"])
def test_with_a_curved_detector(name: str, convention: str) -> None:
    curved = {"curved": True, "twotheta_deg": 4.0}
    if convention == "mosflm":
        setup = setup_with(detector=curved)
    else:
        centre = {"convention": "xds", "org_x_px": 1.4, "org_y_px": 1.9}
        setup = setup_with(*CENTRE, detector=curved | centre)
        name = name.replace("beam_centre", "near_centre")
    check(setup, name)


@pytest.mark.parametrize(
    "options",
    [{}, {"capture": "per-evaluation"}, {"capture": "compounding"}, {"thickness_layers": "exact"}],
    ids=str,
)
@pytest.mark.parametrize("name", NAMES)
def test_with_a_thick_sensor(name: str, options: dict[str, str]) -> None:
    thick = {"thickness_um": 900.0, "attenuation_um": 700.0, "thickness_layers": 3}
    check(setup_with(detector=thick), name, with_options(**options))


@pytest.mark.parametrize("name", NAMES)
def test_of_a_round_crystal(name: str) -> None:
    check(setup_with(crystal={"shape": "round", "fudge": 0.8}), name)


def test_of_a_round_crystal_in_the_direct_beam() -> None:
    """There h = k = l = 0, and the sphere's transform is 0/0."""
    detector = {
        "pixels_fast": 1, "pixels_slow": 1, "pixel_mm": 0.1, "distance_mm": 100.0,
        "convention": "denzo", "beam_x_mm": 0.05, "beam_y_mm": 0.05,
    }  # fmt: skip
    data = copy.deepcopy(BASE) | {"detector": detector}
    data["crystal"]["shape"] = "round"
    setup = resolve(Experiment.build(data))
    parameters = {name: parameter(setup, name) for name in NAMES}
    image = render(parameters, setup, SEMANTICS)
    gradients = torch.autograd.grad(image.sum(), list(parameters.values()))
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)
