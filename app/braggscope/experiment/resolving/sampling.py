"""Rotation and sub-pixels (spec 3.5 and 3.9)."""

from __future__ import annotations

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.ledger import Ledger
from braggscope.experiment.limits import LARGEST_OVERSAMPLE, MOST_PHI_STEPS, refuse_many
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolving.units import metres_of_angstrom
from braggscope.physics.constants import radians
from braggscope.physics.detector import DetectorSize
from braggscope.physics.recipe import Derived
from braggscope.physics.sampling import PhiScan, recommended_oversample, resolve_phi


def phi_scan_of(experiment: Experiment, ledger: Ledger) -> PhiScan:
    """The steps of the rotation (spec 3.5)."""
    said = experiment.sampling
    if said.osc_deg and said.phi_step_deg and said.phi_steps is None:
        steps = said.osc_deg / said.phi_step_deg
        refuse_many(steps, MOST_PHI_STEPS, "φ steps", "sampling.phi_step_deg")
    scan = resolve_phi(
        radians(said.phi_start_deg),
        None if said.osc_deg is None else radians(said.osc_deg),
        None if said.phi_step_deg is None else radians(said.phi_step_deg),
        said.phi_steps,
    )
    refuse_many(scan.steps, MOST_PHI_STEPS, "φ steps", "sampling.phi_steps")
    if scan.steps < 1:
        raise InvalidInput(
            "the oscillation leaves no φ step",
            where="sampling.osc_deg",
            why="a range of 0 holds no step",
            remedy="Give a range above 0, a number of φ steps, or no φ step",
        )
    ledger.said("phi0_rad", scan.start_rad, "sampling.phi_start_deg")
    ledger.chosen("osc_rad", scan.range_rad, "sampling.osc_deg", "φ step and count")
    ledger.chosen("phistep_rad", scan.step_rad, "sampling.phi_step_deg", "range / count")
    ledger.chosen("phisteps", scan.steps, "sampling.phi_steps", "range / step")
    return scan


def oversample_of(
    experiment: Experiment,
    size: DetectorSize,
    derived: Derived,
    n_cells: tuple[float, float, float],
    ledger: Ledger,
) -> int:
    """Sub-pixels per axis: given, or enough for the crystal's fringes (spec 3.9)."""
    edges_m = np.linalg.norm(derived.lattice.direct * 1e-10, axis=1)
    oversample: float | None = experiment.sampling.oversample
    if oversample is None:
        oversample = recommended_oversample(
            float(max(edges_m * n_cells)),
            metres_of_angstrom(experiment.beam.wavelength_A),
            float(derived.geometry.distance_m),
            size.pixel_m,
        )
        if not oversample <= LARGEST_OVERSAMPLE:
            raise InvalidInput(
                f"{oversample:g} sub-pixels per axis would be needed",
                where="sampling.oversample",
                why="the crystal is so large, or the detector so near, that its fringes are much"
                " finer than a pixel",
                remedy="Give a number of sub-pixels (-oversample)",
            )
    ledger.chosen(
        "oversample", int(oversample), "sampling.oversample", "three sub-pixels per fringe"
    )
    return int(oversample)
