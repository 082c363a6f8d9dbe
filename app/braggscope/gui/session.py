"""Session: run slots, which of them are A and B, and the work on them. No Qt, no widgets.

Jobs end in threads of the host; `post` brings their news to the session's own thread. Everything
else here runs in that thread only. Results whose ticket is not the slot's last are dropped.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from braggscope.api import (
    Availability,
    BraggscopeError,
    Cancelled,
    EngineContribution,
    Pixel,
    Run,
    Semantics,
)
from braggscope.api.run import differences
from braggscope.experiment import Experiment
from braggscope.gui.analysing import Analyser
from braggscope.gui.host_like import HostLike
from braggscope.gui.markings import MarkingNews, Markings
from braggscope.gui.pinning import Pins
from braggscope.gui.slots import (
    KnownRuns,
    Phase,
    Progress,
    Slot,
    first_slots,
    label_of,
    override_problems,
    run_of,
)
from braggscope.gui.trace_sources import TraceSources
from braggscope.gui.tracing import Tracer

Side = Literal["A", "B"]
News = (
    Literal[
        "experiment",
        "engines",
        "slots",
        "images",
        "analysis",
        "trace",
        "pins",
        "tolerances",
        "cursor",
    ]
    | MarkingNews
)
SIDES: Final[tuple[Side, Side]] = ("A", "B")
Post = Callable[[Callable[[], None]], None]


class Session:
    """What the window is about.

    Args:
        host: runs engines and analyses.
        engines: id -> contribution, in the order to offer them.
        post: calls a function later in the session's thread; callable from any thread.
        tell: called with what changed.
    """

    def __init__(
        self,
        host: HostLike,
        engines: Mapping[str, EngineContribution],
        post: Post,
        tell: Callable[[News], None],
    ) -> None:
        self.host = host
        self.engines = dict(engines)
        self.post = post
        self.tell = tell
        self.experiment: Experiment | None = None
        self.semantics = Semantics()
        self.experiment_problem = ""
        self.availability: dict[str, Availability | None] = {}
        self.cursor: Pixel | None = None
        self.markings = Markings(self._marked)
        self.analyser = Analyser(self)
        self.tracer = Tracer(self)
        self.sources = TraceSources()
        self.pins = Pins(self)
        self._jobs: dict[int, Any] = {}
        self._tickets = 0
        self._closed = False
        self._runs = KnownRuns(self.engines)
        self._slots = first_slots(self.engines)
        self._sides: dict[Side, int] = {"A": self._slots[0].id, "B": self._slots[1].id}

    # ── what is there ─────────────────────────────────────────────────────────────────────────

    @property
    def slots(self) -> tuple[Slot, ...]:
        """All rows, top down."""
        return tuple(self._slots)

    def slot(self, side: Side) -> Slot:
        """The row that is A or B."""
        return self.by_id(self._sides[side])

    @property
    def sides(self) -> tuple[Side, Side]:
        """A and B, in this order."""
        return SIDES

    def by_id(self, slot_id: int) -> Slot:
        """The row of that id."""
        return next(slot for slot in self._slots if slot.id == slot_id)

    def sides_of(self, slot: Slot) -> tuple[Side, ...]:
        """Whether a row is A, B, both or neither."""
        return tuple(side for side, slot_id in self._sides.items() if slot_id == slot.id)

    def name_of(self, slot: Slot) -> str:
        """A short name of a row: A, B, or its number from above."""
        return " and ".join(self.sides_of(slot)) or f"run {self._slots.index(slot) + 1}"

    def label(self, slot: Slot) -> str:
        """What the window calls the row's run."""
        return label_of(slot, self.engines)

    def image_label(self, slot: Slot) -> str:
        """What the window calls the run that made the row's image; without one, the row's."""
        made = slot.image_run
        if made is not None:
            slot = replace(slot, engine=made.engine, options=dict(made.options))
        return self.label(slot)

    def override_problems(self, slot: Slot) -> tuple[str, ...]:
        """What is wrong with each override of a row."""
        return override_problems(self.experiment, slot.overrides)

    def run_of(self, slot: Slot) -> Run | None:
        """The run that a row describes now; None while something in it is wrong."""
        if self.experiment is None or self.experiment_problem:
            return None
        return self._runs.run_of(slot, self.experiment, self.semantics)

    def is_outdated(self, slot: Slot) -> bool:
        """Whether the row's image was made by another run than it describes now."""
        return slot.image is not None and slot.image_run != self.run_of(slot)

    def stands(self, slot: Slot) -> bool:
        """Whether the row's image may be judged: it is not left over from before its last run."""
        if slot.image is None:
            return False
        return slot.image_run == slot.asked or not self.is_outdated(slot)

    @property
    def is_busy(self) -> bool:
        """Whether there is something to cancel."""
        runs = any(slot.phase.is_busy for slot in self._slots)
        return runs or any(work.is_busy for work in (self.tracer, self.pins, self.analyser))

    def run_differences(self) -> list[tuple[str, Any, Any]] | None:
        """What differs between A and B as they are set up now; None while one cannot run."""
        a, b = self.run_of(self.slot("A")), self.run_of(self.slot("B"))
        return None if a is None or b is None else differences(a, b)

    # ── setting up ────────────────────────────────────────────────────────────────────────────

    def set_experiment(self, experiment: Experiment | None, problem: str = "") -> None:
        """Take another experiment, or none while the form has a problem."""
        if experiment is not None:
            self.experiment = experiment
        self.experiment_problem = problem
        self.tell("experiment")
        self._set_up_changed()

    def set_semantics(self, semantics: Semantics) -> None:
        """Choose what all runs mean, as long as their rows do not say otherwise."""
        if semantics != self.semantics:
            self.semantics = semantics
            self._set_up_changed()

    def edit(self, slot_id: int, **changes: Any) -> None:
        """Change engine, options or overrides of a row."""
        self._replace(slot_id, **changes)
        self._set_up_changed()
        if "engine" in changes:
            self.check_engine(changes["engine"])

    def _set_up_changed(self) -> None:
        """A failure belongs to the set-up that failed: with another one it is gone."""
        self._slots = [self._without_old_failure(slot) for slot in self._slots]
        self.tell("slots")
        self._refresh_analysis()

    def _without_old_failure(self, slot: Slot) -> Slot:
        if slot.phase is not Phase.FAILED:
            return slot
        now = self.run_of(slot)
        if now == slot.asked:
            return slot
        if now is not None and now == slot.image_run:
            return replace(slot, phase=Phase.DONE, problem=None, asked=now)
        return slot if now is None else replace(slot, phase=Phase.IDLE, problem=None)

    def add_slot(self) -> Slot:
        """Another row, like the last one."""
        last = self._slots[-1]
        new_id = max(slot.id for slot in self._slots) + 1
        self._slots.append(Slot(new_id, last.engine, dict(last.options)))
        self.tell("slots")
        return self._slots[-1]

    def remove_slot(self, slot_id: int) -> None:
        """Drop a row; two always stay, and A and B move to rows that are left."""
        if len(self._slots) <= 2:
            return
        self._cancel_slot(slot_id)
        self._slots = [slot for slot in self._slots if slot.id != slot_id]
        for side in SIDES:
            if self._sides[side] == slot_id:
                taken = self._sides.values()
                self._sides[side] = next(s.id for s in self._slots if s.id not in taken)
        self._sides_changed()

    def assign(self, side: Side, slot_id: int) -> None:
        """Make a row A or B; if it was the other one, the two change places."""
        other: Side = "B" if side == "A" else "A"
        if self._sides[side] == slot_id:
            return
        if self._sides[other] == slot_id:
            self._sides[other] = self._sides[side]
        self._sides[side] = slot_id
        self._sides_changed()

    def swap(self) -> None:
        """A becomes B and B becomes A."""
        self._sides = {"A": self._sides["B"], "B": self._sides["A"]}
        self._sides_changed()

    def restore(self, slots: Sequence[Slot], sides: tuple[int, int]) -> None:
        """Have other rows, with images that they bring along, in the place of these.

        Args:
            slots: at least two, none of them under way.
            sides: ids of A and B.
        """
        for slot in self._slots:
            self._cancel_slot(slot.id)
        self._slots = list(slots)
        self._sides = {"A": sides[0], "B": sides[1]}
        for slot in slots:
            self.check_engine(slot.engine)
        self._sides_changed()

    def set_cursor(self, pixel: Pixel | None) -> None:
        """Move the crosshair."""
        if pixel != self.cursor:
            self.cursor = pixel
            self.tell("cursor")

    def _marked(self, news: MarkingNews) -> None:
        self.tell(news)
        if news == "regions":
            self.analyser.follow_regions()

    def check_engine(self, engine_id: str) -> None:
        """Ask whether an engine can run here, unless that is known or being asked."""
        if engine_id in self.availability or self._closed:
            return
        self.availability[engine_id] = None
        job = self.host.availability(engine_id)
        job.add_done_callback(lambda done: self.post(lambda: self._checked(engine_id, done)))

    def _checked(self, engine_id: str, job: Any) -> None:
        try:
            self.availability[engine_id] = job.result()
        except Cancelled:
            del self.availability[engine_id]
        except BraggscopeError as error:
            self.availability[engine_id] = Availability(False, reason=str(error))
        self.tell("engines")
        self.tell("slots")

    # ── running ───────────────────────────────────────────────────────────────────────────────

    def run(self, afresh: bool = False) -> None:
        """Run A and B; with `afresh` also where an image is in memory."""
        for side in SIDES:
            self.run_slot(self._sides[side], afresh)

    def run_slot(self, slot_id: int, afresh: bool = False) -> None:
        """Run one row; a run of it that is under way is replaced."""
        self._cancel_slot(slot_id)
        try:
            run = self._run_to_make(self.by_id(slot_id))
        except BraggscopeError as error:
            self._replace(slot_id, phase=Phase.FAILED, problem=error, asked=None, ticket=0)
            self._refresh_analysis()
            return
        self._tickets += 1
        ticket, started = self._tickets, time.monotonic()
        self._replace(
            slot_id,
            phase=Phase.QUEUED,
            progress=Progress(),
            problem=None,
            asked=run,
            ticket=ticket,
        )

        def on_progress(fraction: float, message: str = "") -> None:
            progress = Progress(fraction, message, time.monotonic() - started)
            self.post(lambda: self._progressed(slot_id, ticket, progress))

        job = self.host.render(run, on_progress, use_cache=not afresh)
        self._jobs[slot_id] = job
        job.add_done_callback(lambda done: self.post(lambda: self._ran(slot_id, ticket, run, done)))

    def _run_to_make(self, slot: Slot) -> Run:
        if self.experiment_problem:
            raise BraggscopeError(
                "there is no valid experiment to run",
                why=self.experiment_problem,
                remedy="Correct the marked field in Experiment, or open one (File ▸ Open)",
            )
        if self.experiment is None:
            raise BraggscopeError(
                "there is no experiment to run",
                remedy="Open one (File ▸ Open), or paste a nanoBragg command line",
            )
        return run_of(slot, self.experiment, self.engines, self.semantics)

    def cancel(self) -> None:
        """Stop all runs, traces and analyses that are under way; what is found stays."""
        for slot in self._slots:
            self._cancel_slot(slot.id)
        self.tracer.cancel()
        self.pins.cancel()
        self.analyser.stop()
        self._refresh_analysis()

    def _cancel_slot(self, slot_id: int) -> None:
        job = self._jobs.pop(slot_id, None)
        if job is not None:
            job.cancel()
            # Whatever comes of it is stale: the row is free at once.
            self._replace(slot_id, phase=Phase.CANCELLED, ticket=0)

    def _is_current(self, slot_id: int, ticket: int) -> bool:
        return any(slot.id == slot_id and slot.ticket == ticket for slot in self._slots)

    def _progressed(self, slot_id: int, ticket: int, progress: Progress) -> None:
        if self._is_current(slot_id, ticket) and self.by_id(slot_id).phase.is_busy:
            self._replace(slot_id, phase=Phase.RUNNING, progress=progress)

    def _ran(self, slot_id: int, ticket: int, run: Run, job: Any) -> None:
        if self._closed or not self._is_current(slot_id, ticket):
            return
        self._jobs.pop(slot_id, None)
        try:
            image = job.result()
        except Cancelled:
            self._replace(slot_id, phase=Phase.CANCELLED)
            self._refresh_analysis()
        except BraggscopeError as error:
            self._replace(slot_id, phase=Phase.FAILED, problem=error)
            self._refresh_analysis()
        else:
            self._replace(slot_id, phase=Phase.DONE, image=image, image_run=run)
            if self.sides_of(self.by_id(slot_id)):
                self._images_changed()

    # ── the rest ──────────────────────────────────────────────────────────────────────────────

    def close(self) -> None:
        """Cancel everything; nothing that comes later changes anything."""
        self._closed = True
        for job in self._jobs.values():
            job.cancel()
        self._jobs.clear()
        self.tracer.cancel()
        self.pins.cancel()
        self.analyser.cancel()

    def _sides_changed(self) -> None:
        self.tell("slots")
        self._images_changed()

    def _images_changed(self) -> None:
        self.tracer.forget_if_outdated()
        self.pins.forget_if_outdated()
        self.tell("images")
        # A pair that is about to be replaced is not worth analysing.
        self.analyser.start(wait=self._is_pair_busy)

    def _refresh_analysis(self) -> None:
        if not self._is_pair_busy:
            self.analyser.refresh()

    @property
    def _is_pair_busy(self) -> bool:
        return self.slot("A").phase.is_busy or self.slot("B").phase.is_busy

    def _replace(self, slot_id: int, **changes: Any) -> None:
        self._slots = [
            replace(slot, **changes) if slot.id == slot_id else slot for slot in self._slots
        ]
        self.tell("slots")
