"""A bundle as rows of the window: what must be set up for its runs to be theirs. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from braggscope.api import (
    Bounds,
    BraggscopeError,
    DetectorImage,
    EngineContribution,
    Run,
    Semantics,
)
from braggscope.evidence.bundle import OpenedBundle
from braggscope.experiment import Experiment
from braggscope.experiment.overrides import field_value, override_line
from braggscope.gui.session import Session
from braggscope.gui.slots import Phase, Slot, run_of


@dataclass(frozen=True, eq=False)
class Setting:
    """What the window is set to.

    Attributes:
        experiment, semantics: of A.
        rows: of A and B; ids are given when they are put in.
        notes: what cannot be shown as it was.
    """

    experiment: Experiment
    semantics: Semantics
    rows: tuple[Slot, Slot]
    notes: tuple[str, ...] = ()


def setting_of(bundle: OpenedBundle, engines: Mapping[str, EngineContribution]) -> Setting:
    """How the form and the rows must stand for the bundle's runs."""
    a, _ = bundle.runs
    rows, notes = [], []
    for letter, run, image in zip("AB", bundle.runs, bundle.images, strict=True):
        row, same = _row(run, image, a.experiment, a.semantics, engines)
        rows.append(row)
        if run.engine not in engines:
            notes.append(f"{letter} was made by {run.engine}, an engine that is not here")
        elif not same:
            notes.append(f"the run of {letter} cannot be set up in its row as it was")
    return Setting(a.experiment, a.semantics, (rows[0], rows[1]), tuple(notes))


def _row(
    run: Run,
    image: DetectorImage | None,
    base: Experiment,
    semantics: Semantics,
    engines: Mapping[str, EngineContribution],
) -> tuple[Slot, bool]:
    """A row that describes a run, and whether it does so exactly."""
    slot = Slot(1, run.engine, dict(run.options), _lines(run, base, semantics))
    made, same = run, False
    try:
        now = run_of(slot, base, engines, semantics)
    except BraggscopeError:
        slot = Slot(1, run.engine, dict(run.options))
    else:
        same = _meaning(now) == _meaning(run)
        made = now if same else run
    if image is None:
        return slot, same
    shown = Slot(
        slot.id, slot.engine, slot.options, slot.overrides,
        phase=Phase.DONE, image=image, image_run=made, asked=made,
    )  # fmt: skip
    return shown, same


def _lines(run: Run, base: Experiment, semantics: Semantics) -> tuple[str, ...]:
    """What a row says beside the experiment and semantics of all runs."""
    overrides = dict(run.overrides)
    if run.experiment != base:
        overrides = dict(_differences(base, run.effective_experiment))
    # What is left to the program comes first: beside the rest it may mean nothing.
    ordered = sorted(overrides.items(), key=lambda pair: pair[1] is not None)
    lines = [override_line(path, value) for path, value in ordered]
    for name in Semantics.model_fields:
        value = getattr(run.semantics, name)
        if value != getattr(semantics, name):
            lines.append(f"semantics.{name}={value}")
    return tuple(lines)


def _differences(base: Experiment, other: Experiment) -> list[tuple[str, object]]:
    found = []
    for group, part in other:
        for name, value in part:
            path = f"{group}.{name}"
            if field_value(base, path) != value:
                found.append((path, value))
    return found


def _meaning(run: Run) -> tuple[object, ...]:
    return run.effective_experiment, run.semantics, run.engine, run.options, run.region


def put_rows(session: Session, rows: Sequence[Slot]) -> None:
    """Have these rows as A and B; other rows stay, without images that are no longer theirs."""
    sides = tuple(session.slot(side).id for side in session.sides)
    fresh = {slot_id: replace(row, id=slot_id) for slot_id, row in zip(sides, rows, strict=True)}
    slots = [fresh.get(slot.id, slot) for slot in session.slots]
    session.restore(slots, (sides[0], sides[1]))


def bounds_of(session: Session, bundle: OpenedBundle) -> dict[str, Bounds | None]:
    """The bundle's thresholds, of metrics that are known here; others stay as they are."""
    known = session.analyser.metrics
    return {
        **session.analyser.bounds,
        **{name: bounds for name, bounds in bundle.bounds.items() if name in known},
    }
