"""The recipe of a set-up, and what is derived from it (spec 4 and 5)."""

from __future__ import annotations

import math

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolving.crystal import Mosaic
from braggscope.experiment.resolving.units import metres, metres_of_angstrom
from braggscope.physics.constants import radians
from braggscope.physics.detector import Basis, BeamCentre, Pivot
from braggscope.physics.recipe import Derived, Recipe, derive
from braggscope.physics.rotation import Vector
from braggscope.physics.sources import Sources


def recipe_of(
    experiment: Experiment,
    basis: Basis,
    pivot: Pivot,
    centre: BeamCentre,
    misset: Vector,
    sources: Sources,
    mosaic: Mosaic,
) -> Recipe:
    """Everything that arrays are derived from, as arrays."""
    detector, crystal = experiment.detector, experiment.crystal
    close = metres(detector.close_distance_mm)
    cell = crystal.cell
    return Recipe(
        wavelength_m=np.float64(metres_of_angstrom(experiment.beam.wavelength_A)),
        basis=basis,
        pivot=pivot,
        beam_centre_m=np.array([centre.beam_fast, centre.beam_slow]),
        near_centre_m=np.array([centre.near_fast, centre.near_slow]),
        distance_m=np.float64(metres(detector.distance_mm)),
        close_distance_m=None if close is None else np.float64(close),
        rotations_rad=np.array(
            [
                radians(angle)
                for angle in (
                    detector.rotation_x_deg,
                    detector.rotation_y_deg,
                    detector.rotation_z_deg,
                )
            ]
        ),
        twotheta_rad=np.float64(radians(detector.twotheta_deg)),
        cell=None
        if cell is None
        else np.array(
            [
                cell.a_A,
                cell.b_A,
                cell.c_A,
                radians(cell.alpha_deg),
                radians(cell.beta_deg),
                radians(cell.gamma_deg),
            ]
        ),
        matrix=None if crystal.matrix is None else np.array(crystal.matrix.rows),
        misset_rad=misset,
        mosaic_spread_rad=np.float64(mosaic.spread_rad),
        mosaic_deviates=mosaic.deviates,
        mosaic_states=mosaic.states,
        sources=sources,
    )


def derived_from(recipe: Recipe) -> Derived:
    """The arrays of a recipe, or why there are none.

    A flat matrix has no cell of its own; beside a cell it is simulated all the same (spec 5.5).
    """
    with np.errstate(all="ignore"):
        derived = derive(recipe)
    edges_m = np.linalg.norm(derived.lattice.direct * 1e-10, axis=1)
    is_flat = not np.all(edges_m > 0.0) and (recipe.matrix is None or recipe.cell is None)
    if is_flat or not np.all(np.isfinite([*edges_m, derived.lattice.volume])):
        raise InvalidInput(
            "the crystal's cell spans no volume",
            where="crystal",
            why="its reciprocal vectors lie in one plane",
            remedy="Give a matrix or a cell whose vectors do not lie in one plane",
        )
    pix0_m = np.asarray(derived.geometry.pix0_m)
    far_m = math.sqrt(float(np.sum(pix0_m * pix0_m)))
    if not (math.isfinite(far_m) and math.isfinite(float(derived.geometry.distance_m))):
        raise InvalidInput(
            "the detector's place is not finite",
            where="detector",
            remedy="Give a detector that is neither edge-on to the beam nor infinitely far",
        )
    if float(derived.geometry.close_distance_in_m) == 0.0:
        raise InvalidInput(
            "the detector's plane goes through the sample",
            where="detector.distance_mm"
            if recipe.close_distance_m is None
            else "detector.close_distance_mm",
            remedy="Give a distance other than 0, and a detector that is not edge-on to the beam",
        )
    return derived
