"""What the arrays of a set-up are derived from, and the derivation.

A `Recipe` holds plain numbers. Any of them may be a torch tensor instead: `derive` is a pure
function on either, so that derivatives flow from the image back to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.arrays import Array
from braggscope.physics.cell import (
    Lattice,
    lattice_from_reciprocal,
    misset,
    reciprocal_from_cell,
    reciprocal_from_matrix,
)
from braggscope.physics.detector import DetectorGeometry, Placement, place_detector
from braggscope.physics.mosaic import mosaic_rotations
from braggscope.physics.rotation import Matrix
from braggscope.physics.sources import Sources


@dataclass(frozen=True, eq=False)
class Recipe(Placement):
    """The numbers from which the arrays of a set-up follow: the detector's placement, and these.

    Attributes:
        wavelength_m: central wavelength.
        cell: (6,) Å and radians, or None.
        matrix: (3, 3) MOSFLM A-matrix rows, or None.
        misset_rad: (3,) crystal rotations about lab x, y, z.
        mosaic_spread_rad: largest rotation of a domain.
        mosaic_deviates: (domains, 3) random numbers in (-1, 1).
        mosaic_states: (domains + 1, 2) the generator's z and y before each domain and at the end.
        sources: directions and relative wavelengths.
    """

    wavelength_m: Array
    cell: Array | None
    matrix: Matrix | None
    misset_rad: Array
    mosaic_spread_rad: Array
    mosaic_deviates: NDArray[np.float64]
    mosaic_states: NDArray[np.int64]
    sources: Sources


@dataclass(frozen=True, eq=False)
class Derived:
    """What follows from a recipe.

    Attributes:
        geometry: where the detector is.
        unturned: (3, 3) reciprocal vectors before the misset, 1/Å.
        turned: (3, 3) after it.
        lattice: the oriented cell.
        wavelengths_m: (sources,).
    """

    geometry: DetectorGeometry
    unturned: Array
    turned: Array
    lattice: Lattice
    wavelengths_m: Array


def derive(recipe: Recipe) -> Derived:
    """Geometry, lattice and wavelengths of a recipe (spec 4, 5 and 7)."""
    unturned = _reciprocal(recipe)
    turned = misset(unturned, recipe.misset_rad)
    return Derived(
        geometry=place_detector(recipe),
        unturned=unturned,
        turned=turned,
        lattice=lattice_from_reciprocal(turned, recipe.cell),
        wavelengths_m=recipe.sources.wavelengths_m(recipe.wavelength_m),
    )


def domain_rotations(recipe: Recipe, generator: str) -> Array:
    """(domains, 3, 3) rotations under the option `mosaic_generator` (spec 8)."""
    return mosaic_rotations(recipe.mosaic_spread_rad, recipe.mosaic_deviates, generator)


def _reciprocal(recipe: Recipe) -> Array:
    if recipe.matrix is not None:
        return reciprocal_from_matrix(recipe.matrix, recipe.wavelength_m)
    if recipe.cell is None:
        raise ValueError("a recipe needs a cell or a matrix")
    return reciprocal_from_cell(recipe.cell)
