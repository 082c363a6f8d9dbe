"""What may be done otherwise in another program: each as a change of a run, to be tried.

A hypothesis says one thing: a named meaning (docs/semantics.md), a slip of units, a shift by half
a pixel, an option forgotten. It is tried on a run whose engine is trusted: where the changed run
gives the other's image, the hypothesis explains the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from braggscope.api import EngineContribution, Run, allowed_values
from braggscope.api.run import differences
from braggscope.api.semantics import Semantics
from braggscope.experiment.overrides import field_value, override_line

_DEGREE: Final = math.pi / 180.0
_WITHOUT_SENSE: Final = ("crystal.mosaic_spread_deg", "sampling.osc_deg", "sampling.phi_step_deg")


@dataclass(frozen=True)
class Hypothesis:
    """One thing that a program may do otherwise.

    Attributes:
        id: unique name, such as "semantics.omega=mean".
        title: what it would mean, to follow "as if": "omega were that of the mean sub-pixel".
        overrides: (field path, value) pairs of the changed run.
        semantics: option -> value of the changed run.
    """

    id: str
    title: str
    overrides: tuple[tuple[str, Any], ...] = ()
    semantics: tuple[tuple[str, str], ...] = ()

    def lines(self) -> tuple[str, ...]:
        """The change as overrides of a run, one a line: `path=value`, `semantics.option=value`."""
        # What is left to the program comes first: beside the rest it may mean nothing.
        ordered = sorted(self.overrides, key=lambda pair: pair[1] is not None)
        fields = [override_line(path, value) for path, value in ordered]
        return (*fields, *(f"semantics.{name}={value}" for name, value in self.semantics))

    def applied(self, run: Run) -> Run:
        """The run with the change.

        Raises:
            InvalidInput: it cannot be simulated with the change.
        """
        changed = dict(run.overrides) | dict(self.overrides)
        semantics = run.semantics.model_copy(update=dict(self.semantics))
        return run.model_copy(update={"overrides": tuple(changed.items()), "semantics": semantics})


def known_differences(a: Run, b: Run) -> list[Hypothesis]:
    """Each field that B has otherwise than A, as a change of A; all of them together at the end.

    Where A and B are set up differently, that explains more than any guess.
    """
    fields = [
        (name, in_b)
        for name, _, in_b in differences(a, b)
        if name.partition(".")[0] in type(a.experiment).model_fields
    ]
    found = [
        Hypothesis(f"{path}=B", f"{_name(path)} were as B has it{_said(value)}", ((path, value),))
        for path, value in fields
    ]
    if len(fields) > 1:
        names = ", ".join(_name(path) for path, _ in fields)
        found.append(Hypothesis("fields=B", f"{names} were as B has them", tuple(fields)))
    return found


def hypotheses_for(run: Run, engine: EngineContribution) -> list[Hypothesis]:
    """All hypotheses that change this run and that its engine can try."""
    found = [*_semantics(run, engine)]
    for make in (_angles, _lengths, _centre, _beam, _crystal, _sampling):
        found += make(run)
    return [one for one in found if not _changes_nothing(one, run)]


def _changes_nothing(hypothesis: Hypothesis, run: Run) -> bool:
    said = run.effective_experiment
    same_fields = all(field_value(said, path) == value for path, value in hypothesis.overrides)
    same_meaning = all(
        getattr(run.semantics, name) == value for name, value in hypothesis.semantics
    )
    return same_fields and same_meaning


def _semantics(run: Run, engine: EngineContribution) -> Iterator[Hypothesis]:
    for name, field in Semantics.model_fields.items():
        for value in allowed_values(name):
            if value in engine.semantics.get(name, ()) and value != getattr(run.semantics, name):
                title = f"{_lowered(field.title or name)} were “{value}”"
                yield Hypothesis(f"semantics.{name}={value}", title, semantics=((name, value),))


def _angles(run: Run) -> Iterator[Hypothesis]:
    """Degrees taken for radians and the other way round; the other sense of rotation."""
    changes: tuple[tuple[str, Callable[[float], float], str], ...] = (
        ("as_radians", lambda angle: angle / _DEGREE, "were given in radians"),
        ("converted_twice", lambda angle: angle * _DEGREE, "were converted to radians twice"),
        ("reversed", lambda angle: -angle, "had the other sense"),
    )
    fields = (
        "crystal.misset_deg", "crystal.mosaic_spread_deg", "sampling.phi_start_deg",
        "sampling.osc_deg", "sampling.phi_step_deg", "detector.twotheta_deg",
        "detector.rotation_x_deg", "detector.rotation_y_deg", "detector.rotation_z_deg",
    )  # fmt: skip
    for path in fields:
        value = field_value(run.effective_experiment, path)
        if not _is_set(value):
            continue
        for name, change, says in changes:
            if name == "reversed" and path in _WITHOUT_SENSE:
                continue
            yield Hypothesis(
                f"{path}:{name}", f"{_name(path)} {says}", ((path, _each(change, value)),)
            )


def _lengths(run: Run) -> Iterator[Hypothesis]:
    """Slips of a power of ten: Å and nm, mm and m, µm and mm."""
    said = run.effective_experiment
    slips = (
        ("beam.wavelength_A", (0.1, 10.0), "nm and Å"),
        ("crystal.cell", (0.1, 10.0), "nm and Å"),
        ("detector.distance_mm", (0.1, 10.0), "cm and mm"),
        ("detector.thickness_um", (1e-3, 1e3), "mm and µm"),
        ("detector.attenuation_um", (1e-3, 1e3), "mm and µm"),
        ("beam.size_mm", (1e-3, 1e3), "m and mm"),
        ("background.water_um", (1e-3, 1e3), "mm and µm"),
    )
    for path, factors, units in slips:
        value = field_value(said, path)
        if not _is_set(value):
            continue
        for factor in factors:
            title = f"{_name(path)} were {factor:g} times as large ({units} mixed up)"
            yield Hypothesis(f"{path}*{factor:g}", title, ((path, _scaled(value, factor)),))


def _centre(run: Run) -> Iterator[Hypothesis]:
    """The beam centre off by half a pixel or a whole one, or with its coordinates swapped."""
    quantities = run.setup.quantities
    pixel_m = float(run.setup.detector.pixel_m)
    convention = run.effective_experiment.detector.convention
    if run.setup.recipe.pivot == "sample" and convention != "custom":
        paths, per_pixel = ("detector.org_x_px", "detector.org_y_px"), 1.0
        names, before = ("Fclose_in_m", "Sclose_in_m"), 0.5
    else:
        paths, per_pixel = ("detector.beam_x_mm", "detector.beam_y_mm"), pixel_m * 1e3
        names, before = ("Xbeam_m", "Ybeam_m"), 0.0
    x, y = (before + _number(quantities[name].value) / pixel_m * per_pixel for name in names)
    for pixels in (0.5, -0.5, 1.0, -1.0):
        for dx, dy, which in ((1, 0, "x"), (0, 1, "y"), (1, 1, "x and y")):
            values = (x + dx * pixels * per_pixel, y + dy * pixels * per_pixel)
            yield Hypothesis(
                f"centre_{which.replace(' and ', '')}{pixels:+g}px",
                f"the beam centre were {pixels:+g} pixel in {which}",
                tuple(zip(paths, values, strict=True)),
            )
    if x != y:
        swapped = tuple(zip(paths, (y, x), strict=True))
        yield Hypothesis("centre_swapped", "the beam centre's x and y were swapped", swapped)


def _beam(run: Run) -> Iterator[Hypothesis]:
    said = run.effective_experiment.beam
    for factor in (1.001, 0.999):
        wavelength = said.wavelength_A * factor
        title = f"the wavelength were {100 * (factor - 1):+.1f} %"
        yield Hypothesis(f"wavelength*{factor:g}", title, (("beam.wavelength_A", wavelength),))
    for kahn in (0.0, 1.0, -said.kahn_factor):
        title = f"the Kahn factor were {kahn:g}"
        yield Hypothesis(f"kahn={kahn:g}", title, (("beam.kahn_factor", kahn),))
    title = f"the polarisation factor were {'off' if said.polarized else 'on'}"
    yield Hypothesis("polarized", title, (("beam.polarized", not said.polarized),))
    title = f"the divergence were {'square' if said.round_divergence else 'round'}"
    if len(run.setup.beam.wavelength_m) > 1:
        changed = (("beam.round_divergence", not said.round_divergence),)
        yield Hypothesis("round_divergence", title, changed)


def _crystal(run: Run) -> Iterator[Hypothesis]:
    said, setup = run.effective_experiment.crystal, run.setup.crystal
    # Who takes the wrong number in the lattice factor has chosen the sub-pixels by the right one.
    same_sampling = (("sampling.oversample", run.setup.oversample),)
    for axis, cells in zip("abc", setup.n_cells, strict=True):
        for more in (-1, 1):
            if cells + more >= 1:
                title = f"N{axis} were {cells + more:g} instead of {cells:g}"
                changed = (*_cells(axis, cells + more), *same_sampling)
                yield Hypothesis(f"N{axis}{more:+d}", title, changed)
    if all(cells > 1 for cells in setup.n_cells):
        fewer = [_cells(axis, n - 1) for axis, n in zip("abc", setup.n_cells, strict=True)]
        changed = (*sum(fewer, ()), *same_sampling)
        yield Hypothesis("N-1", "N − 1 cells were taken along every axis", changed)
    for shape in ("square", "round", "gauss", "tophat"):
        title = f"the shape were {shape.upper()}"
        yield Hypothesis(f"shape={shape}", title, (("crystal.shape", shape),))
    if said.structure_factors is not None:
        other = not setup.interpolates
        title = f"structure factors were {'interpolated' if other else 'not interpolated'}"
        yield Hypothesis("interpolate", title, (("crystal.interpolate", other),))
    if said.mosaic_spread_deg > 0.0:
        title = "there were no mosaic spread"
        none = (("crystal.mosaic_spread_deg", 0.0), ("crystal.mosaic_domains", None))
        yield Hypothesis("no_mosaic", title, none)
    if _is_set(said.misset_deg):
        upright = (("crystal.misset_deg", None), ("crystal.misset_seed", None))
        yield Hypothesis("no_misset", "the misset were left out", upright)


def _cells(axis: str, count: float) -> tuple[tuple[str, Any], ...]:
    return ((f"crystal.cells_{axis}", int(count)), (f"crystal.size_{axis}_mm", None))


def _sampling(run: Run) -> Iterator[Hypothesis]:
    said, setup = run.effective_experiment, run.setup
    for more in (-1, 1):
        if setup.oversample + more >= 1:
            count = setup.oversample + more
            title = f"there were {count} instead of {setup.oversample} sub-pixels a side"
            yield Hypothesis(f"oversample{more:+d}", title, (("sampling.oversample", count),))
    if said.sampling.dmin_A > 0.0:
        title = "the resolution cut-off were left out"
        yield Hypothesis("no_dmin", title, (("sampling.dmin_A", 0.0),))
    if said.detector.thickness_um > 0.0:
        title = "the sensor had no thickness"
        nothing = (
            ("detector.thickness_um", 0.0),
            ("detector.thickness_layers", None),
            ("detector.attenuation_um", None),
        )
        yield Hypothesis("no_thickness", title, nothing)
    yield Hypothesis(
        "point_pixel",
        f"pixels were {'areas' if said.detector.point_pixel else 'points'}",
        (("detector.point_pixel", not said.detector.point_pixel),),
    )
    yield Hypothesis(
        "curved",
        f"the detector were {'flat' if said.detector.curved else 'curved'}",
        (("detector.curved", not said.detector.curved),),
    )


def _is_set(value: Any) -> bool:
    """Whether there is a number in it that a factor or a sign would change."""
    if value is None:
        return False
    if isinstance(value, tuple):
        return any(part != 0.0 for part in value)
    return not isinstance(value, int | float) or value != 0.0


def _each(change: Callable[[float], float], value: Any) -> Any:
    return tuple(change(part) for part in value) if isinstance(value, tuple) else change(value)


def _scaled(value: Any, factor: float) -> Any:
    """A length, or the edges of a cell, times a factor."""
    if hasattr(value, "model_dump"):
        parts = value.model_dump().items()
        return {name: part * factor if name.endswith("_A") else part for name, part in parts}
    return value * factor


def _said(value: object) -> str:
    """A value that one word says."""
    return f", {value}" if isinstance(value, float | int | str) else ""


def _name(path: str) -> str:
    """A field as people call it: "detector.rotation_x_deg" is the detector's rotation x."""
    group, _, field = path.partition(".")
    words = field.split("_")
    if words[-1] in ("deg", "mm", "um", "A", "px"):
        words = words[:-1]
    return f"the {group}’s {' '.join(words)}"


def _lowered(title: str) -> str:
    """A title within a sentence; what is all capitals stays so."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def _number(value: Any) -> float:
    return float(value)
