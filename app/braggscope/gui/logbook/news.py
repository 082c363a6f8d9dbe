"""What happened to runs, engines and the comparison since the last look, as entries. No widgets."""

from __future__ import annotations

from collections.abc import Iterator

from braggscope.gui.messages import as_text
from braggscope.gui.numbers import seconds
from braggscope.gui.session import Session
from braggscope.gui.slots import Phase, Slot
from braggscope.ui.log import LogEntry

_SAID = {Phase.QUEUED: "asked for", Phase.CANCELLED: "cancelled"}


class SessionNews:
    """Compares the session with how it was at the last look."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._phases: dict[int, tuple[Phase, int]] = {}
        self._engines: dict[str, str] = {}
        self._verdict: object = None
        self._trace_problem = ""

    def read(self) -> list[LogEntry]:
        """What is new."""
        return [*self._of_engines(), *self._of_runs(), *self._of_verdict(), *self._of_trace()]

    def _of_engines(self) -> Iterator[LogEntry]:
        for engine, known in self._session.availability.items():
            if known is None:
                continue
            words = " ".join(filter(None, (known.device, known.version)))
            text = f"available: {words}" if known.available else f"not available: {known.reason}"
            if self._engines.get(engine) != text:
                self._engines[engine] = text
                yield LogEntry("info" if known.available else "warning", engine, text)

    def _of_runs(self) -> Iterator[LogEntry]:
        for slot in self._session.slots:
            before = self._phases.get(slot.id, (Phase.IDLE, 0))
            now = (slot.phase, slot.ticket)
            if now == before:
                continue
            self._phases[slot.id] = now
            if slot.phase is not Phase.RUNNING and slot.phase is not Phase.IDLE:
                yield self._of_run(slot)

    def _of_run(self, slot: Slot) -> LogEntry:
        name = self._session.name_of(slot)
        who = f"{name if name.startswith('run') else f'run {name}'}, {self._session.label(slot)}"
        if slot.phase is Phase.FAILED and slot.problem is not None:
            return LogEntry(
                "error", slot.engine, f"{who} failed: {slot.problem.what}", as_text(slot.problem)
            )
        if slot.phase is Phase.DONE and slot.image is not None:
            origin = slot.image.provenance
            notes = "".join(f"\n{note}" for note in origin.notes)
            return LogEntry(
                "info", slot.engine, f"{who}: done in {seconds(origin.wall_time_s)}{notes}"
            )
        return LogEntry("info", slot.engine, f"{who}: {_SAID.get(slot.phase, slot.phase.value)}")

    def _of_verdict(self) -> Iterator[LogEntry]:
        analyser = self._session.analyser
        if analyser.problem is not None:
            told: object = str(analyser.problem)
            if told != self._verdict:
                self._verdict = told
                text = f"A and B were not compared: {analyser.problem.what}"
                yield LogEntry("error", "comparison", text, as_text(analyser.problem))
            return
        findings = analyser.findings
        if findings is None or findings.agrees is None:
            return
        told = (findings.agrees, findings.reasons)
        if told != self._verdict:
            self._verdict = told
            text = "A and B agree" if findings.agrees else "A and B do not agree"
            yield LogEntry("info", "comparison", text, "\n".join(findings.reasons))

    def _of_trace(self) -> Iterator[LogEntry]:
        problem = self._session.tracer.state.problem
        if problem != self._trace_problem:
            self._trace_problem = problem
            if problem:
                yield LogEntry("warning", "trace", problem)
