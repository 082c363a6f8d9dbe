"""From Experiment to Setup: defaults and derivations, each number with its origin (spec 3 to 8)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from braggscope.errors import InvalidInput
from braggscope.experiment.doubts import doubts
from braggscope.experiment.ledger import Ledger
from braggscope.experiment.limits import (
    LARGEST_OVERSAMPLE,
    MOST_CELLS,
    MOST_DOMAINS,
    MOST_EVALUATIONS,
    MOST_LAYERS,
    MOST_PHI_STEPS,
    MOST_PIXELS,
    MOST_ROTATED_CELLS,
    MOST_SOURCES,
)
from braggscope.experiment.model import Beam as ExperimentBeam
from braggscope.experiment.model import Experiment, MaskFile, StructureFactors
from braggscope.physics.cell import reciprocal_from_cell
from braggscope.physics.constants import ELECTRON_RADIUS_SQUARED_M2, radians
from braggscope.physics.detector import (
    CONVENTIONS,
    Basis,
    BeamCentre,
    DetectorSize,
    Pivot,
    SaidCentre,
    basis_of,
    resolve_centre,
    resolve_size,
)
from braggscope.physics.mosaic import domain_count, draw_with_states, random_misset_rad
from braggscope.physics.random import ShuffledGenerator
from braggscope.physics.recipe import Derived, Recipe, derive
from braggscope.physics.rotation import Vector
from braggscope.physics.sampling import (
    PhiScan,
    cells_along,
    interpolates_by_default,
    recommended_oversample,
    resolve_phi,
)
from braggscope.physics.sensor import Sensor, layers_of, sensor_of
from braggscope.physics.setup import Beam, Crystal, Detector, FileSource, Setup, Window
from braggscope.physics.sources import Grid, Sources, grid_sources, listed_sources, resolve_grid


@np.errstate(all="ignore")
def resolve(experiment: Experiment) -> Setup:
    """Every number that rendering needs. Pure: reads no file, no clock, no environment.

    Raises:
        InvalidInput: values that each are allowed but do not go together.
    """
    ledger = Ledger(experiment)
    ledger.said("lambda0_m", experiment.beam.wavelength_A * 1e-10, "beam.wavelength_A")
    basis, pivot = _basis(experiment, ledger)
    size = _size(experiment, ledger)
    centre = _centre(experiment, size, ledger)
    generator = ShuffledGenerator()
    misset = _misset(experiment, generator, ledger)
    sources = _sources(experiment, basis, ledger)
    spread, draws = _mosaic(experiment, generator)
    deviates, _ = draws
    recipe = _recipe(experiment, basis, pivot, centre, misset, sources, spread, draws)
    derived = _derived(recipe)
    _refuse_wavelengths(experiment, derived)
    _record_geometry(experiment, recipe, derived, size, ledger)
    _record_lattice(recipe, derived, ledger)
    scan = _phi_scan(experiment, ledger)
    sensor = _sensor(experiment, ledger)
    ledger.said("eta_rad", spread, "crystal.mosaic_spread_deg")
    ledger.chosen("domains", len(deviates), "crystal.mosaic_domains", "1 without spread, else 10")
    n_cells = _n_cells(experiment, derived, ledger)
    setup = Setup(
        beam=_beam(experiment, basis, sources, derived, ledger),
        detector=_detector(experiment, size, derived, sensor, ledger),
        crystal=Crystal(
            direct_m=derived.lattice.direct * 1e-10,
            reciprocal_per_A=derived.lattice.reciprocal,
            n_cells=n_cells,
            shape=experiment.crystal.shape,
            fudge=experiment.crystal.fudge,
            spindle=basis.spindle,
            phi_rad=scan.phi_rad,
            mosaic_spread_rad=spread,
            mosaic_deviates=deviates,
            default_f=experiment.crystal.default_F,
            reflections=_file(experiment.crystal.structure_factors),
            interpolates=_interpolates(experiment, ledger),
        ),
        oversample=_oversample(experiment, size, derived, n_cells, ledger),
        dmin_m=experiment.sampling.dmin_A * 1e-10,
        water_m=experiment.background.water_um * 1e-6,
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
    _refuse_many(
        len(crystal.phi_rad) * len(crystal.mosaic_deviates),
        MOST_ROTATED_CELLS,
        "φ steps times mosaic domains",
        "crystal.mosaic_domains",
    )
    layers = layers_of(setup.detector.sensor, "overshooting").count
    _refuse_many(
        setup.steps * layers, MOST_EVALUATIONS, "evaluations of a pixel", "sampling.oversample"
    )


def _mm(value: float | None) -> float | None:
    return None if value is None else value * 1e-3


_VECTORS = {
    "beam": "beam.direction",
    "fast": "detector.fast_axis",
    "slow": "detector.slow_axis",
    "normal": "detector.normal_axis",
    "twotheta": "detector.twotheta_axis",
    "polarization": "beam.polarization_axis",
    "spindle": "sampling.spindle_axis",
}


def _basis(experiment: Experiment, ledger: Ledger) -> tuple[Basis, Pivot]:
    name = experiment.detector.convention
    convention = CONVENTIONS[name]
    given: dict[str, Any] = {}
    pivot = convention.pivot
    if name == "custom":
        values = {key: ledger.value(path) for key, path in _VECTORS.items()}
        given = {key: value for key, value in values.items() if value is not None}
        pivot = experiment.detector.pivot or pivot
    basis = basis_of(convention, given)
    needed = np.array([basis.beam, basis.fast, basis.slow, basis.normal])
    # As the physics sees it: a vector of 1e-300 has no length either.
    if not np.all(np.sum(needed * needed, axis=1) > 0.0):
        raise InvalidInput(
            "a direction of the beam or the detector is the zero vector",
            where="detector",
            remedy="Give vectors with a length, fast and slow not parallel",
        )
    ledger.said("convention", name, "detector.convention")
    ledger.chosen("pivot_effective", pivot, "detector.pivot", "convention")
    letters = zip(
        "fsobptw",
        ("fast", "slow", "normal", "beam", "polarization", "twotheta", "spindle"),
        strict=True,
    )
    for letter, attribute in letters:
        ledger.chosen(
            f"basis_initial_{letter}", getattr(basis, attribute), _VECTORS[attribute], "convention"
        )
    ledger.derived("odet_regenerated", int(basis.normal_regenerated), "length of the normal")
    return basis, pivot


def _size(experiment: Experiment, ledger: Ledger) -> DetectorSize:
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
            "the detector has no pixels",
            where="detector",
            why=f"a pixel is {said.pixel_mm:g} mm, larger than the detector",
            remedy="Give smaller pixels, or count them with pixels_fast and pixels_slow",
        )
    if size.fast_pixels * size.slow_pixels > MOST_PIXELS:
        raise InvalidInput(
            f"the detector has {size.fast_pixels:g} × {size.slow_pixels:g} pixels, too many",
            where="detector",
            why=f"at most {MOST_PIXELS:g} can be simulated",
            remedy="Give larger pixels or a smaller detector",
        )
    ledger.said("pixel_m", size.pixel_m, "detector.pixel_mm")
    ledger.chosen("fpixels", size.fast_pixels, "detector.pixels_fast", "detector size / pixel")
    ledger.chosen("spixels", size.slow_pixels, "detector.pixels_slow", "detector size / pixel")
    ledger.chosen("detsize_f_m", size.fast_m, "detector.size_fast_mm", "pixel · count")
    ledger.chosen("detsize_s_m", size.slow_m, "detector.size_slow_mm", "pixel · count")
    return size


def _centre(experiment: Experiment, size: DetectorSize, ledger: Ledger) -> BeamCentre:
    said = experiment.detector
    centre = resolve_centre(
        said.convention,
        size,
        SaidCentre(
            _mm(said.beam_x_mm),
            _mm(said.beam_y_mm),
            _mm(said.close_x_mm),
            _mm(said.close_y_mm),
            said.org_x_px,
            said.org_y_px,
        ),
    )
    rule = "the convention's default centre"
    ledger.said("distance_in_m", said.distance_mm * 1e-3, "detector.distance_mm")
    ledger.chosen("Xbeam_m", centre.x, "detector.beam_x_mm", rule)
    ledger.chosen("Ybeam_m", centre.y, "detector.beam_y_mm", rule)
    ledger.derived("Fbeam_in_m", centre.beam_fast, "Xbeam, Ybeam, convention")
    ledger.derived("Sbeam_in_m", centre.beam_slow, "Xbeam, Ybeam, convention")
    ledger.chosen("Fclose_in_m", centre.near_fast, "detector.org_x_px", "centre of the detector")
    ledger.chosen("Sclose_in_m", centre.near_slow, "detector.org_y_px", "centre of the detector")
    return centre


def _misset(experiment: Experiment, generator: ShuffledGenerator, ledger: Ledger) -> Vector:
    said = experiment.crystal
    if said.misset_seed is not None:
        angles: Sequence[float] = random_misset_rad(generator.stream(said.misset_seed))
        ledger.said("misset_rad", np.array(angles), "crystal.misset_seed")
    else:
        angles = [radians(angle) for angle in said.misset_deg or (0.0, 0.0, 0.0)]
        ledger.said("misset_rad", np.array(angles), "crystal.misset_deg")
    return np.array(angles)


def _mrad(value: float | None) -> float | None:
    return None if value is None else value / 1000.0


def _grids(said: ExperimentBeam, ledger: Ledger) -> tuple[Grid, Grid, Grid]:
    """Horizontal and vertical divergence and dispersion (spec 3.6)."""
    horizontal = resolve_grid(
        said.divergence_h_steps, _mrad(said.divergence_h_mrad), _mrad(said.divergence_h_step_mrad)
    )
    vertical = resolve_grid(
        said.divergence_v_steps, _mrad(said.divergence_v_mrad), _mrad(said.divergence_v_step_mrad)
    )
    width = said.dispersion_percent / 100.0
    dispersion = resolve_grid(said.dispersion_steps, width if width >= 0.0 else None, None)
    for names, grid, field in (
        ("hdivsteps hdivrange_rad hdivstep_rad", horizontal, "divergence_h_mrad"),
        ("vdivsteps vdivrange_rad vdivstep_rad", vertical, "divergence_v_mrad"),
        ("dispsteps dispersion dispstep", dispersion, "dispersion_percent"),
    ):
        count, extent, step = names.split()
        ledger.derived(count, grid.count, "spec 3.6")
        ledger.chosen(extent, grid.range, f"beam.{field}", "spec 3.6")
        ledger.derived(step, grid.step, "spec 3.6")
    return horizontal, vertical, dispersion


def _sources(experiment: Experiment, basis: Basis, ledger: Ledger) -> Sources:
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
    _refuse_many(
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


def _refuse_many(count: float, most: float, what: str, where: str) -> None:
    if not count <= most:
        raise InvalidInput(
            f"{count:g} {what} are too many",
            where=where,
            why=f"at most {most:g} can be simulated",
            remedy="Give a larger step, or a smaller range",
        )


def _mosaic(experiment: Experiment, generator: ShuffledGenerator) -> tuple[float, Any]:
    """Spread, deviates and generator states; the misset stream was drawn before (spec 12.1)."""
    said = experiment.crystal
    spread = radians(said.mosaic_spread_deg)
    domains = domain_count(spread, said.mosaic_domains)
    _refuse_many(domains, MOST_DOMAINS, "mosaic domains", "crystal.mosaic_domains")
    return spread, draw_with_states(generator.stream(said.mosaic_seed), domains)


def _recipe(
    experiment: Experiment,
    basis: Basis,
    pivot: Pivot,
    centre: BeamCentre,
    misset: Vector,
    sources: Sources,
    spread: float,
    draws: tuple[Any, Any],
) -> Recipe:
    detector, crystal = experiment.detector, experiment.crystal
    close = _mm(detector.close_distance_mm)
    cell = crystal.cell
    return Recipe(
        wavelength_m=np.float64(experiment.beam.wavelength_A * 1e-10),
        basis=basis,
        pivot=pivot,
        beam_centre_m=np.array([centre.beam_fast, centre.beam_slow]),
        near_centre_m=np.array([centre.near_fast, centre.near_slow]),
        distance_m=np.float64(detector.distance_mm * 1e-3),
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
        mosaic_spread_rad=np.float64(spread),
        mosaic_deviates=draws[0],
        mosaic_states=draws[1],
        sources=sources,
    )


def _derived(recipe: Recipe) -> Derived:
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


def _refuse_wavelengths(experiment: Experiment, derived: Derived) -> None:
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


def _record_geometry(
    experiment: Experiment, recipe: Recipe, derived: Derived, size: DetectorSize, ledger: Ledger
) -> None:
    geometry = derived.geometry
    for axis, angle in zip("xyz", recipe.rotations_rad, strict=True):
        ledger.said(f"rot{axis}_rad", float(angle), f"detector.rotation_{axis}_deg")
    ledger.said("twotheta_rad", float(recipe.twotheta_rad), "detector.twotheta_deg")
    ledger.derived("ratio", float(geometry.ratio))
    ledger.chosen(
        "close_distance_in_m",
        float(geometry.close_distance_in_m),
        "detector.close_distance_mm",
        "|ratio · distance|",
    )
    for letter, vector in zip("fso", geometry.rotated, strict=True):
        ledger.derived(f"basis_after_rot_{letter}", vector)
    ledger.derived("basis_final_f", geometry.fast)
    ledger.derived("basis_final_s", geometry.slow)
    ledger.derived("basis_final_o", geometry.normal)
    ledger.derived("pix0_m", geometry.pix0_m)
    for name, value in (
        ("close_distance_m", geometry.close_distance_m),
        ("distance_m", geometry.distance_m),
        ("Fclose_m", geometry.near_fast_m),
        ("Sclose_m", geometry.near_slow_m),
        ("Fbeam_m", geometry.beam_fast_m),
        ("Sbeam_m", geometry.beam_slow_m),
        ("ORGX", geometry.near_fast_m / size.pixel_m + 0.5),
        ("ORGY", geometry.near_slow_m / size.pixel_m + 0.5),
    ):
        ledger.derived(name, float(value))


def _record_lattice(recipe: Recipe, derived: Derived, ledger: Ledger) -> None:
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


def _phi_scan(experiment: Experiment, ledger: Ledger) -> PhiScan:
    said = experiment.sampling
    if said.osc_deg and said.phi_step_deg and said.phi_steps is None:
        steps = said.osc_deg / said.phi_step_deg
        _refuse_many(steps, MOST_PHI_STEPS, "φ steps", "sampling.phi_step_deg")
    scan = resolve_phi(
        radians(said.phi_start_deg),
        None if said.osc_deg is None else radians(said.osc_deg),
        None if said.phi_step_deg is None else radians(said.phi_step_deg),
        said.phi_steps,
    )
    _refuse_many(scan.steps, MOST_PHI_STEPS, "φ steps", "sampling.phi_steps")
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


def _sensor(experiment: Experiment, ledger: Ledger) -> Sensor:
    said = experiment.detector
    depth = None if said.attenuation_um is None else said.attenuation_um * 1e-6
    sensor = sensor_of(said.thickness_um * 1e-6, depth, said.thickness_layers)
    if sensor.is_thick:
        _refuse_many(sensor.layers or 2, MOST_LAYERS, "layers", "detector.thickness_layers")
    ledger.said("thick_m", sensor.thickness_m, "detector.thickness_um")
    ledger.chosen("mu_per_m", sensor.attenuation_per_m, "detector.attenuation_um", "1/thickness")
    return sensor


def _n_cells(
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
        edge_m = math.sqrt(float(row[0] ** 2 + row[1] ** 2 + row[2] ** 2)) * 1e-10
        cells.append(cells_along(count, _mm(size_mm), edge_m))
        path = f"crystal.cells_{axis}" if size_mm is None else f"crystal.size_{axis}_mm"
        _refuse_many(cells[-1], MOST_CELLS, f"cells along {axis}", path)
        ledger.said(f"N{axis}", cells[-1], path)
    return (cells[0], cells[1], cells[2])


def _beam(
    experiment: Experiment, basis: Basis, sources: Sources, derived: Derived, ledger: Ledger
) -> Beam:
    said = experiment.beam
    fluence, path = said.fluence_per_m2, "beam.fluence_per_m2"
    if said.flux_per_s and said.exposure_s > 0.0 and said.size_mm >= 0.0:
        size_m = said.size_mm * 1e-3
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


def _detector(
    experiment: Experiment, size: DetectorSize, derived: Derived, sensor: Sensor, ledger: Ledger
) -> Detector:
    said, geometry = experiment.detector, derived.geometry
    ledger.said("curved", int(said.curved), "detector.curved")
    ledger.said("point_pixel", int(said.point_pixel), "detector.point_pixel")
    return Detector(
        pixel_m=size.pixel_m,
        fast_pixels=size.fast_pixels,
        slow_pixels=size.slow_pixels,
        fast=geometry.fast,
        slow=geometry.slow,
        normal=geometry.normal,
        pix0_m=geometry.pix0_m,
        close_distance_m=float(geometry.close_distance_m),
        distance_m=float(geometry.distance_m),
        curved=said.curved,
        point_pixel=said.point_pixel,
        sensor=sensor,
        mask=_file(said.mask),
        roi=_roi(experiment, size),
    )


def _oversample(
    experiment: Experiment,
    size: DetectorSize,
    derived: Derived,
    n_cells: tuple[float, float, float],
    ledger: Ledger,
) -> int:
    edges_m = np.linalg.norm(derived.lattice.direct, axis=1) * 1e-10
    oversample: float | None = experiment.sampling.oversample
    if oversample is None:
        oversample = recommended_oversample(
            float(max(edges_m * n_cells)),
            experiment.beam.wavelength_A * 1e-10,
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


def _interpolates(experiment: Experiment, ledger: Ledger) -> bool:
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


def _file(said: StructureFactors | MaskFile | None) -> FileSource | None:
    if said is None:
        return None
    if isinstance(said, MaskFile):
        return FileSource(str(said.path), said.sha256)
    return FileSource(str(said.path), said.sha256, said.column, said.resolution_A)


def _roi(experiment: Experiment, size: DetectorSize) -> Window:
    whole = Window(0, size.fast_pixels - 1, 0, size.slow_pixels - 1)
    said = experiment.detector.roi
    if said is None:
        return whole
    return whole.intersected(Window(said.fast_min, said.fast_max, said.slow_min, said.slow_max))


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
