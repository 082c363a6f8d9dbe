"""Doubts: values that nanoBragg accepts and that can hardly be meant.

On nanoBragg's own command line a doubt is a warning; with `--strict`, in files and in the window it
is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel

from braggscope.errors import InvalidInput
from braggscope.experiment.model import Detector, Experiment, UnitCell, Usual
from braggscope.physics.detector import resolve_size
from braggscope.physics.setup import Window


@dataclass(frozen=True)
class Doubt:
    """One value in doubt.

    Attributes:
        path: dotted path of its field.
        message: what is doubtful and why, without the path.
    """

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}"


def doubts(experiment: Experiment) -> tuple[Doubt, ...]:
    """Everything doubtful about an experiment, in the order of its fields."""
    return tuple(_all_doubts(experiment))


def refuse_doubts(experiment: Experiment, known: Iterable[Doubt] = ()) -> None:
    """Make doubts errors, but for those that are known already.

    Raises:
        InvalidInput: names every doubtful field, and the flag or file that said it.
    """
    new = [doubt for doubt in doubts(experiment) if doubt not in set(known)]
    if not new:
        return
    problems = []
    for doubt in new:
        source = experiment.source_of(doubt.path)
        problems.append(f"{doubt.path}{f' (from {source})' if source else ''} {doubt.message}")
    raise InvalidInput(
        "a value of the experiment can hardly be meant"
        if len(new) == 1
        else f"{len(new)} values of the experiment can hardly be meant",
        why="; ".join(problems),
        remedy="Correct or remove it and try again",
    )


def _all_doubts(experiment: Experiment) -> Iterator[Doubt]:
    for group in type(experiment).model_fields:
        yield from _unusual(getattr(experiment, group), group)
    if experiment.crystal.cell is not None:
        yield from _impossible_cell(experiment.crystal.cell)
    yield from _empty_region(experiment.detector)
    yield from _unused_centre(experiment)
    yield from _unused_custom(experiment)
    yield from _unused_counts(experiment)
    yield from _unused_beam(experiment)


def _unusual(part: BaseModel, prefix: str) -> Iterator[Doubt]:
    """Values outside the range that can be meant."""
    ranges = _usual_ranges(type(part))
    for name, value in part:
        if isinstance(value, BaseModel):
            yield from _unusual(value, f"{prefix}.{name}")
        for usual in ranges.get(name, ()):
            if isinstance(value, int | float) and (broken := _broken_bound(usual, value)):
                message = f"= {value:g} can hardly be meant: it should be {broken}"
                yield Doubt(f"{prefix}.{name}", message)


@cache
def _usual_ranges(part: type[BaseModel]) -> dict[str, list[Usual]]:
    """The fields of a model that have a usual range."""
    ranges = {
        name: [item for item in info.metadata if isinstance(item, Usual)]
        for name, info in part.model_fields.items()
    }
    return {name: usual for name, usual in ranges.items() if usual}


def _broken_bound(usual: Usual, value: float) -> str:
    if usual.ge is not None and value < usual.ge:
        return f"at least {usual.ge:g}"
    if usual.gt is not None and value <= usual.gt:
        return f"above {usual.gt:g}"
    if usual.le is not None and value > usual.le:
        return f"at most {usual.le:g}"
    if usual.lt is not None and value >= usual.lt:
        return f"below {usual.lt:g}"
    return ""


def _impossible_cell(cell: UnitCell) -> Iterator[Doubt]:
    alpha, beta, gamma = cell.alpha_deg, cell.beta_deg, cell.gamma_deg
    if (
        alpha + beta + gamma >= 360
        or alpha >= beta + gamma
        or beta >= gamma + alpha
        or gamma >= alpha + beta
    ):
        yield Doubt(
            "crystal.cell",
            f"no cell has the angles {alpha:g}, {beta:g}, {gamma:g}: each must be smaller than"
            " the sum of the others, and all together below 360 degrees",
        )


def _empty_region(detector: Detector) -> Iterator[Doubt]:
    """A region without pixels: nanoBragg then simulates nothing (spec Q50)."""
    said = detector.roi
    if said is None:
        return
    size = resolve_size(
        detector.pixel_mm,
        detector.pixels_fast,
        detector.pixels_slow,
        detector.size_fast_mm,
        detector.size_slow_mm,
    )
    whole = Window(0, size.fast_pixels - 1, 0, size.slow_pixels - 1)
    wanted = Window(said.fast_min, said.fast_max, said.slow_min, said.slow_max)
    if wanted.is_empty:
        yield Doubt("detector.roi", "is empty: a maximum lies below its minimum")
    elif whole.intersected(wanted).is_empty:
        yield Doubt(
            "detector.roi",
            f"lies outside the detector of {size.slow_pixels} (slow) × {size.fast_pixels} (fast)"
            " pixels",
        )


#: Fields of the beam centre that each convention reads (spec Q3, Q4, Q5).
_XBEAM = ("beam_x_mm", "beam_y_mm")
CENTRE_FIELDS: dict[str, tuple[str, ...]] = {
    "mosflm": _XBEAM,
    "adxv": _XBEAM,
    "denzo": _XBEAM,
    "xds": ("org_x_px", "org_y_px"),
    "dials": ("org_x_px", "org_y_px"),
}
_ALL_CENTRE_FIELDS = (*_XBEAM, "close_x_mm", "close_y_mm", "org_x_px", "org_y_px")
_FLAGS = {"beam_x_mm": "-Xbeam, -Ybeam", "org_x_px": "-ORGX, -ORGY"}


def _unused_centre(experiment: Experiment) -> Iterator[Doubt]:
    said = experiment.detector
    used = CENTRE_FIELDS.get(said.convention, _ALL_CENTRE_FIELDS)
    for name in _ALL_CENTRE_FIELDS:
        if name not in used and getattr(said, name) is not None:
            yield Doubt(
                f"detector.{name}",
                f"has no effect: the convention {said.convention} uses"
                f" {' and '.join(used)} ({_FLAGS[used[0]]})",
            )


_CUSTOM_ONLY = (
    "beam.direction",
    "beam.polarization_axis",
    "sampling.spindle_axis",
    "detector.fast_axis",
    "detector.slow_axis",
    "detector.normal_axis",
    "detector.twotheta_axis",
    "detector.pivot",
)


def _unused_custom(experiment: Experiment) -> Iterator[Doubt]:
    if experiment.detector.convention == "custom":
        return
    for path in _CUSTOM_ONLY:
        group, _, name = path.partition(".")
        if getattr(getattr(experiment, group), name) is not None:
            yield Doubt(path, "has no effect: only the convention custom reads it")


def _unused_counts(experiment: Experiment) -> Iterator[Doubt]:
    """Counts and steps that nanoBragg's rules throw away (spec 3.5 to 3.8)."""
    sampling, crystal = experiment.sampling, experiment.crystal
    if sampling.phi_steps is not None and sampling.phi_step_deg and sampling.osc_deg is None:
        yield Doubt(
            "sampling.phi_steps",
            "has no effect: with a step and no oscillation there are always 2 steps",
        )
    if sampling.osc_deg == 0 and sampling.phi_step_deg and sampling.phi_steps is None:
        yield Doubt("sampling.osc_deg", "= 0 with a step leaves no φ step: every pixel is NaN")
    if (crystal.mosaic_domains or 1) > 1 and crystal.mosaic_spread_deg == 0:
        yield Doubt("crystal.mosaic_domains", "has no effect without a mosaic spread")
    if crystal.misset_deg is not None and crystal.misset_seed is not None:
        yield Doubt("crystal.misset_deg", "has no effect: a random orientation takes its place")
    detector = experiment.detector
    for axis in ("fast", "slow"):
        counted = getattr(detector, f"pixels_{axis}") is not None
        if counted and f"size_{axis}_mm" in detector.model_fields_set:
            yield Doubt(f"detector.size_{axis}_mm", "has no effect: the pixels are counted")
    if detector.thickness_um == 0 and detector.thickness_layers is not None:
        yield Doubt("detector.thickness_layers", "has no effect without a thickness")


_GRID_FIELDS = (
    "dispersion_percent",
    "dispersion_steps",
    "divergence_h_mrad",
    "divergence_h_step_mrad",
    "divergence_h_steps",
    "divergence_v_mrad",
    "divergence_v_step_mrad",
    "divergence_v_steps",
)


def _unused_beam(experiment: Experiment) -> Iterator[Doubt]:
    beam = experiment.beam
    if beam.sources is not None:
        for name in _GRID_FIELDS:
            if getattr(beam, name):
                yield Doubt(f"beam.{name}", "has no effect: the source file takes its place")
        for i, row in enumerate(beam.sources.rows):
            if row.wavelength_m is not None and not row.wavelength_m > 0:
                yield Doubt(
                    "beam.sources", f"source {i + 1} has the wavelength {row.wavelength_m:g} m"
                )
    if (
        beam.flux_per_s is not None
        and beam.flux_per_s != 0
        and _is_set(experiment, "fluence_per_m2")
    ):
        yield Doubt("beam.fluence_per_m2", "has no effect: the flux takes its place")


def _is_set(experiment: Experiment, name: str) -> bool:
    return name in experiment.beam.model_fields_set
