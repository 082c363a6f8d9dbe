"""From Experiment to Setup: defaults and derivations, each number with its origin (spec 3 to 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from braggscope.experiment.doubts import doubts
from braggscope.experiment.ledger import Ledger
from braggscope.experiment.limits import MOST_EVALUATIONS, MOST_ROTATED_CELLS, refuse_many
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolving.beam import beam_of, refuse_wavelengths, sources_of
from braggscope.experiment.resolving.crystal import (
    crystal_of,
    misset_of,
    mosaic_of,
    n_cells_of,
    record_lattice,
    record_mosaic,
)
from braggscope.experiment.resolving.detector import (
    centre_of,
    detector_of,
    directions_of,
    record_geometry,
    sensor_from,
    size_of,
)
from braggscope.experiment.resolving.recipe import derived_from, recipe_of
from braggscope.experiment.resolving.sampling import oversample_of, phi_scan_of
from braggscope.experiment.resolving.units import metres_of_angstrom, metres_of_um
from braggscope.physics.constants import ELECTRON_RADIUS_SQUARED_M2
from braggscope.physics.random import ShuffledGenerator
from braggscope.physics.sensor import layers_of
from braggscope.physics.setup import Setup


@np.errstate(all="ignore")
def resolve(experiment: Experiment) -> Setup:
    """Every number that rendering needs. Pure: reads no file, no clock, no environment.

    Raises:
        InvalidInput: values that each are allowed but do not go together.
    """
    ledger = Ledger(experiment)
    ledger.said("lambda0_m", metres_of_angstrom(experiment.beam.wavelength_A), "beam.wavelength_A")
    basis, pivot = directions_of(experiment, ledger)
    size = size_of(experiment, ledger)
    centre = centre_of(experiment, size, ledger)
    generator = ShuffledGenerator()
    misset = misset_of(experiment, generator, ledger)
    sources = sources_of(experiment, basis, ledger)
    mosaic = mosaic_of(experiment, generator)
    recipe = recipe_of(experiment, basis, pivot, centre, misset, sources, mosaic)
    derived = derived_from(recipe)
    refuse_wavelengths(experiment, derived)
    record_geometry(experiment, recipe, derived, size, ledger)
    record_lattice(recipe, derived, ledger)
    scan = phi_scan_of(experiment, ledger)
    sensor = sensor_from(experiment, ledger)
    record_mosaic(mosaic, ledger)
    n_cells = n_cells_of(experiment, derived, ledger)
    setup = Setup(
        beam=beam_of(experiment, basis, sources, derived, ledger),
        detector=detector_of(experiment, size, derived, sensor, ledger),
        crystal=crystal_of(experiment, basis, derived, scan, mosaic, n_cells, ledger),
        oversample=oversample_of(experiment, size, derived, n_cells, ledger),
        dmin_m=metres_of_angstrom(experiment.sampling.dmin_A),
        water_m=metres_of_um(experiment.background.water_um),
        recipe=recipe,
        quantities=ledger.quantities,
        notes=tuple(str(doubt) for doubt in doubts(experiment)),
    )
    _refuse_large(setup)
    _record_rest(setup, ledger)
    return setup


def _refuse_large(setup: Setup) -> None:
    """What is too much only together."""
    crystal = setup.crystal
    refuse_many(
        len(crystal.phi_rad) * len(crystal.mosaic_deviates),
        MOST_ROTATED_CELLS,
        "φ steps times mosaic domains",
        "crystal.mosaic_domains",
    )
    layers = layers_of(setup.detector.sensor, "overshooting").count
    refuse_many(
        setup.steps * layers, MOST_EVALUATIONS, "evaluations of a pixel", "sampling.oversample"
    )


def _record_rest(setup: Setup, ledger: Ledger) -> None:
    quantities: Mapping[str, tuple[Any, str]] = {
        "fudge": (setup.crystal.fudge, "crystal.fudge"),
        "dmin_m": (setup.dmin_m, "sampling.dmin_A"),
        "water_m": (setup.water_m, "background.water_um"),
    }
    ledger.said("shape", setup.crystal.shape, "crystal.shape")
    for name, (value, path) in quantities.items():
        ledger.said(name, value, path)
    ledger.derived("sources", len(setup.beam.weight), "of the file, or of the grid")
    ledger.derived("steps", setup.steps, "sources · domains · phi steps · sub-pixels")
    ledger.derived(
        "scale", ELECTRON_RADIUS_SQUARED_M2 * setup.beam.fluence_per_m2, "r_e² · fluence"
    )
