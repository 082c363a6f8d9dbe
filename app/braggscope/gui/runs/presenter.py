"""What the rows under "Runs" say. Knows no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from braggscope.api import (
    BraggscopeError,
    DetectorImage,
    EngineContribution,
    EngineOption,
    ShapeMismatch,
)
from braggscope.api.semantics import unlike_nanobragg
from braggscope.errors import sentence
from braggscope.evidence.bundle import FROM_EVIDENCE
from braggscope.experiment.plain_text import pair_texts
from braggscope.gui.numbers import remaining, seconds
from braggscope.gui.session import Session
from braggscope.gui.slots import Phase, Slot, options_of
from braggscope.host.checks import check_run
from braggscope.host.host import CACHED_NOTE
from braggscope.session_files.model import SESSION_NOTE

Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True)
class StateLine:
    """How a row is doing.

    Attributes:
        sign: a character that says the same without colour.
        text: one line.
        tone: its colour.
        progress: done fraction, for a bar; None shows none.
        error: what "Details…" shows; None hides the button.
        shape: (slow, fast) that the detector would have to have; None offers nothing.
    """

    sign: str
    text: str
    tone: Tone = "plain"
    progress: float | None = None
    error: BraggscopeError | None = None
    shape: tuple[int, int] | None = None


@dataclass(frozen=True)
class Card:
    """One row.

    Attributes:
        engines: (id, title) to choose from.
        options: of the chosen engine, with the choice made.
        overrides: (line, what is wrong with it or "").
    """

    slot_id: int
    is_a: bool
    is_b: bool
    engine: str
    engines: tuple[tuple[str, str], ...]
    engine_hint: str
    options: tuple[tuple[EngineOption, str], ...]
    overrides: tuple[tuple[str, str], ...]
    state: StateLine
    removable: bool


def card_of(session: Session, slot: Slot) -> Card:
    """What the row of a slot says."""
    engine = session.engines.get(slot.engine)
    chosen = options_of(slot, session.engines)
    sides = session.sides_of(slot)
    engines = tuple((name, item.title) for name, item in session.engines.items())
    if engine is None:
        engines = (*engines, (slot.engine, slot.engine))
    return Card(
        slot_id=slot.id,
        is_a="A" in sides,
        is_b="B" in sides,
        engine=slot.engine,
        engines=engines,
        engine_hint=_engine_hint(session, slot, engine),
        options=tuple((o, chosen.get(o.name, "")) for o in (engine.options if engine else ())),
        overrides=tuple(zip(slot.overrides, session.override_problems(slot), strict=True)),
        state=state_line(session, slot),
        removable=len(session.slots) > 2,
    )


def _engine_hint(session: Session, slot: Slot, engine: EngineContribution | None) -> str:
    parts = [engine.description if engine else ""]
    known = session.availability.get(slot.engine)
    if known is not None and known.available:
        parts += [
            f"Runs on: {known.device}" if known.device else "",
            f"Version: {known.version}" if known.version else "",
        ]
    return "\n".join(part for part in parts if part)


def state_line(session: Session, slot: Slot) -> StateLine:
    """How a row is doing, the most pressing news first."""
    if slot.phase is Phase.RUNNING:
        left = slot.progress.remaining_s
        parts = [
            f"Running, {slot.progress.fraction:.0%}",
            remaining(left) if left is not None else "",
        ]
        return StateLine("▶", " · ".join(filter(None, parts)), progress=slot.progress.fraction)
    if slot.phase is Phase.QUEUED:
        return StateLine("…", "Waiting for its turn", progress=0.0)
    wrong = _wrong_set_up(session, slot)
    if wrong is not None:
        return wrong
    if slot.phase is Phase.FAILED and slot.problem is not None:
        shape = slot.problem.shape if isinstance(slot.problem, ShapeMismatch) else None
        text = f"Failed: {slot.problem.what}"
        return StateLine("✗", text, "bad", error=slot.problem, shape=shape)
    missing = _missing(session, slot)
    if missing is not None:
        return missing
    if slot.phase is Phase.CANCELLED:
        return StateLine(
            "■", "Cancelled" + ("; the last image is shown" if slot.image else ""), "warn"
        )
    if session.is_outdated(slot):
        return StateLine("↻", "Outdated: the set-up has changed since", "warn")
    if slot.image is not None:
        return StateLine("✓", _done(slot.image), "good")
    if session.availability.get(slot.engine) is None:
        return StateLine("…", "Checking whether it can run here")
    return StateLine("○", "Ready")


def _done(image: DetectorImage) -> str:
    took = seconds(image.provenance.wall_time_s)
    if any(note.startswith(FROM_EVIDENCE) for note in image.provenance.notes):
        return f"From evidence: made before in {took}"
    if SESSION_NOTE in image.provenance.notes:
        return f"From a session: made before in {took}"
    known = CACHED_NOTE in image.provenance.notes
    return f"From memory: made before in {took}" if known else f"Done in {took}"


def _wrong_set_up(session: Session, slot: Slot) -> StateLine | None:
    """Why the row cannot run as it is set up; None where it can."""
    if any(session.override_problems(slot)):
        return StateLine("!", "Correct the marked override before running", "warn")
    return _refused(session, slot)


def _refused(session: Session, slot: Slot) -> StateLine | None:
    """What the row's engine cannot do, the option first: there is little room."""
    run, engine = session.run_of(slot), session.engines.get(slot.engine)
    if run is None or engine is None:
        return None
    try:
        check_run(run, engine)
    except BraggscopeError as error:
        options = unlike_nanobragg(run.semantics).items()
        missing = [f"{n}={v}" for n, v in options if v not in engine.semantics.get(n, ())]
        if not missing:
            return StateLine("!", sentence(error.what), "warn", error=error)
        return StateLine("✗", f"Not supported: {missing[0]}", "warn", error=error)
    return None


def _missing(session: Session, slot: Slot) -> StateLine | None:
    if slot.engine not in session.engines:
        return StateLine("✗", f"There is no engine {slot.engine!r}", "bad")
    known = session.availability.get(slot.engine)
    if known is None or known.available:
        return None
    reason = known.reason or "it gave no reason"
    error = BraggscopeError(f"{slot.engine} is not available here", why=reason)
    return StateLine("✗", f"Not available: {reason}", "warn", error=error)


@dataclass(frozen=True)
class DifferenceRow:
    """One thing that A and B do not have in common."""

    name: str
    a: str
    b: str


def difference_rows(session: Session) -> tuple[DifferenceRow, ...] | None:
    """What differs between A and B; None while one of them cannot run."""
    try:
        found = session.run_differences()
    except BraggscopeError:
        return None
    if found is None:
        return None
    return tuple(DifferenceRow(name, *difference_texts(name, a, b)) for name, a, b in found)


def difference_texts(name: str, a: object, b: object) -> tuple[str, str]:
    """The values of A and B; no region is the whole detector."""
    if name == "region":
        a, b = "whole" if a is None else a, "whole" if b is None else b
    return pair_texts(a, b)
