"""From Experiment to Setup: defaults and derivations, each number with its origin (spec 3 to 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from braggscope.errors import InvalidInput, NotSimulatedYet
from braggscope.experiment.model import Experiment, UnitCell
from braggscope.physics.cell import (
    CellParameters,
    Lattice,
    lattice_from_reciprocal,
    misset,
    reciprocal_from_cell,
    reciprocal_from_matrix,
)
from braggscope.physics.constants import ELECTRON_RADIUS_SQUARED_M2, radians
from braggscope.physics.detector import (
    CONVENTIONS,
    BeamCentre,
    Convention,
    DetectorGeometry,
    DetectorSize,
    place_detector,
    resolve_centre,
    resolve_size,
)
from braggscope.physics.mosaic import domain_count, mosaic_rotations
from braggscope.physics.rotation import Matrix, unit
from braggscope.physics.sampling import (
    PhiScan,
    interpolates_by_default,
    recommended_oversample,
    resolve_phi,
)
from braggscope.physics.setup import (
    Beam,
    Crystal,
    Detector,
    Origin,
    Quantity,
    QuantityValue,
    ReflectionSource,
    Setup,
    Window,
)


class _Ledger:
    """Collects the named numbers in order of dependency."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self.quantities: dict[str, Quantity] = {}

    def said(self, name: str, value: QuantityValue, path: str) -> None:
        """A number that stands in the experiment: given, or that field's default."""
        self._add(name, value, _origin_of(self._experiment, path))

    def derived(self, name: str, value: QuantityValue, detail: str = "") -> None:
        """A number computed from others."""
        self._add(name, value, Origin("derived", detail))

    def chosen(self, name: str, value: QuantityValue, path: str, rule: str) -> None:
        """A number that the user may give and that a rule chooses otherwise."""
        origin = _origin_of(self._experiment, path)
        self._add(name, value, origin if origin.kind == "given" else Origin("derived", rule))

    def _add(self, name: str, value: QuantityValue, origin: Origin) -> None:
        self.quantities[name] = Quantity(name, value, origin)


def _origin_of(experiment: Experiment, path: str) -> Origin:
    group, _, name = path.partition(".")
    part = getattr(experiment, group)
    given = name in part.model_fields_set and getattr(part, name) is not None
    if not given:
        return Origin("default", path)
    source = experiment.source_of(path)
    return Origin("given", f"{path} ({source})" if source else path)


def resolve(experiment: Experiment) -> Setup:
    """Every number that rendering needs. Pure: reads no file, no clock, no environment.

    Raises:
        NotSimulatedYet: the experiment asks for physics that this version does not have.
        InvalidInput: values that each are allowed but do not go together.
    """
    ledger = _Ledger(experiment)
    ledger.said("lambda0_m", experiment.beam.wavelength_A * 1e-10, "beam.wavelength_A")
    convention = CONVENTIONS[experiment.detector.convention]
    size, geometry = _detector(experiment, convention, ledger)
    lattice = _lattice(experiment, ledger)
    scan = _phi_scan(experiment, ledger)
    rotations = _mosaic(experiment, ledger)
    oversample = _oversample(experiment, size, geometry, lattice, ledger)
    reflections = _reflections(experiment, ledger)
    _refuse_water(experiment)
    setup = Setup(
        beam=_beam(experiment, convention, ledger),
        detector=Detector(
            pixel_m=size.pixel_m,
            fast_pixels=size.fast_pixels,
            slow_pixels=size.slow_pixels,
            fast=geometry.fast,
            slow=geometry.slow,
            normal=geometry.normal,
            pix0_m=geometry.pix0_m,
            close_distance_m=geometry.close_distance_m,
            roi=_roi(experiment, size),
        ),
        crystal=Crystal(
            direct_m=lattice.direct * 1e-10,
            n_cells=_n_cells(experiment),
            spindle=unit(np.array(convention.spindle)),
            phi_rad=scan.phi_rad,
            mosaic_rotations=rotations,
            default_f=experiment.crystal.default_F,
            reflections=reflections,
        ),
        oversample=oversample,
        quantities=ledger.quantities,
        notes=_notes(experiment),
    )
    ledger.derived("steps", setup.steps, "sources · domains · phi steps · sub-pixels")
    ledger.derived(
        "scale", ELECTRON_RADIUS_SQUARED_M2 * setup.beam.fluence_per_m2, "r_e² · fluence"
    )
    return setup


