"""Images as differentiable functions of what an experiment says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from braggscope.api import InvalidInput, Semantics
from braggscope.experiment.reflections import Reflections
from braggscope.physics.constants import ELECTRON_RADIUS_SQUARED_M2
from braggscope.physics.recipe import Recipe, derive, domain_rotations
from braggscope.physics.setup import Setup
from braggscope_torch.recomputed import differentiable_image, with_order
from braggscope_torch.tables import (
    DEFAULT_MEMORY_BYTES,
    Derivatives,
    make_tables,
    structure_factor_table,
)

#: Numbers of a recipe that may be tensors, and the overall scale.
PARAMETERS: Final = (
    "wavelength_m",
    "beam_centre_m",
    "near_centre_m",
    "distance_m",
    "close_distance_m",
    "rotations_rad",
    "twotheta_rad",
    "cell",
    "misset_rad",
    "mosaic_spread_rad",
    "scale",
)


def render(
    params: Mapping[str, Tensor],
    setup: Setup,
    semantics: Semantics | None = None,
    *,
    reflections: Reflections | None = None,
    mask: np.ndarray | None = None,
    memory_mb: float = DEFAULT_MEMORY_BYTES / 2**20,
) -> Tensor:
    """The image of a set-up, with derivatives with respect to some of its numbers.

    The image is made by the fastest kernel that can. What derivatives need is computed anew when
    they are asked for, one block of pixels after the other, so that they fit into memory.

    Args:
        params: float64 tensors, all on one device, by name: `scale` multiplies the image, the
            others take the place of that field of `setup.recipe` (units and shapes there).
            What was chosen from numbers once (oversampling, cells, steps) stays as in setup.
        setup: everything else.
        semantics: nanoBragg's if None. A derivative with respect to `mosaic_spread_rad` needs
            mosaic_generator="float64".
        reflections: structure factors, for a set-up that refers to a file of them.
        mask: (slow, fast) bool, True where a pixel is simulated, for a set-up with a mask.
        memory_mb: about how much the image and its derivatives may take besides themselves. A
            derivative of a derivative takes more.

    Returns:
        [slow, fast] float64, photons; 0 outside the region of interest.

    Raises:
        InvalidInput: an unknown parameter, one that has no derivative here or the wrong shape, or a
            file's content that is missing.
    """
    semantics = semantics or Semantics()
    _check(params, setup, semantics, reflections, mask)
    device = next((value.device for value in params.values()), torch.device("cpu"))
    factors = structure_factor_table(reflections, setup.crystal.default_f, device, "float64")
    tables = make_tables(
        setup,
        semantics,
        factors,
        device,
        mask=mask,
        derivatives=_derivatives(params, setup, semantics, device),
        memory_bytes=int(memory_mb * 2**20),
    )
    tables = with_order(tables)
    return differentiable_image(tables)


def _check(
    params: Mapping[str, Tensor],
    setup: Setup,
    semantics: Semantics,
    reflections: Reflections | None,
    mask: np.ndarray | None,
) -> None:
    for name, value in params.items():
        if name not in PARAMETERS:
            raise InvalidInput(
                f"{name} is no parameter that an image can be derived by",
                remedy=f"Parameters: {', '.join(PARAMETERS)}",
            )
        if name in _idle_parameters(setup):
            raise InvalidInput(
                f"{name} does not enter this image",
                why="the experiment gives something else in its place",
            )
        shape = () if name == "scale" else np.shape(getattr(setup.recipe, name))
        if not isinstance(value, Tensor) or value.dtype != torch.float64 or value.shape != shape:
            raise InvalidInput(
                f"{name} must be a float64 tensor of shape {tuple(shape)}",
                remedy=f"Start from torch.tensor(setup.recipe.{name}, dtype=torch.float64)",
            )
    if "mosaic_spread_rad" in params and semantics.mosaic_generator != "float64":
        raise InvalidInput(
            "an image has no derivative by the mosaic spread here",
            why="domain angles are drawn in single precision, as in nanoBragg",
            remedy='Use Semantics(mosaic_generator="float64")',
        )
    _check_files(setup, reflections, mask)


def _idle_parameters(setup: Setup) -> set[str]:
    """Parameters that the image does not depend on."""
    recipe = setup.recipe
    idle = {name for name in PARAMETERS if name != "scale" and getattr(recipe, name) is None}
    idle.add("near_centre_m" if recipe.pivot == "beam" else "beam_centre_m")
    if recipe.close_distance_m is not None:
        idle.add("distance_m")
    if len(recipe.mosaic_deviates) == 1:
        idle.add("mosaic_spread_rad")
    # Sources that all have wavelengths of their own; a matrix still is in units of the central one.
    if recipe.matrix is None and not np.isnan(recipe.sources.wavelength_fixed_m).any():
        idle.add("wavelength_m")
    return idle


def _check_files(setup: Setup, reflections: Reflections | None, mask: np.ndarray | None) -> None:
    if setup.detector.mask is not None and mask is None:
        raise InvalidInput(
            "the mask is missing",
            why=f"the set-up refers to {setup.detector.mask.path}",
            remedy="Pass mask=load_mask(…)",
        )
    if mask is not None and mask.shape != setup.detector.shape:
        raise InvalidInput(
            f"the mask has {mask.shape} pixels, the detector {setup.detector.shape} (slow, fast)"
        )
    if setup.crystal.reflections is not None and reflections is None:
        raise InvalidInput(
            "the structure factors are missing",
            why=f"the set-up refers to {setup.crystal.reflections.path}",
            remedy="Pass reflections=load_reflections(…)",
        )


def _derivatives(
    params: Mapping[str, Tensor], setup: Setup, semantics: Semantics, device: torch.device
) -> Derivatives:
    """The set-up's arrays, derived anew from its recipe with the parameters in it."""
    changed: dict[str, Any] = {name: value for name, value in params.items() if name != "scale"}
    recipe = replace(setup.recipe, **{**_as_tensors(setup.recipe, device), **changed})
    derived = derive(recipe)
    geometry = derived.geometry
    scale = ELECTRON_RADIUS_SQUARED_M2 * setup.beam.fluence_per_m2
    one = torch.ones((), dtype=torch.float64, device=device)
    return Derivatives(
        fast=geometry.fast,
        slow=geometry.slow,
        normal=geometry.normal,
        pix0_m=geometry.pix0_m,
        close_distance_m=geometry.close_distance_m,
        distance_m=geometry.distance_m,
        wavelength_m=derived.wavelengths_m,
        direct_m=derived.lattice.direct * 1e-10,
        reciprocal_per_A=derived.lattice.reciprocal,
        rotations=domain_rotations(recipe, semantics.mosaic_generator),
        scale=params.get("scale", one) * scale,
    )


def _as_tensors(recipe: Recipe, device: torch.device) -> dict[str, Tensor]:
    names = {field.name for field in fields(recipe)} & set(PARAMETERS)
    return {
        name: torch.as_tensor(np.asarray(getattr(recipe, name)), device=device)
        for name in names
        if getattr(recipe, name) is not None
    }
