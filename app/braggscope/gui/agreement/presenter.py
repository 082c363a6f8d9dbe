"""What the agreement panel says. Knows no widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from braggscope.api import Bounds, MetricContribution, MetricResult, Pixel
from braggscope.errors import sentence
from braggscope.gui.analysing import Findings
from braggscope.gui.numbers import number
from braggscope.gui.session import SIDES, Session
from braggscope.gui.slots import Phase
from braggscope.host.noise_floor import Floor
from braggscope.host.verdict import deciding, holds

Tone = Literal["plain", "good", "warn", "bad"]
#: The parity plugin's count of pixels out of tolerance.
_OUTSIDE: Final = "first_outside"
_OWN_BOUNDS: Final = "The bounds are your own: More ▸ Thresholds shows and resets them."
_UNDECIDED: Final = ("No metric has bounds to decide by.",)
_NOISE: Final = "Noise floor: how far the engines are from themselves, of these the farthest."


@dataclass(frozen=True)
class Cell:
    """A metric's value for a part of the image."""

    value: str
    sign: str = ""
    pixel: Pixel | None = None
    hint: str = ""


@dataclass(frozen=True)
class MetricRow:
    """One metric: its value, bound, whether it holds ("✓", "✗", "?" or ""), and its pixel.

    Attributes:
        regions: the same for each region, in their order.
        noise: how far from its best value the engines' own noise brings it; "" when not measured.
        noise_hint: how that came about.
    """

    id: str
    title: str
    value: str
    bounds: str
    sign: str
    pixel: Pixel | None
    hint: str
    regions: tuple[Cell, ...] = ()
    noise: str = ""
    noise_hint: str = ""


@dataclass(frozen=True)
class Agreement:
    """What the panel shows.

    Attributes:
        sign, headline: the verdict.
        reasons: lines below it.
        outdated: the verdict is about images that the rows no longer describe.
        regions: names of the regions that have a column.
        progress: what is still being measured; "" when nothing is.
    """

    sign: str
    headline: str
    tone: Tone
    reasons: tuple[str, ...] = ()
    rows: tuple[MetricRow, ...] = ()
    outdated: bool = False
    regions: tuple[str, ...] = ()
    progress: str = ""


def agreement_of(
    session: Session,
    metrics: Mapping[str, MetricContribution],
    floors: Mapping[str, Floor] | None = None,
) -> Agreement:
    """What is known about A and B.

    Args:
        floors: noise floors by metric, where they were measured.
    """
    findings, problem = session.analyser.findings, session.analyser.problem
    if _is_pending(session):
        # The old verdict is not the one that is waited for; its numbers stay, marked, meanwhile.
        rows = _rows(session, metrics, floors)
        regions = _regions(findings)
        waiting = Agreement("…", "Waiting for the runs", "plain", rows=rows, regions=regions)
        return replace(waiting, outdated=bool(rows))
    if problem is not None:
        lines = tuple(line for line in (problem.why, problem.remedy) if line)
        return Agreement("!", sentence(problem.what), "warn", lines)
    if findings is None:
        return _nothing_yet(session)
    outdated = any(session.is_outdated(session.slot(side)) for side in SIDES)
    agreement = _verdict(session, findings, metrics, _rows(session, metrics, floors))
    return replace(
        agreement,
        outdated=outdated,
        regions=_regions(findings),
        progress=_progress(session, findings),
    )


def _regions(findings: Findings | None) -> tuple[str, ...]:
    """Names of the regions that every row has a cell of."""
    return () if findings is None else tuple(region.name for region in findings.measured)