def _mm(value: float | None) -> float | None:
    return None if value is None else value * 1e-3


def _detector(
    experiment: Experiment, convention: Convention, ledger: _Ledger
) -> tuple[DetectorSize, DetectorGeometry]:
    said = experiment.detector
    size = resolve_size(
        said.pixel_mm * 1e-3,
        said.pixels_fast,
        said.pixels_slow,
        said.size_fast_mm * 1e-3,
        said.size_slow_mm * 1e-3,
    )
    if size.fast_pixels < 1 or size.slow_pixels < 1:
        raise InvalidInput(
            f"the detector has {size.slow_pixels} × {size.fast_pixels} pixels",
            where="detector",
            remedy="Give a larger size, smaller pixels, or pixel counts",
        )
    centre = resolve_centre(
        said.convention,
        size,
        _mm(said.beam_x_mm),
        _mm(said.beam_y_mm),
        said.org_x_px,
        said.org_y_px,
    )
    geometry = place_detector(convention, centre, said.distance_mm * 1e-3)
    _record_detector(ledger, said.convention, convention, size, centre, geometry)
    return size, geometry


def _record_detector(
    ledger: _Ledger,
    name: str,
    convention: Convention,
    size: DetectorSize,
    centre: BeamCentre,
    geometry: DetectorGeometry,
) -> None:
    said, derived, chosen = ledger.said, ledger.derived, ledger.chosen
    said("convention", name, "detector.convention")
    derived("pivot_effective", convention.pivot, "convention")
    said("pixel_m", size.pixel_m, "detector.pixel_mm")
    chosen("fpixels", size.fast_pixels, "detector.pixels_fast", "detector size / pixel")
    chosen("spixels", size.slow_pixels, "detector.pixels_slow", "detector size / pixel")
    chosen("detsize_f_m", size.fast_m, "detector.size_fast_mm", "pixel · count")
    chosen("detsize_s_m", size.slow_m, "detector.size_slow_mm", "pixel · count")
    said("distance_in_m", ledger._experiment.detector.distance_mm * 1e-3, "detector.distance_mm")
    centre_rule = "the convention's default centre"
    chosen("Xbeam_m", centre.x, "detector.beam_x_mm", centre_rule)
    chosen("Ybeam_m", centre.y, "detector.beam_y_mm", centre_rule)
    derived("Fbeam_in_m", centre.beam_fast, "Xbeam, Ybeam, convention")
    derived("Sbeam_in_m", centre.beam_slow, "Xbeam, Ybeam, convention")
    chosen("Fclose_in_m", centre.near_fast, "detector.org_x_px", "centre of the detector")
    chosen("Sclose_in_m", centre.near_slow, "detector.org_y_px", "centre of the detector")
    for letter, vector in (
        ("f", convention.fast),
        ("s", convention.slow),
        ("o", convention.normal),
        ("b", convention.beam),
        ("p", convention.polarization),
        ("w", convention.spindle),
    ):
        derived(f"basis_initial_{letter}", unit(np.array(vector)), "convention")
    derived("ratio", geometry.ratio)
    derived(
        "close_distance_in_m", abs(geometry.ratio * ledger._experiment.detector.distance_mm * 1e-3)
    )
    derived("basis_final_f", geometry.fast)
    derived("basis_final_s", geometry.slow)
    derived("basis_final_o", geometry.normal)
    derived("pix0_m", geometry.pix0_m)
    derived("close_distance_m", geometry.close_distance_m)
    derived("distance_m", geometry.distance_m)
    derived("Fclose_m", geometry.near_fast_m)
    derived("Sclose_m", geometry.near_slow_m)
    derived("Fbeam_m", geometry.beam_fast_m)
    derived("Sbeam_m", geometry.beam_slow_m)
    derived("ORGX", geometry.near_fast_m / size.pixel_m + 0.5)
    derived("ORGY", geometry.near_slow_m / size.pixel_m + 0.5)


