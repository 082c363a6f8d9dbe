"""Experiments written as nanoBragg command lines (spec cli.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from braggscope.errors import InvalidInput
from braggscope.experiment.model import Detector, Experiment, OrientationMatrix, StructureFactors
from braggscope.experiment.nanobragg_masks import mask_flags
from braggscope.experiment.recognise import format_of
from braggscope.experiment.semantics import Semantics

#: Options that flags of nanoBragg itself can say.
COMPOUNDING_FLAGS = {
    "capture": "-oversample_thick",
    "polarization": "-oversample_polar",
    "omega": "-oversample_omega",
}


def flags_of(
    experiment: Experiment,
    *,
    semantics: Semantics | None = None,
    own_program: bool = False,
    hkl: str | None = None,
    matrix: str | None = None,
    sources: str | None = None,
    mask: str | None = None,
) -> list[str]:
    """The experiment as nanoBragg flags; numbers keep every bit.

    Args:
        experiment: what to write.
        semantics: the options of the run; nanoBragg's own if None.
        own_program: whether Braggscope's C program is meant, which knows every option.
        hkl: name of a text file with the structure factors; default: the experiment's own file.
        matrix: name of a matrix file; default: the experiment's own file.
        sources: name of a source file; default: the experiment's own file.
        mask: name of a mask whose header says nothing but its size; default: the experiment's own.

    Raises:
        InvalidInput: nanoBragg has no flag for an option, or needs a file in another form.
    """
    return [
        *_crystal_flags(experiment, hkl, matrix),
        *_beam_flags(experiment, sources),
        *_detector_flags(experiment),
        *_sampling_flags(experiment),
        *mask_flags(experiment, mask),
        *_place_flags(experiment),
        *semantics_flags(semantics or Semantics(), own_program=own_program),
    ]


def semantics_flags(semantics: Semantics, *, own_program: bool) -> list[str]:
    """The options that are not nanoBragg's own, as flags.

    Raises:
        InvalidInput: nanoBragg has no flag for one of them.
    """
    flags: list[str] = []
    for name, default in Semantics().model_dump().items():
        value = getattr(semantics, name)
        if value == default:
            continue
        if value == "compounding":
            flags.append(COMPOUNDING_FLAGS[name])
        elif own_program:
            flags += ["-semantics", f"{name}={value}"]
        else:
            raise InvalidInput(
                f"nanoBragg has no flag for {name} = {value}",
                where=f"semantics.{name}",
                why=f"it always computes with {name} = {default}",
                remedy="Use Braggscope's own C program or the torch engine, or nanoBragg's option",
            )
    return flags


def _given(pairs: Iterable[tuple[str, float | int | None]]) -> Iterator[str]:
    """Flag and value of everything that is not None."""
    for flag, value in pairs:
        if value is not None:
            yield from (flag, repr(value))


def _unless(flag: str, value: float | int, default: float | int) -> list[str]:
    return [] if value == default else [flag, repr(value)]


def _crystal_flags(experiment: Experiment, hkl: str | None, matrix: str | None) -> list[str]:
    said = experiment.crystal
    flags: list[str] = []
    if said.structure_factors is not None:
        flags += ["-hkl", hkl] if hkl else _factor_flags(said.structure_factors)
    if said.matrix is not None:
        flags += ["-mat", matrix or _matrix_name(said.matrix)]
    if said.cell is not None:
        flags += ["-cell", *(repr(value) for value in said.cell.model_dump().values())]
    if said.misset_seed is not None:
        flags += ["-misset_seed", str(said.misset_seed), "-misset", "random"]
    elif said.misset_deg is not None:
        flags += ["-misset", *(repr(angle) for angle in said.misset_deg)]
    flags += _unless("-default_F", said.default_F, 0)
    if said.cells_a == said.cells_b == said.cells_c:
        flags += ["-N", str(said.cells_a)]
    else:
        flags += ["-Na", str(said.cells_a), "-Nb", str(said.cells_b), "-Nc", str(said.cells_c)]
    sizes = (said.size_a_mm, said.size_b_mm, said.size_c_mm)
    flags += _given(zip(("-sample_x", "-sample_y", "-sample_z"), sizes, strict=True))
    shapes = {"round": "-round_xtal", "gauss": "-gauss_xtal", "tophat": "-tophat_spots"}
    flags += [shapes[said.shape]] if said.shape in shapes else []
    flags += _unless("-fudge", said.fudge, 1)
    if said.interpolate is not None:
        flags += ["-interpolate" if said.interpolate else "-nointerpolate"]
    flags += _unless("-mosaic_spread", said.mosaic_spread_deg, 0)
    flags += _given([("-mosaic_domains", said.mosaic_domains)])
    return flags + _unless("-mosaic_seed", said.mosaic_seed, 12345678)


def _factor_flags(file: StructureFactors) -> list[str]:
    try:
        with file.path.open("rb") as stream:
            start = stream.read(4096)
    except (OSError, ValueError):
        start = b""
    kind = format_of(file.path, start)
    if kind == "dump":
        return ["-dump", str(file.path)]
    compressed = start[:2] == b"\x1f\x8b"
    if kind not in ("hkl", "") or compressed or file.column is not None:
        raise InvalidInput(
            f"nanoBragg cannot read {file.path.name}",
            why="it reads structure factors as text: h k l F",
            remedy="Give the name of an .hkl file made from it",
        )
    return ["-hkl", str(file.path)]


def _matrix_name(matrix: OrientationMatrix) -> str:
    if matrix.path is None:
        raise InvalidInput(
            "the orientation matrix has no file that nanoBragg could read",
            where="crystal.matrix",
            remedy="Give the name of a matrix file",
        )
    return str(matrix.path)


def _beam_flags(experiment: Experiment, sources: str | None) -> list[str]:
    said = experiment.beam
    flags = ["-lambda", repr(said.wavelength_A)]
    if "fluence_per_m2" in said.model_fields_set:
        flags += ["-fluence", repr(said.fluence_per_m2)]
    flags += _given([("-flux", said.flux_per_s)])
    flags += _unless("-exposure", said.exposure_s, 1)
    flags += _unless("-beamsize", said.size_mm, 0.1)
    flags += _unless("-polar", said.kahn_factor, 0)
    flags += [] if said.polarized else ["-nopolar"]
    flags += _unless("-dispersion", said.dispersion_percent, 0)
    flags += _given(
        [
            ("-dispsteps", said.dispersion_steps),
            ("-hdivrange", said.divergence_h_mrad),
            ("-hdivstep", said.divergence_h_step_mrad),
            ("-hdivsteps", said.divergence_h_steps),
            ("-vdivrange", said.divergence_v_mrad),
            ("-vdivstep", said.divergence_v_step_mrad),
            ("-vdivsteps", said.divergence_v_steps),
        ]
    )
    flags += [] if said.round_divergence else ["-square_div"]
    if said.sources is not None:
        flags += ["-sourcefile", sources or _source_name(said.sources.path)]
    return flags


def _source_name(path: object) -> str:
    if path is None:
        raise InvalidInput(
            "the list of sources has no file that nanoBragg could read",
            where="beam.sources",
            remedy="Give the name of a source file",
        )
    return str(path)


def _detector_flags(experiment: Experiment) -> list[str]:
    said = experiment.detector
    flags = ["-curved_det"] if said.curved else []  # Never as the last argument (Q15).
    flags += ["-pixel", repr(said.pixel_mm)]
    for count, count_flag, size, size_flag in (
        (said.pixels_fast, "-detpixels_x", said.size_fast_mm, "-detsize_f"),
        (said.pixels_slow, "-detpixels_y", said.size_slow_mm, "-detsize_s"),
    ):
        flags += [size_flag, repr(size)] if count is None else [count_flag, str(count)]
    flags += ["-point_pixel"] if said.point_pixel else []
    # The depth stands before the thickness, which a depth of 0 takes away (Q26).
    flags += _given([("-detector_abs", said.attenuation_um)])
    flags += _unless("-detector_thick", said.thickness_um, 0)
    flags += _given([("-detector_thicksteps", said.thickness_layers)])
    if said.roi is not None:
        bounds = (said.roi.fast_min, said.roi.fast_max, said.roi.slow_min, said.roi.slow_max)
        flags += ["-roi", *map(str, bounds)]
    return flags


def _place_flags(experiment: Experiment) -> list[str]:
    """Convention, centre, distance and rotations; CUSTOM's pivot comes last (spec 4.1)."""
    said = experiment.detector
    is_custom = said.convention == "custom"
    flags = _vector_flags(experiment) if is_custom else [f"-{said.convention}"]
    flags += ["-distance", repr(said.distance_mm)]
    flags += _given(
        [
            ("-close_distance", said.close_distance_mm),
            ("-Xbeam", said.beam_x_mm),
            ("-Ybeam", said.beam_y_mm),
            ("-Xclose", said.close_x_mm),
            ("-Yclose", said.close_y_mm),
            ("-ORGX", said.org_x_px),
            ("-ORGY", said.org_y_px),
        ]
    )
    flags += _unless("-detector_rotx", said.rotation_x_deg, 0)
    flags += _unless("-detector_roty", said.rotation_y_deg, 0)
    flags += _unless("-detector_rotz", said.rotation_z_deg, 0)
    if said.twotheta_deg != 0 or (is_custom and said.twotheta_axis is not None):
        flags += ["-twotheta", repr(said.twotheta_deg)]  # After the axis, which sets it too (Q10).
    if is_custom:
        flags += ["-pivot", said.pivot or "beam"]
    return flags


