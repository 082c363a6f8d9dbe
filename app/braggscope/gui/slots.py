"""A run slot: what the user set up in one row, and how its run is doing. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from braggscope.api import (
    BraggscopeError,
    DetectorImage,
    EngineContribution,
    EngineOption,
    Run,
    Semantics,
)
from braggscope.api.overrides import Overridden, override
from braggscope.experiment import Experiment

_FIRST_ENGINES: Final = ("torch-cpu", "nanobragg-c")


class Phase(StrEnum):
    """How the last run of a slot is doing."""

    IDLE = "idle"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_busy(self) -> bool:
        """Whether there is something to cancel."""
        return self in (Phase.QUEUED, Phase.RUNNING)


@dataclass(frozen=True)
class Progress:
    """How far a run is: done fraction, message, and seconds since it began."""

    fraction: float = 0.0
    message: str = ""
    elapsed_s: float = 0.0

    @property
    def remaining_s(self) -> float | None:
        """Seconds left at the pace so far; None as long as nothing can be said."""
        if self.fraction < 0.02 or self.elapsed_s < 0.5:
            return None
        return self.elapsed_s * (1.0 - self.fraction) / self.fraction


@dataclass(frozen=True, eq=False)
class Slot:
    """One row of "Runs".

    Attributes:
        id: stays the same as long as the row exists.
        engine: id of the engine.
        options: option name -> choice; what is missing is the engine's default.
        overrides: lines such as "beam.wavelength_A*=1.0001" or "semantics.omega=mean".
        phase: how its last run is doing.
        image: the last image, kept until a new one comes.
        image_run: the run that made it.
        asked: the run that was asked for last; None before that, and where none could be made.
        problem: why the last run gave no image.
        ticket: number of the last run; results with another are stale.
    """

    id: int
    engine: str
    options: Mapping[str, str] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    phase: Phase = Phase.IDLE
    progress: Progress = Progress()
    image: DetectorImage | None = None
    image_run: Run | None = None
    asked: Run | None = None
    problem: BraggscopeError | None = None
    ticket: int = 0


def first_slots(engines: Mapping[str, EngineContribution]) -> list[Slot]:
    """The two rows of a fresh window."""
    known = list(engines) or list(_FIRST_ENGINES)
    slots = []
    for number, wanted in enumerate(_FIRST_ENGINES):
        engine = wanted if wanted in known else known[min(number, len(known) - 1)]
        slots.append(Slot(number + 1, engine))
    return slots


def override_problems(experiment: Experiment | None, lines: tuple[str, ...]) -> tuple[str, ...]:
    """What is wrong with each line, "" where nothing is; lines apply one after the other."""
    found: list[str] = []
    current = None if experiment is None else Overridden(experiment)
    for line in lines:
        if current is None or not line.strip():
            found.append("")
            continue
        try:
            current = current.after(line)
        except BraggscopeError as error:
            # The findings stand in the reason; the head only says that there are some.
            general = " of the experiment " in error.what
            found.append(error.why if general and error.why else str(error))
        else:
            found.append("")
    return tuple(found)


def run_of(
    slot: Slot,
    experiment: Experiment,
    engines: Mapping[str, EngineContribution],
    semantics: Semantics,
) -> Run:
    """The run that a slot describes, with the semantics of all runs unless it overrides them.

    Raises:
        BraggscopeError: an override is wrong.
    """
    changed = override(experiment, slot.overrides, semantics)
    return Run(
        experiment=experiment,
        engine=slot.engine,
        overrides=tuple(changed.values.items()),
        semantics=changed.semantics,
        options=tuple(sorted(options_of(slot, engines).items())),
    )


class KnownRuns:
    """The runs that slots describe now, kept: every news asks for them, and making one takes a
    millisecond, more with overrides."""

    def __init__(self, engines: Mapping[str, EngineContribution]) -> None:
        self._engines = engines
        self._known: dict[int, tuple[object, Experiment, Run | None]] = {}

    def run_of(self, slot: Slot, experiment: Experiment, semantics: Semantics) -> Run | None:
        """The run of a slot; None where an override is wrong."""
        options = options_of(slot, self._engines)
        asked = (slot.engine, options, slot.overrides, semantics)
        known = self._known.get(slot.id)
        if known is not None and known[0] == asked and known[1] is experiment:
            return known[2]
        try:
            run = run_of(slot, experiment, self._engines, semantics)
        except BraggscopeError:
            run = None
        self._known[slot.id] = (asked, experiment, run)
        return run


def options_of(slot: Slot, engines: Mapping[str, EngineContribution]) -> dict[str, str]:
    """The slot's choices for the options that its engine has, defaults filled in."""
    contribution = engines.get(slot.engine)
    if contribution is None:
        return dict(slot.options)
    chosen = {}
    for option in contribution.options:
        default = option.fallback
        value = slot.options.get(option.name, default)
        if value and (not option.choices or value in option.choices):
            chosen[option.name] = value
        elif default:
            chosen[option.name] = default
    return chosen


def label_of(slot: Slot, engines: Mapping[str, EngineContribution]) -> str:
    """What the window calls the slot's run, such as "torch CPU · float64".

    The engine's first option is always named, the others where they are not left at their default.
    """
    contribution = engines.get(slot.engine)
    chosen = options_of(slot, engines)
    if contribution is None:
        return " · ".join([slot.engine, *chosen.values()])
    named = [
        _short(option, chosen.get(option.name, ""))
        for number, option in enumerate(contribution.options)
        if number == 0 or chosen.get(option.name, "") not in ("", option.fallback)
    ]
    return " · ".join(filter(None, [contribution.title, *named]))


def _short(option: EngineOption, value: str) -> str:
    """A value as a label says it: of a path its name."""
    return Path(value).name if option.kind == "path" else value


def paths_of(slot: Slot, engines: Mapping[str, EngineContribution]) -> tuple[Path, ...]:
    """The files that the slot's engine is told to read."""
    contribution = engines.get(slot.engine)
    options = contribution.options if contribution is not None else ()
    chosen = options_of(slot, engines)
    values = (chosen.get(option.name, "") for option in options if option.kind == "path")
    return tuple(Path(value) for value in values if value)
