"""Orientation, order and size of the crystal (spec 3.8, 3.9, 5 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.experiment.ledger import Ledger
from braggscope.experiment.limits import MOST_CELLS, MOST_DOMAINS, refuse_many
from braggscope.experiment.model import Experiment, StructureFactors
from braggscope.experiment.resolving.units import metres
from braggscope.physics.cell import reciprocal_from_cell
from braggscope.physics.constants import radians
from braggscope.physics.detector import Basis
from braggscope.physics.mosaic import domain_count, draw_with_states, random_misset_rad
from braggscope.physics.random import ShuffledGenerator
from braggscope.physics.recipe import Derived, Recipe
from braggscope.physics.rotation import Vector
from braggscope.physics.sampling import PhiScan, cells_along, interpolates_by_default
from braggscope.physics.setup import Crystal, FileSource


@dataclass(frozen=True, eq=False)
class Mosaic:
    """The domains, as a recipe has them.

    Attributes:
        spread_rad: largest rotation of a domain.
        deviates: (domains, 3) random numbers in (-1, 1).
        states: (domains + 1, 2) the generator before each domain and at the end.
    """

    spread_rad: float
    deviates: NDArray[np.float64]
    states: NDArray[np.int64]


def misset_of(experiment: Experiment, generator: ShuffledGenerator, ledger: Ledger) -> Vector:
    """(3,) rotations about lab x, y, z, rad: given, or drawn."""
    said = experiment.crystal
    if said.misset_seed is not None:
        angles: Sequence[float] = random_misset_rad(generator.stream(said.misset_seed))
        ledger.said("misset_rad", np.array(angles), "crystal.misset_seed")
    else:
        angles = [radians(angle) for angle in said.misset_deg or (0.0, 0.0, 0.0)]
        ledger.said("misset_rad", np.array(angles), "crystal.misset_deg")
    return np.array(angles)


def mosaic_of(experiment: Experiment, generator: ShuffledGenerator) -> Mosaic:
    """Drawn after the misset, from the same generator (spec 12.1)."""
    said = experiment.crystal
    spread_rad = radians(said.mosaic_spread_deg)
    domains = domain_count(spread_rad, said.mosaic_domains)
    refuse_many(domains, MOST_DOMAINS, "mosaic domains", "crystal.mosaic_domains")
    return Mosaic(spread_rad, *draw_with_states(generator.stream(said.mosaic_seed), domains))


def record_mosaic(mosaic: Mosaic, ledger: Ledger) -> None:
    """Spread and number of domains."""
    ledger.said("eta_rad", mosaic.spread_rad, "crystal.mosaic_spread_deg")
    rule = "1 without spread, else 10"
    ledger.chosen("domains", len(mosaic.deviates), "crystal.mosaic_domains", rule)


def record_lattice(recipe: Recipe, derived: Derived, ledger: Ledger) -> None:
    """Reciprocal and direct vectors on their way through the misset."""
    if recipe.cell is not None:
        ledger.said("recip_default", reciprocal_from_cell(recipe.cell).ravel(), "crystal.cell")
    if recipe.matrix is not None:
        ledger.said("recip_matrix_scaled", derived.unturned.ravel(), "crystal.matrix")
    lattice = derived.lattice
    ledger.derived("recip_misset", derived.turned.ravel())
    ledger.derived("Vstar", float(lattice.reciprocal_volume))
    ledger.derived("V", float(lattice.volume))
    ledger.derived("direct_A", lattice.direct.ravel())
    ledger.derived("recip_regenerated", lattice.reciprocal.ravel())


def n_cells_of(
    experiment: Experiment, derived: Derived, ledger: Ledger
) -> tuple[float, float, float]:
    """Unit cells along each axis; the beam's size clips those along b and c (spec 3.3, Q34)."""
    said = experiment.crystal
    beam_mm = experiment.beam.size_mm
    sizes: list[float | None] = [said.size_a_mm, said.size_b_mm, said.size_c_mm]
    if beam_mm >= 0.0:
        sizes[1:] = [None if size is None else min(size, beam_mm) for size in sizes[1:]]
    cells = []
    for axis, count, size_mm, row in zip(
        "abc",
        (said.cells_a, said.cells_b, said.cells_c),
        sizes,
        derived.lattice.direct,
        strict=True,
    ):
        edge_m = float(np.linalg.norm(row * 1e-10))
        cells.append(cells_along(count, metres(size_mm), edge_m))
        path = f"crystal.cells_{axis}" if size_mm is None else f"crystal.size_{axis}_mm"
        refuse_many(cells[-1], MOST_CELLS, f"cells along {axis}", path)
        ledger.said(f"N{axis}", cells[-1], path)
    return (cells[0], cells[1], cells[2])


def crystal_of(
    experiment: Experiment,
    basis: Basis,
    derived: Derived,
    scan: PhiScan,
    mosaic: Mosaic,
    n_cells: tuple[float, float, float],
    ledger: Ledger,
) -> Crystal:
    """Lattice, size, order and structure factors."""
    said = experiment.crystal
    return Crystal(
        direct_m=derived.lattice.direct * 1e-10,
        reciprocal_per_A=derived.lattice.reciprocal,
        n_cells=n_cells,
        shape=said.shape,
        fudge=said.fudge,
        spindle=basis.spindle,
        phi_rad=scan.phi_rad,
        mosaic_spread_rad=mosaic.spread_rad,
        mosaic_deviates=mosaic.deviates,
        default_f=said.default_F,
        reflections=_factors(said.structure_factors),
        interpolates=_interpolates(experiment, ledger),
    )


def _interpolates(experiment: Experiment, ledger: Ledger) -> bool:
    """Whether structure factors are interpolated; needs a file of them."""
    said = experiment.crystal
    interpolates = said.interpolate
    if interpolates is None:
        interpolates = interpolates_by_default((said.cells_a, said.cells_b, said.cells_c))
    interpolates = interpolates and said.structure_factors is not None
    ledger.chosen(
        "interpolate", int(interpolates), "crystal.interpolate", "crystal of 1 or 2 cells"
    )
    ledger.said("default_F", said.default_F, "crystal.default_F")
    return interpolates


def _factors(said: StructureFactors | None) -> FileSource | None:
    if said is None:
        return None
    return FileSource(str(said.path), said.sha256, said.column, said.resolution_A)