def _cell_parameters(cell: UnitCell) -> CellParameters:
    return CellParameters(
        cell.a_A,
        cell.b_A,
        cell.c_A,
        radians(cell.alpha_deg),
        radians(cell.beta_deg),
        radians(cell.gamma_deg),
    )


def _lattice(experiment: Experiment, ledger: _Ledger) -> Lattice:
    said = experiment.crystal
    cell = _cell_parameters(said.cell) if said.cell is not None else None
    reciprocal: Matrix = np.zeros((3, 3))
    if cell is not None:
        reciprocal = reciprocal_from_cell(cell)
        ledger.said("recip_default", reciprocal.ravel(), "crystal.cell")
    if said.matrix is not None:
        reciprocal = reciprocal_from_matrix(said.matrix.rows, experiment.beam.wavelength_A * 1e-10)
        ledger.said("recip_matrix_scaled", reciprocal.ravel(), "crystal.matrix")
    angles: Sequence[float] = [radians(angle) for angle in said.misset_deg or (0.0, 0.0, 0.0)]
    ledger.said("misset_rad", np.array(angles), "crystal.misset_deg")
    reciprocal = misset(reciprocal, angles)
    ledger.derived("recip_misset", reciprocal.ravel())
    lattice = lattice_from_reciprocal(reciprocal, cell)
    if not np.all(np.isfinite(lattice.direct)):
        raise InvalidInput(
            "the orientation matrix spans no volume",
            where="crystal.matrix",
            remedy="Give three reciprocal vectors that do not lie in one plane",
        )
    ledger.derived("Vstar", lattice.reciprocal_volume)
    ledger.derived("V", lattice.volume)
    ledger.derived("direct_A", lattice.direct.ravel())
    ledger.derived("recip_regenerated", lattice.reciprocal.ravel())
    return lattice


def _phi_scan(experiment: Experiment, ledger: _Ledger) -> PhiScan:
    said = experiment.sampling
    scan = resolve_phi(
        radians(said.phi_start_deg),
        None if said.osc_deg is None else radians(said.osc_deg),
        None if said.phi_step_deg is None else radians(said.phi_step_deg),
        said.phi_steps,
    )
    if scan.steps < 1:
        raise InvalidInput(
            "the rotation has no steps",
            where="sampling.osc_deg",
            remedy="Give an oscillation above 0 or a number of φ steps",
        )
    phi = scan.phi_rad
    if np.any(phi == 0.0) and np.any(phi != 0.0):
        raise NotSimulatedYet(
            "a rotation with a step at exactly φ = 0 is not simulated yet",
            where="sampling.phi_start_deg",
            why="nanoBragg then keeps the cell of an earlier step (spec Q19)",
            remedy="Start at a small angle instead, such as 1e-6 degrees",
        )
    ledger.said("phi0_rad", scan.start_rad, "sampling.phi_start_deg")
    ledger.chosen("osc_rad", scan.range_rad, "sampling.osc_deg", "φ step and count")
    ledger.chosen("phistep_rad", scan.step_rad, "sampling.phi_step_deg", "range / count")
    ledger.chosen("phisteps", scan.steps, "sampling.phi_steps", "range / step")
    return scan


def _mosaic(experiment: Experiment, ledger: _Ledger) -> Matrix:
    said = experiment.crystal
    spread = radians(said.mosaic_spread_deg)
    domains = domain_count(spread, said.mosaic_domains)
    ledger.said("eta_rad", spread, "crystal.mosaic_spread_deg")
    ledger.chosen("domains", domains, "crystal.mosaic_domains", "1 without spread, else 10")
    return mosaic_rotations(spread, domains, said.mosaic_seed)


def _n_cells(experiment: Experiment) -> tuple[int, int, int]:
    said = experiment.crystal
    return (said.cells_a, said.cells_b, said.cells_c)


