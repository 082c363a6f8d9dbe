"""Derivatives of the image by what an experiment says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from braggscope.api import InvalidInput, Semantics
from braggscope.experiment import Experiment, resolve
from braggscope.experiment.reflections import Reflections
from braggscope.physics.setup import Setup
from braggscope_torch import render

#: A tilted crystal in front of a tilted detector, so that nothing is symmetric.
BASE: dict[str, Any] = {
    "beam": {"wavelength_A": 1.1, "kahn_factor": 0.6},
    "crystal": {
        "cell": {
            "a_A": 31,
            "b_A": 37,
            "c_A": 41,
            "alpha_deg": 85,
            "beta_deg": 95,
            "gamma_deg": 104,
        },
        "misset_deg": [11.3, 22.1, 33.7],
        "cells_a": 3,
        "cells_b": 4,
        "cells_c": 5,
        "default_F": 10.0,
        "mosaic_spread_deg": 0.7,
        "mosaic_domains": 3,
    },
    "detector": {
        "pixels_fast": 3,
        "pixels_slow": 3,
        "pixel_mm": 4.0,
        "distance_mm": 60.0,
        "rotation_x_deg": 3.0,
        "rotation_y_deg": -4.0,
        "rotation_z_deg": 5.0,
        "beam_x_mm": 4.3,
        "beam_y_mm": 5.2,
    },
    "sampling": {"oversample": 1, "phi_start_deg": 1.0, "osc_deg": 0.5, "phi_steps": 2},
}
SEMANTICS = Semantics(mosaic_generator="float64")


def setup_of(shape: str = "square", convention: str = "mosflm", **crystal: Any) -> Setup:
    data = {key: dict(value) for key, value in BASE.items()}
    data["crystal"] |= {"shape": shape, **crystal}
    if convention == "xds":
        for name in ("beam_x_mm", "beam_y_mm"):
            del data["detector"][name]
        data["detector"] |= {"convention": "xds", "org_x_px": 1.4, "org_y_px": 1.9}
    return resolve(Experiment.build(data))


def reflections() -> Reflections:
    """A table that holds the whole image, with structure factors that vary smoothly."""
    side = np.arange(-18, 19)
    hkl = np.stack(np.meshgrid(side, side, side, indexing="ij"), axis=-1).reshape(-1, 3)
    wave = np.cos(hkl @ np.array([0.3, 0.4, 0.5]))
    return Reflections(hkl.astype(np.int32), 20.0 + 10.0 * wave)


def parameter(setup: Setup, name: str) -> Tensor:
    value = 1.3 if name == "scale" else np.asarray(getattr(setup.recipe, name))
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def check(setup: Setup, name: str, semantics: Semantics = SEMANTICS, **more: Any) -> None:
    """Derivatives by differences, in units in which parameter and image are of order one."""
    start = parameter(setup, name).detach()
    size = torch.where(start != 0, start.abs(), torch.ones_like(start))
    unit = float(render({}, setup, semantics, **more).abs().max())

    def image(x: Tensor) -> Tensor:
        return render({name: start + size * x}, setup, semantics, **more) / unit

    zero = torch.zeros_like(start, requires_grad=True)
    assert torch.autograd.gradcheck(image, (zero,), eps=1e-7, atol=2e-4, rtol=1e-3)
    (gradient,) = torch.autograd.grad(image(zero).square().sum(), zero)
    assert torch.isfinite(gradient).all()
    assert bool((gradient != 0).any())


NAMES = (
    "cell",
    "misset_rad",
    "wavelength_m",
    "distance_m",
    "beam_centre_m",
    "rotations_rad",
    "mosaic_spread_rad",
    "scale",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", ["square", "gauss"])
def test_derivatives_with_one_structure_factor(name: str, shape: str) -> None:
    check(setup_of(shape), name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", ["square", "gauss"])
def test_derivatives_with_interpolated_structure_factors(name: str, shape: str) -> None:
    setup = setup_of(shape)
    setup = replace(setup, crystal=replace(setup.crystal, interpolates=True))
    check(setup, name, reflections=reflections())


@pytest.mark.parametrize("name", ["near_centre_m", "twotheta_rad", "rotations_rad", "distance_m"])
def test_derivatives_with_the_sample_as_pivot(name: str) -> None:
    check(setup_of(convention="xds"), name)


def test_an_unrotated_detector_has_a_derivative_by_its_rotation() -> None:
    data = {key: dict(value) for key, value in BASE.items()}
    for axis in "xyz":
        del data["detector"][f"rotation_{axis}_deg"]
    check(resolve(Experiment.build(data)), "rotations_rad")


def test_the_derivative_is_finite_where_the_sine_ratio_is_zero_over_zero() -> None:
    """The pixel in the direct beam has h = k = l = 0."""
    data = {key: dict(value) for key, value in BASE.items()}
    data["detector"] = {
        "pixels_fast": 1, "pixels_slow": 1, "pixel_mm": 0.1, "distance_mm": 100.0,
        "convention": "denzo", "beam_x_mm": 0.05, "beam_y_mm": 0.05,
    }  # fmt: skip
    setup = resolve(Experiment.build(data))
    parameters = {name: parameter(setup, name) for name in NAMES}
    image = render(parameters, setup, SEMANTICS)
    gradients = torch.autograd.grad(image.sum(), list(parameters.values()))
    assert all(bool(torch.isfinite(gradient).all()) for gradient in gradients)


def test_the_image_is_the_engines_own() -> None:
    setup = setup_of()
    plain = render({}, setup)
    again = render({"distance_m": parameter(setup, "distance_m")}, setup)
    assert torch.allclose(plain, again, rtol=1e-10, atol=0)


def test_what_has_no_derivative_is_refused() -> None:
    spread = torch.tensor(0.01, dtype=torch.float64)
    with pytest.raises(InvalidInput, match="single precision"):
        render({"mosaic_spread_rad": spread}, setup_of())
    with pytest.raises(InvalidInput, match=r"float64 tensor of shape \(6,\)"):
        render({"cell": torch.ones(3, dtype=torch.float64)}, setup_of())
    for name in ("near_centre_m", "close_distance_m"):
        with pytest.raises(InvalidInput, match="does not enter"):
            render({name: torch.zeros(2, dtype=torch.float64)}, setup_of())
    with pytest.raises(InvalidInput, match="Parameters"):
        render({"colour": torch.tensor(0.01)}, setup_of())


@pytest.mark.parametrize("name", ["cell", "distance_m"])
def test_derivatives_of_derivatives(name: str) -> None:
    setup = setup_of()
    start = parameter(setup, name).detach()
    unit = float(render({}, setup, SEMANTICS).abs().max())

    def total(x: Tensor) -> Tensor:
        return render({name: start + start.abs() * x}, setup, SEMANTICS).sum() / unit

    zero = torch.zeros_like(start, requires_grad=True)
    assert torch.autograd.gradgradcheck(total, (zero,), eps=1e-7, atol=1e-1, rtol=1e-3)


def test_blocks_do_not_change_derivatives() -> None:
    setup = setup_of()
    gradients = []
    for memory_mb in (512, 0):
        cell = parameter(setup, "cell")
        render({"cell": cell}, setup, SEMANTICS, memory_mb=memory_mb).square().sum().backward()
        gradients.append(cell.grad)
    assert torch.allclose(*gradients, rtol=1e-12, atol=0.0)


def test_where_nothing_is_simulated_derivatives_are_zero() -> None:
    setup = setup_of()
    cell = parameter(setup, "cell")
    nothing = np.zeros(setup.detector.shape, dtype=bool)
    render({"cell": cell}, setup, mask=nothing).sum().backward()
    assert cell.grad is None or not cell.grad.any()
