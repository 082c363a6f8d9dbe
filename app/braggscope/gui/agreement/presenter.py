"""What the agreement panel says. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from braggscope.api import MetricContribution, MetricResult, Pixel
from braggscope.gui.analysing import Findings
from braggscope.gui.session import SIDES, Session
from braggscope.gui.slots import Phase
from braggscope.host.verdict import holds

Tone = Literal["plain", "good", "warn", "bad"]


@dataclass(frozen=True)
class MetricRow:
    """One metric: its value, bound, whether it holds ("✓", "✗", "?" or ""), and its pixel."""

    id: str
    title: str
    value: str
    bounds: str
    sign: str
    pixel: Pixel | None
    hint: str


@dataclass(frozen=True)
class Agreement:
    """What the panel shows.

    Attributes:
        sign, headline: the verdict.
        reasons: lines below it.
        outdated: the verdict is about images that the rows no longer describe.
    """

    sign: str
    headline: str
    tone: Tone
    reasons: tuple[str, ...] = ()
    rows: tuple[MetricRow, ...] = ()
    outdated: bool = False


def agreement_of(session: Session, metrics: Mapping[str, MetricContribution]) -> Agreement:
    """What is known about A and B."""
    findings, problem = session.analyser.findings, session.analyser.problem
    if _is_pending(session):
        # The old verdict is not the one that is waited for; its numbers stay, marked, meanwhile.
        rows = _rows(findings, metrics) if findings is not None else ()
        return Agreement("…", "Waiting for the runs", "plain", rows=rows, outdated=bool(rows))
    if problem is not None:
        lines = tuple(line for line in (problem.why, problem.remedy) if line)
        return Agreement("!", problem.what[:1].upper() + problem.what[1:], "warn", lines)
    if findings is None:
        return _nothing_yet(session)
    rows = _rows(findings, metrics)
    outdated = any(session.is_outdated(session.slot(side)) for side in SIDES)
    if findings.agrees is None:
        return Agreement("?", "No verdict", "warn", findings.reasons, rows, outdated)
    decisive = sum(bool(row.sign) for row in rows)
    if findings.agrees:
        held = f"All {decisive} bounds hold." if decisive > 1 else "The bound holds."
        undefined = tuple(reason for reason in findings.reasons if "has no value" in reason)
        return Agreement("✓", "Agrees", "good", (held, *undefined), rows, outdated)
    against = tuple(reason for reason in findings.reasons if not reason.endswith(": holds"))
    return Agreement("✗", "Does not agree", "bad", against or findings.reasons, rows, outdated)


def _is_pending(session: Session) -> bool:
    """Whether a run is under way whose image the verdict is not about."""
    slots = [session.slot(side) for side in SIDES]
    return any(slot.phase.is_busy for slot in slots) and not all(map(session.stands, slots))


def _nothing_yet(session: Session) -> Agreement:
    if session.analyser.is_busy:
        return Agreement("…", "Comparing A and B", "plain")
    if any(session.slot(side).phase.is_busy for side in SIDES):
        return Agreement("…", "Waiting for the runs", "plain")
    reasons = why_no_pair(session)
    if reasons:
        return Agreement("?", "No verdict", "warn", reasons)
    missing = [side for side in SIDES if session.slot(side).image is None]
    which = " and ".join(missing) or "A and B"
    return Agreement("○", "Not compared yet", "plain", (f"Press F5 to run {which}.",))


def why_no_pair(session: Session) -> tuple[str, ...]:
    """Which of A and B failed, was cancelled, or shows another set-up than its last run."""
    said = []
    for side in SIDES:
        slot = session.slot(side)
        if slot.phase is Phase.FAILED and slot.problem is not None:
            said.append(f"{side} failed: {slot.problem.what}.")
        elif slot.phase is Phase.CANCELLED and not session.stands(slot):
            said.append(f"{side} was cancelled.")
        elif slot.image is not None and not session.stands(slot):
            said.append(f"The image of {side} is of another set-up: press F5 to run A and B.")
    return tuple(said)


def _rows(findings: Findings, metrics: Mapping[str, MetricContribution]) -> tuple[MetricRow, ...]:
    return tuple(
        _row(contribution, findings, name)
        for name, contribution in metrics.items()
        if name in findings.metrics or name in findings.faults
    )


def _row(contribution: MetricContribution, findings: Findings, name: str) -> MetricRow:
    bounds, result = contribution.bounds, findings.metrics.get(name)
    sign = ""
    if result is None:
        text, note, pixel = "failed", findings.faults.get(name, ""), None
        sign = "" if bounds is None else "?"
    else:
        text, note, pixel = _value_text(contribution, result), result.note, result.pixel
        if bounds is not None:
            sign = "✓" if holds(bounds, result, findings.identical) else "✗"
    return MetricRow(
        id=contribution.id,
        title=contribution.title,
        value=text,
        bounds=str(bounds) if bounds is not None else "",
        sign=sign,
        pixel=pixel,
        hint="\n".join(part for part in (contribution.description, note) if part),
    )


def _value_text(contribution: MetricContribution, result: MetricResult) -> str:
    if result.value is None:
        return "undefined"
    return format(result.value, contribution.format).replace("-", "−")