def _oversample(
    experiment: Experiment,
    size: DetectorSize,
    geometry: DetectorGeometry,
    lattice: Lattice,
    ledger: _Ledger,
) -> int:
    n_cells = _n_cells(experiment)
    for name, count, path in zip(
        ("Na", "Nb", "Nc"), n_cells, ("cells_a", "cells_b", "cells_c"), strict=True
    ):
        ledger.said(name, count, f"crystal.{path}")
    edges_m = np.linalg.norm(lattice.direct, axis=1) * 1e-10
    oversample = experiment.sampling.oversample or recommended_oversample(
        float(max(edges_m * n_cells)),
        experiment.beam.wavelength_A * 1e-10,
        geometry.distance_m,
        size.pixel_m,
    )
    ledger.chosen("oversample", oversample, "sampling.oversample", "three sub-pixels per fringe")
    return oversample


def _reflections(experiment: Experiment, ledger: _Ledger) -> ReflectionSource | None:
    said = experiment.crystal
    wish = said.interpolate
    interpolates = interpolates_by_default(_n_cells(experiment)) if wish is None else wish
    interpolates = interpolates and said.structure_factors is not None
    ledger.chosen(
        "interpolate", int(interpolates), "crystal.interpolate", "crystal of 1 or 2 cells"
    )
    ledger.said("default_F", said.default_F, "crystal.default_F")
    if interpolates:
        raise NotSimulatedYet(
            "tricubic interpolation of structure factors is not simulated yet",
            where="crystal.interpolate",
            why="it was asked for"
            if wish
            else "nanoBragg chooses it for crystals of one or two cells along any axis",
            remedy="Set crystal.interpolate = false (-nointerpolate)",
        )
    if said.structure_factors is None:
        return None
    file = said.structure_factors
    return ReflectionSource(str(file.path), file.sha256, file.column)


def _refuse_water(experiment: Experiment) -> None:
    if experiment.background.water_um != 0.0:
        raise NotSimulatedYet(
            "a water background is not simulated yet",
            where="background.water_um",
            remedy="Set it to 0",
        )


def _beam(experiment: Experiment, convention: Convention, ledger: _Ledger) -> Beam:
    said = experiment.beam
    ledger.said("polarized", int(said.polarized), "beam.polarized")
    ledger.said("kahn_factor", said.kahn_factor, "beam.kahn_factor")
    ledger.said("fluence", said.fluence_per_m2, "beam.fluence_per_m2")
    return Beam(
        incident=unit(np.array(convention.beam))[None],
        wavelength_m=np.array([said.wavelength_A * 1e-10]),
        polarization_axis=unit(np.array(convention.polarization)),
        kahn_factor=said.kahn_factor,
        polarized=said.polarized,
        fluence_per_m2=said.fluence_per_m2,
    )


def _roi(experiment: Experiment, size: DetectorSize) -> Window:
    whole = Window(0, size.fast_pixels - 1, 0, size.slow_pixels - 1)
    said = experiment.detector.roi
    if said is None:
        return whole
    wanted = Window(said.fast_min, said.fast_max, said.slow_min, said.slow_max)
    window = whole.intersected(wanted)
    if window.is_empty:
        raise InvalidInput(
            "the region of interest lies outside the detector",
            where="detector.roi",
            why=f"the detector has {size.slow_pixels} (slow) × {size.fast_pixels} (fast) pixels",
            remedy="Give bounds inside it",
        )
    return window


def _notes(experiment: Experiment) -> tuple[str, ...]:
    """Values that the convention does not use (spec Q3, Q4)."""
    said = experiment.detector
    near = said.convention in ("xds", "dials")
    unused = (
        [("beam_x_mm", said.beam_x_mm), ("beam_y_mm", said.beam_y_mm)]
        if near
        else [("org_x_px", said.org_x_px), ("org_y_px", said.org_y_px)]
    )
    use = (
        "org_x_px and org_y_px (-ORGX, -ORGY)"
        if near
        else "beam_x_mm and beam_y_mm (-Xbeam, -Ybeam)"
    )
    return tuple(
        f"detector.{name} has no effect: the convention {said.convention} uses {use}"
        for name, value in unused
        if value is not None
    )