def _verdict(
    session: Session,
    findings: Findings,
    metrics: Mapping[str, MetricContribution],
    rows: tuple[MetricRow, ...],
) -> Agreement:
    if findings.agrees is None:
        limits = deciding(metrics, session.analyser.bounds)
        if limits.keys() & set(findings.pending):
            if session.analyser.is_busy:
                return Agreement("…", "Comparing A and B", "plain", rows=rows)
            stopped = ("Stopped before the verdict. Press F5 to compare again.",)
            return Agreement("?", "No verdict", "warn", stopped, rows)
        return Agreement("?", "No verdict", "warn", findings.reasons or _UNDECIDED, rows)
    decisive = sum(bool(row.sign) for row in rows)
    own = (_OWN_BOUNDS,) if session.analyser.bounds else ()
    if findings.agrees:
        held = f"All {decisive} bounds hold." if decisive > 1 else "The bound holds."
        undefined = tuple(reason for reason in findings.reasons if "has no value" in reason)
        lines = (held, *_out_of_tolerance(findings), *undefined, *own)
        return Agreement("✓", "Agrees", "good", lines, rows)
    against = tuple(reason for reason in findings.reasons if not reason.endswith(": holds"))
    lines = (*(against or findings.reasons), *own)
    return Agreement("✗", "Does not agree", "bad", lines, rows)


def _out_of_tolerance(findings: Findings) -> tuple[str, ...]:
    """What bounds on the whole image pass over: they may hold though many pixels differ."""
    result = findings.metrics.get(_OUTSIDE)
    if result is None or not result.value:
        return ()
    return (f"Yet {result.value:.0f} pixels differ by more than the tolerance.",)


def _progress(session: Session, findings: Findings) -> str:
    if not session.analyser.is_busy:
        return ""
    if findings.pending:
        total = len(findings.metrics) + len(findings.pending) + len(findings.faults)
        return f"{total - len(findings.pending)} of {total} metrics"
    return "Measuring …"


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


def _rows(
    session: Session,
    metrics: Mapping[str, MetricContribution],
    floors: Mapping[str, Floor] | None,
) -> tuple[MetricRow, ...]:
    analyser = session.analyser
    findings = analyser.findings
    if findings is None:
        return ()
    limits = deciding(metrics, analyser.bounds)
    shown = {*findings.metrics, *findings.faults, *findings.pending}
    return tuple(
        _row(contribution, findings, limits.get(name), analyser.is_busy, (floors or {}).get(name))
        for name, contribution in metrics.items()
        if name in shown
    )


def _row(
    contribution: MetricContribution,
    findings: Findings,
    limit: Bounds | None,
    busy: bool,
    floor: Floor | None,
) -> MetricRow:
    name = contribution.id
    fault = findings.faults.get(name, "")
    whole = _cell(contribution, findings.metrics.get(name), limit, fault, findings.identical)
    if name in findings.pending:
        whole = Cell("…", hint="Being measured") if busy else Cell("—", hint="Stopped")
    regions = tuple(
        _region_cell(contribution, findings, region.name, limit, busy)
        for region in findings.measured
    )
    return MetricRow(
        id=contribution.id,
        title=contribution.title,
        value=whole.value,
        bounds=str(limit) if limit is not None else "",
        sign=whole.sign,
        pixel=whole.pixel,
        hint="\n".join(part for part in (contribution.description, whole.hint) if part),
        regions=regions,
        noise="" if floor is None else f"noise {number(floor.deviation, 2)}",
        noise_hint="" if floor is None else "\n".join((_NOISE, *floor.lines)),
    )


def _region_cell(
    contribution: MetricContribution,
    findings: Findings,
    region: str,
    limit: Bounds | None,
    busy: bool,
) -> Cell:
    if region in findings.region_faults:
        return Cell("—", hint=findings.region_faults[region].partition("\n")[0])
    result = findings.regions.get(region, {}).get(contribution.id)
    fault = findings.faults.get(contribution.id, "")
    if result is None and not fault:
        return Cell("…" if busy else "—")
    return _cell(contribution, result, limit, fault, identical=False)


def _cell(
    contribution: MetricContribution,
    result: MetricResult | None,
    limit: Bounds | None,
    fault: str,
    identical: bool,
) -> Cell:
    if result is None:
        return Cell("failed", "" if limit is None else "?", None, fault)
    sign = ""
    if limit is not None:
        sign = "✓" if holds(limit, result, identical) else "✗"
    return Cell(_value_text(contribution, result), sign, result.pixel, result.note)


def _value_text(contribution: MetricContribution, result: MetricResult) -> str:
    if result.value is None:
        return "undefined"
    return format(result.value, contribution.format).replace("-", "−")
