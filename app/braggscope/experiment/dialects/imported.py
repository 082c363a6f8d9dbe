"""What a file says of an experiment, and how that joins what is known already."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from braggscope.errors import InvalidInput
from braggscope.experiment.model import Experiment


@dataclass(frozen=True)
class Choice:
    """What to take from a file that holds several; None is "the first" or "find one".

    Attributes:
        image: number of an image of a scan, as the file counts them.
        panel: index of a detector panel.
        column: column of amplitudes or intensities.
        resolution_A: to which a model's structure factors are computed, Å.
    """

    image: int | None = None
    panel: int | None = None
    column: str | None = None
    resolution_A: float | None = None


@dataclass(frozen=True)
class Imported:
    """What one file says.

    Attributes:
        name: the file's name, for messages.
        fields: nested fields as `Experiment.build` takes them; may be partial.
        offered: fields that count only where nothing else says them, such as a cell in an MTZ file.
        sources: dotted field path -> file that said it.
        lost: what the file says and an experiment cannot hold.
        notes: choices and conventions that the user should know.
    """

    name: str
    fields: Mapping[str, Any]
    offered: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    lost: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def imported_from(
    path: Path,
    fields: Mapping[str, Mapping[str, Any]],
    offered: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    lost: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> Imported:
    """What a file says, every field of it with the file as its source."""
    said = {group: dict(values) for group, values in fields.items() if values}
    extra = {group: dict(values) for group, values in (offered or {}).items() if values}
    sources = {
        f"{group}.{name}": path.name
        for part in (extra, said)
        for group, values in part.items()
        for name in values
    }
    return Imported(path.name, said, extra, {"": path.name, **sources}, tuple(lost), tuple(notes))


def imported_experiment(experiment: Experiment, name: str) -> Imported:
    """Everything that an experiment says, and its wavelength, which a matrix depends on."""
    fields = experiment.model_dump(exclude_unset=True)
    fields.setdefault("beam", {})["wavelength_A"] = experiment.beam.wavelength_A
    return Imported(name, fields, sources=dict(experiment._sources))


#: What places the detector: said together or not at all.
_PLACEMENT: Final = (
    "convention", "pixel_mm", "pixels_fast", "pixels_slow", "size_fast_mm", "size_slow_mm",
    "distance_mm", "close_distance_mm", "beam_x_mm", "beam_y_mm", "close_x_mm", "close_y_mm",
    "org_x_px", "org_y_px", "rotation_x_deg", "rotation_y_deg", "rotation_z_deg", "twotheta_deg",
    "pivot", "fast_axis", "slow_axis", "normal_axis", "twotheta_axis", "roi", "mask",
)  # fmt: skip
#: Fields that fall together: when a file says one of them, the others of the base no longer count.
_TOGETHER: Final[tuple[tuple[str, ...], ...]] = (
    (
        *(f"detector.{name}" for name in _PLACEMENT),
        "beam.direction",
        "beam.polarization_axis",
        "sampling.spindle_axis",
    ),
    ("detector.thickness_um", "detector.thickness_layers", "detector.attenuation_um"),
    ("crystal.cell", "crystal.matrix", "crystal.misset_deg", "crystal.misset_seed"),
    tuple(f"sampling.{name}" for name in ("phi_start_deg", "osc_deg", "phi_step_deg")),
)


def merge(base: Experiment | Imported | None, new: Imported) -> Imported:
    """What both say; the new one counts where they disagree, group by group (`_TOGETHER`).

    A kept orientation matrix is scaled to a changed wavelength, which it includes (spec 5.2).
    """
    if base is None:
        return new
    old = base if isinstance(base, Imported) else imported_experiment(base, "the base")
    fields = _nested(old.fields)
    for paths in _TOGETHER:
        if any(_has(new.fields, path) for path in paths):
            for path in paths:
                _drop(fields, path)
    if _has(new.fields, "sampling.phi_start_deg") and not _has(new.fields, "sampling.osc_deg"):
        _drop(fields, "sampling.phi_steps")  # A count alone would mean a rotation of 1° (spec 3.5).
    notes = [*old.notes, *new.notes, *_frame_note(old, new, fields), *_rescale(old, new, fields)]
    for group, values in new.fields.items():
        fields.setdefault(group, {}).update(values)
    offered = _nested(old.offered)
    for group, values in new.offered.items():
        offered.setdefault(group, {}).update(values)
    return Imported(
        f"{new.name} on {old.name}",
        fields,
        offered,
        {**old.sources, **new.sources},
        (*old.lost, *new.lost),
        tuple(notes),
    )


def apply(base: Experiment | Imported | None, imported: Imported) -> Experiment:
    """The experiment that a base and a file make together.

    Raises:
        InvalidInput: they do not make a whole experiment, or hold wrong values (which are named).
    """
    whole = merge(base, imported)
    fields = _nested(whole.fields)
    for group, values in whole.offered.items():
        for name, value in values.items():
            if not _is_superseded(fields, f"{group}.{name}"):
                fields.setdefault(group, {})[name] = value
    crystal = fields.get("crystal", {})
    missing = []
    if crystal.get("cell") is None and crystal.get("matrix") is None:
        missing.append("the crystal's cell or orientation")
    if crystal.get("structure_factors") is None and not crystal.get("default_F"):
        missing.append("structure factors")
    if missing:
        raise InvalidInput(
            f"{whole.name} is not a whole experiment",
            why=f"it says nothing of {' and of '.join(missing)}",
            remedy="Give the rest with --base, for example an MTZ file or an experiment in TOML:"
            " braggscope convert FILE experiment.toml --base REST",
        )
    return Experiment.build(fields, whole.sources)


def _nested(fields: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {group: copy.copy(dict(values)) for group, values in fields.items() if values}


def _has(fields: Mapping[str, Any], path: str) -> bool:
    group, _, name = path.partition(".")
    return (fields.get(group) or {}).get(name) is not None


def _drop(fields: dict[str, dict[str, Any]], path: str) -> None:
    group, _, name = path.partition(".")
    fields.get(group, {}).pop(name, None)


def _is_superseded(fields: Mapping[str, Any], path: str) -> bool:
    """Whether the field, or another that goes with it, is said already."""
    together = next((paths for paths in _TOGETHER if path in paths), (path,))
    return any(_has(fields, other) for other in together)


def _frame_note(old: Imported, new: Imported, fields: Mapping[str, Any]) -> list[str]:
    """A crystal that is kept while the lab frame changes keeps its numbers, not its direction."""
    before = (old.fields.get("detector") or {}).get("convention")
    after = (new.fields.get("detector") or {}).get("convention")
    turned = after is not None and after != (before or "mosflm")
    if not turned or not any(_has(fields, f"crystal.{name}") for name in ("matrix", "misset_deg")):
        return []
    if any(_has(new.fields, f"crystal.{name}") for name in ("matrix", "cell")):
        return []
    return [
        f"the crystal's orientation is kept as numbers and now counts in the lab frame of {after}"
    ]


def _wavelength(said: Imported) -> float | None:
    value: float | None = (said.fields.get("beam") or {}).get("wavelength_A")
    return value


def _rescale(old: Imported, new: Imported, fields: dict[str, dict[str, Any]]) -> list[str]:
    """Scale a kept matrix to the new wavelength."""
    matrix = fields.get("crystal", {}).get("matrix")
    before, after = _wavelength(old), _wavelength(new)
    if before is None or after is None or after == before or matrix is None:
        return []
    if _has(new.fields, "crystal.matrix"):
        return []
    rows = matrix["rows"] if isinstance(matrix, Mapping) else matrix.rows
    scaled = tuple(tuple(value * (after / before) for value in row) for row in rows)
    fields["crystal"]["matrix"] = {"rows": scaled}
    return [f"the orientation matrix is scaled from {before:g} Å to the new wavelength {after:g} Å"]
