"""Sources and beam (spec 3.3, 3.6 and 7)."""

from __future__ import annotations

import math

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.ledger import Ledger
from braggscope.experiment.limits import MOST_SOURCES, refuse_many
from braggscope.experiment.model import Beam as SaidBeam
from braggscope.experiment.model import Experiment
from braggscope.experiment.resolving.units import from_mrad, metres
from braggscope.physics.detector import Basis
from braggscope.physics.recipe import Derived
from braggscope.physics.setup import Beam
from braggscope.physics.sources import Grid, Sources, grid_sources, listed_sources, resolve_grid


def sources_of(experiment: Experiment, basis: Basis, ledger: Ledger) -> Sources:
    """Those of the file, or the grid of divergence and dispersion."""
    said = experiment.beam
    horizontal, vertical, dispersion = _grids(said, ledger)
    if said.sources is not None:
        rows = [(row.x, row.y, row.z, row.weight, row.wavelength_m) for row in said.sources.rows]
        listed = listed_sources(rows, basis.beam)
        without = np.flatnonzero(~(np.sum(listed.direction**2, axis=1) > 0.0))
        if len(without):
            raise InvalidInput(
                f"source {without[0] + 1} has no direction",
                where="beam.sources",
                why="it stands where the sample is, at 0 0 0",
                remedy="Give X Y Z of every source, and end every line with a plain newline",
            )
        return listed
    refuse_many(
        horizontal.count * vertical.count * dispersion.count,
        MOST_SOURCES,
        "sources",
        "beam.divergence_h_mrad",
    )
    return grid_sources(
        horizontal,
        vertical,
        dispersion,
        basis.beam,
        basis.polarization,
        said.round_divergence,
    )


def _grids(said: SaidBeam, ledger: Ledger) -> tuple[Grid, Grid, Grid]:
    """Horizontal and vertical divergence and dispersion (spec 3.6)."""
    horizontal = resolve_grid(
        said.divergence_h_steps,
        from_mrad(said.divergence_h_mrad),
        from_mrad(said.divergence_h_step_mrad),
    )
    vertical = resolve_grid(
        said.divergence_v_steps,
        from_mrad(said.divergence_v_mrad),
        from_mrad(said.divergence_v_step_mrad),
    )
    width = said.dispersion_percent / 100.0
    dispersion = resolve_grid(said.dispersion_steps, width if width >= 0.0 else None, None)
    rule = "count, range and step make up for each other"
    for names, grid, field in (
        ("hdivsteps hdivrange_rad hdivstep_rad", horizontal, "divergence_h_mrad"),
        ("vdivsteps vdivrange_rad vdivstep_rad", vertical, "divergence_v_mrad"),
        ("dispsteps dispersion dispstep", dispersion, "dispersion_percent"),
    ):
        count, extent, step = names.split()
        ledger.derived(count, grid.count, rule)
        ledger.chosen(extent, grid.range, f"beam.{field}", rule)
        ledger.derived(step, grid.step, rule)
    return horizontal, vertical, dispersion


def refuse_wavelengths(experiment: Experiment, derived: Derived) -> None:
    """A wavelength that is not above 0 makes every pixel NaN, or nonsense."""
    wavelengths_m = np.asarray(derived.wavelengths_m)
    wrong = np.flatnonzero(~(np.isfinite(wavelengths_m) & (wavelengths_m > 0.0)))
    if not len(wrong):
        return
    listed = experiment.beam.sources is not None
    raise InvalidInput(
        f"source {wrong[0] + 1} has the wavelength {wavelengths_m[wrong[0]]:g} m",
        where="beam.sources" if listed else "beam.dispersion_percent",
        why="a wavelength is above 0",
        remedy="Give a wavelength in metres in the fifth column, or none, and end every line with"
        " a plain newline"
        if listed
        else "Give a dispersion below 200 %",
    )


def beam_of(
    experiment: Experiment, basis: Basis, sources: Sources, derived: Derived, ledger: Ledger
) -> Beam:
    """Sources, polarisation and fluence; a flux takes the fluence's place (spec 3.3)."""
    said = experiment.beam
    fluence, path = said.fluence_per_m2, "beam.fluence_per_m2"
    if said.flux_per_s and said.exposure_s > 0.0 and said.size_mm >= 0.0:
        size_m = metres(said.size_mm)
        path = "beam.flux_per_s"
        product = said.flux_per_s * said.exposure_s
        fluence = product / size_m / size_m if size_m > 0.0 else math.copysign(math.inf, product)
    if not math.isfinite(fluence):
        raise InvalidInput(
            "the fluence is not finite",
            where=path,
            why="the beam has no size",
            remedy="Give a beam size above 0, or a fluence instead of the flux",
        )
    ledger.said("polarized", int(said.polarized), "beam.polarized")
    ledger.said("kahn_factor", said.kahn_factor, "beam.kahn_factor")
    ledger.said("fluence", fluence, path)
    return Beam(
        incident=-sources.direction,
        wavelength_m=derived.wavelengths_m,
        weight=sources.weight,
        direction=basis.beam,
        polarization_axis=basis.polarization,
        kahn_factor=said.kahn_factor,
        polarized=said.polarized,
        fluence_per_m2=fluence,
    )