def _vector_flags(experiment: Experiment) -> list[str]:
    said: Detector = experiment.detector
    flags: list[str] = []
    for flag, vector in (
        ("-beam_vector", experiment.beam.direction),
        ("-polar_vector", experiment.beam.polarization_axis),
        ("-spindle_axis", experiment.sampling.spindle_axis),
        ("-fdet_vector", said.fast_axis),
        ("-sdet_vector", said.slow_axis),
        ("-odet_vector", said.normal_axis),
        ("-twotheta_axis", said.twotheta_axis),
    ):
        if vector is not None:
            flags += [flag, *map(repr, vector)]
    return flags or ["-spindle_axis", "0.0", "0.0", "1.0"]  # CUSTOM's own, to select it.


def _sampling_flags(experiment: Experiment) -> list[str]:
    said = experiment.sampling
    flags = list(_given([("-oversample", said.oversample)]))
    if experiment.detector.mask is not None or said.phi_start_deg != 0:
        flags += ["-phi", repr(said.phi_start_deg)]
    flags += _given(
        [
            ("-osc", said.osc_deg),
            ("-phistep", said.phi_step_deg),
            ("-phisteps", said.phi_steps),
        ]
    )
    flags += _unless("-dmin", said.dmin_A, 0)
    return flags + _unless("-water", experiment.background.water_um, 0)
