"""Experiments written as nanoBragg command lines (spec cli.md)."""

from __future__ import annotations

from braggscope.errors import InvalidInput
from braggscope.experiment.model import Experiment, OrientationMatrix, StructureFactors
from braggscope.experiment.recognise import format_of


def flags_of(
    experiment: Experiment, *, hkl: str | None = None, matrix: str | None = None
) -> list[str]:
    """The experiment as nanoBragg flags; numbers keep every bit.

    Args:
        experiment: what to write.
        hkl: name of a text file with the structure factors; default: the experiment's own file.
        matrix: name of a matrix file; default: the experiment's own file.

    Raises:
        InvalidInput: the structure factors are not in nanoBragg's text form and no hkl was given.
    """
    return [
        *_crystal_flags(experiment, hkl, matrix),
        *_beam_flags(experiment),
        *_detector_flags(experiment),
        *_sampling_flags(experiment),
    ]


def _crystal_flags(experiment: Experiment, hkl: str | None, matrix: str | None) -> list[str]:
    said = experiment.crystal
    flags: list[str] = []
    if said.structure_factors is not None:
        flags += ["-hkl", hkl or _hkl_name(said.structure_factors)]
    if said.matrix is not None:
        flags += ["-mat", matrix or _matrix_name(said.matrix)]
    if said.cell is not None:
        flags += ["-cell", *(repr(value) for value in said.cell.model_dump().values())]
    if said.misset_deg is not None:
        flags += ["-misset", *(repr(angle) for angle in said.misset_deg)]
    if said.default_F != 0:
        flags += ["-default_F", repr(said.default_F)]
    if said.cells_a == said.cells_b == said.cells_c:
        flags += ["-N", str(said.cells_a)]
    else:
        flags += ["-Na", str(said.cells_a), "-Nb", str(said.cells_b), "-Nc", str(said.cells_c)]
    if said.interpolate is not None:
        flags += ["-interpolate" if said.interpolate else "-nointerpolate"]
    if said.mosaic_spread_deg != 0:
        flags += ["-mosaic_spread", repr(said.mosaic_spread_deg)]
        if said.mosaic_domains is not None:
            flags += ["-mosaic_domains", str(said.mosaic_domains)]
        flags += ["-mosaic_seed", str(said.mosaic_seed)]
    return flags


def _hkl_name(file: StructureFactors) -> str:
    if (
        format_of(file.path, b"") in ("mtz", "sf-cif", "model-cif", "pdb")
        or file.column is not None
    ):
        raise InvalidInput(
            f"nanoBragg cannot read {file.path.name}",
            why="it reads structure factors as text: h k l F",
            remedy="Give the name of an .hkl file made from it",
        )
    return str(file.path)


def _matrix_name(matrix: OrientationMatrix) -> str:
    if matrix.path is None:
        raise InvalidInput(
            "the orientation matrix has no file that nanoBragg could read",
            where="crystal.matrix",
            remedy="Give the name of a matrix file",
        )
    return str(matrix.path)


def _beam_flags(experiment: Experiment) -> list[str]:
    said = experiment.beam
    flags = ["-lambda", repr(said.wavelength_A)]
    if "fluence_per_m2" in said.model_fields_set:
        flags += ["-fluence", repr(said.fluence_per_m2)]
    if said.kahn_factor != 0:
        flags += ["-polar", repr(said.kahn_factor)]
    if not said.polarized:
        flags += ["-nopolar"]
    return flags


def _detector_flags(experiment: Experiment) -> list[str]:
    said = experiment.detector
    flags = [
        f"-{said.convention}",
        "-distance",
        repr(said.distance_mm),
        "-pixel",
        repr(said.pixel_mm),
    ]
    for count, count_flag, size, size_flag in (
        (said.pixels_fast, "-detpixels_x", said.size_fast_mm, "-detsize_f"),
        (said.pixels_slow, "-detpixels_y", said.size_slow_mm, "-detsize_s"),
    ):
        flags += [size_flag, repr(size)] if count is None else [count_flag, str(count)]
    for value, flag in (
        (said.beam_x_mm, "-Xbeam"),
        (said.beam_y_mm, "-Ybeam"),
        (said.org_x_px, "-ORGX"),
        (said.org_y_px, "-ORGY"),
    ):
        if value is not None:
            flags += [flag, repr(value)]
    if said.roi is not None:
        bounds = (said.roi.fast_min, said.roi.fast_max, said.roi.slow_min, said.roi.slow_max)
        flags += ["-roi", *map(str, bounds)]
    return flags


def _sampling_flags(experiment: Experiment) -> list[str]:
    said = experiment.sampling
    flags: list[str] = []
    if said.oversample is not None:
        flags += ["-oversample", str(said.oversample)]
    if said.phi_start_deg != 0:
        flags += ["-phi", repr(said.phi_start_deg)]
    if said.osc_deg is not None:
        flags += ["-osc", repr(said.osc_deg)]
    if said.phi_step_deg is not None:
        flags += ["-phistep", repr(said.phi_step_deg)]
    if said.phi_steps is not None:
        flags += ["-phisteps", str(said.phi_steps)]
    return flags
