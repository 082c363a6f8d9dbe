"""Keeps the analysis of A and B up to date. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Bounds,
    BraggscopeError,
    Cancelled,
    DetectorImage,
    ImageRegion,
    MetricContribution,
    MetricResult,
)
from braggscope.host.verdict import Analysis, deciding, verdict

if TYPE_CHECKING:
    from braggscope.gui.session import Session


@dataclass(frozen=True, eq=False)
class Findings:
    """What is known about A and B together.

    Attributes:
        pair: the images that were compared.
        faults: id of a metric or map that failed -> why.
        identical: whether they are equal in all pixels that count.
        regions: name of a region -> its metrics by id.
        region_faults: name of a region whose pixels could not be found -> why.
        measured: the regions that `regions` is about.
        pending: metrics that are still to come, or that nobody waited for.
    """

    pair: tuple[DetectorImage, DetectorImage]
    metrics: Mapping[str, MetricResult] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    agrees: bool | None = None
    reasons: tuple[str, ...] = ()
    difference: NDArray[np.generic] | None = None
    difference_map: str = ""
    identical: bool = False
    regions: Mapping[str, Mapping[str, MetricResult]] = field(default_factory=dict)
    region_faults: Mapping[str, str] = field(default_factory=dict)
    measured: tuple[ImageRegion, ...] = ()
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Wish:
    """What a job is to find.

    Attributes:
        known: what it adds to; None: everything is asked for.
    """

    pair: tuple[DetectorImage, DetectorImage]
    known: Findings | None
    difference_map: str
    regions: tuple[ImageRegion, ...]


class Analyser:
    """Starts analyses, drops stale ones, keeps the last.

    Attributes:
        metrics: all there are; whoever shows them sets it.
        bounds: metric id -> bounds in place of its own; None: it does not decide.
    """

    def __init__(self, session: Session, difference_map: str = "b_minus_a") -> None:
        self._session = session
        self.difference_map = difference_map
        self.metrics: Mapping[str, MetricContribution] = {}
        self.bounds: Mapping[str, Bounds | None] = {}
        self.findings: Findings | None = None
        self.problem: BraggscopeError | None = None
        self._job: Any = None
        self._ticket = 0
        self._judged: tuple[DetectorImage, DetectorImage] | None = None
        self._news: Analysis | None = None
        # Whether bounds were changed, perhaps since the host was asked.
        self._judges = False

    @property
    def is_busy(self) -> bool:
        """Whether an analysis is under way."""
        return self._job is not None

    def start(self, wait: bool = False) -> None:
        """Compare A and B afresh; with `wait` only forget what no longer belongs to them."""
        self.cancel()
        pair = self._pair()
        if self.findings is not None and not wait and self.findings.pair != pair:
            # Kept on screen while the runs go on, and no longer than that.
            self.findings = None
        self.problem = None
        if not wait:
            self._judged = pair
        else:
            self._judged = self.findings.pair if self.findings is not None else None
        if pair is not None and not wait:
            if pair[0].shape != pair[1].shape:
                self.problem = _unequal(*pair)
            else:
                regions = self._session.markings.regions
                self._submit(_Wish(pair, None, self.difference_map, regions))
        self._session.tell("analysis")

    def restore(self, bounds: Mapping[str, Bounds | None], difference_map: str) -> None:
        """Judge by these bounds and show this map from the next start on; forget what is known."""
        self.cancel()
        self.findings, self.problem, self._judged = None, None, None
        self.bounds, self._judges = dict(bounds), True
        self.difference_map = difference_map

    def refresh(self) -> None:
        """Compare A and B if that has not been done for these images; forget what is left over."""
        if self._pair() != self._judged:
            self.start()

    def choose_map(self, difference_map: str) -> None:
        """Show another difference map."""
        if difference_map == self.difference_map:
            return
        self.difference_map = difference_map
        findings = self.findings
        if findings is not None and not self.is_busy:
            self._submit(_Wish(findings.pair, findings, difference_map, ()))
        elif self._pair() is not None:
            self.start()
        self._session.tell("analysis")

    def follow_regions(self) -> None:
        """Measure regions that are new or have changed; forget those that are gone."""
        findings, wanted = self.findings, self._session.markings.regions
        if findings is None or findings.pair != self._pair():
            if self.is_busy:
                self.start()
            return
        if self.is_busy:
            self.start()
            return
        kept = tuple(region for region in findings.measured if region in wanted)
        names = {region.name for region in kept}
        self.findings = findings = replace(
            findings,
            measured=kept,
            regions={n: found for n, found in findings.regions.items() if n in names},
            region_faults={n: why for n, why in findings.region_faults.items() if n in names},
        )
        fresh = tuple(region for region in wanted if region not in kept)
        if fresh:
            self._submit(_Wish(findings.pair, findings, "", fresh))
        self._session.tell("analysis")

    def set_bounds(self, bounds: Mapping[str, Bounds | None]) -> None:
        """Judge by other bounds from now on."""
        self.bounds, self._judges = dict(bounds), True
        if self.findings is not None:
            self.findings = self._judged_anew(self.findings)
        self._session.tell("analysis")

    def _judged_anew(self, findings: Findings) -> Findings:
        """Findings with the verdict of the bounds as they are now."""
        limits = deciding(self.metrics, self.bounds)
        if limits.keys() & set(findings.pending):
            return replace(findings, agrees=None, reasons=())
        agrees, reasons = verdict(
            self.metrics, findings.metrics, findings.faults, self.bounds, findings.identical
        )
        return replace(findings, agrees=agrees, reasons=reasons)

    def stop(self) -> None:
        """Do without what is still to come; what is there stays."""
        if self.is_busy:
            self.cancel()
            self._session.tell("analysis")

    def cancel(self) -> None:
        """Stop the analysis that is under way."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._ticket += 1

    def _pair(self) -> tuple[DetectorImage, DetectorImage] | None:
        """The images of A and B; None while one is missing, or left over from another set-up."""
        a, b = self._session.slot("A"), self._session.slot("B")
        if a.image is None or b.image is None:
            return None
        return (a.image, b.image) if self._session.stands(a) and self._session.stands(b) else None

    def _submit(self, wish: _Wish) -> None:
        self._ticket += 1
        ticket = self._ticket
        everything = wish.known is None
        job = self._session.host.analyse(
            *wish.pair,
            metrics=None if everything or wish.regions else (),
            difference=wish.difference_map or None,
            bounds=self.bounds or None,
            regions=wish.regions,
            whole=everything,
            on_found=lambda found: self._note(ticket, wish, found),
        )
        self._job = job
        job.add_done_callback(
            lambda done: self._session.post(lambda: self._done(ticket, wish, done))
        )

    def _note(self, ticket: int, wish: _Wish, found: Analysis) -> None:
        """In a thread of the host: there is more. One message at a time is on its way."""
        waiting, self._news = self._news is not None, found
        if not waiting:
            self._session.post(lambda: self._take_news(ticket, wish))

    def _take_news(self, ticket: int, wish: _Wish) -> None:
        found, self._news = self._news, None
        if ticket == self._ticket and self.is_busy and found is not None:
            self._add(wish, found)
            self._session.tell("analysis")

    def _done(self, ticket: int, wish: _Wish, job: Any) -> None:
        if ticket != self._ticket:
            return
        self._job = None
        try:
            analysis = job.result()
        except Cancelled:
            return
        except BraggscopeError as error:
            self.problem = error
        else:
            self.problem = None
            self._add(wish, analysis)
        self._session.tell("analysis")

    def _add(self, wish: _Wish, found: Analysis) -> None:
        """Take what was found; what a job was not asked for stays as it is known."""
        known = wish.known
        if known is None:
            self.findings = Findings(
                wish.pair,
                found.metrics,
                found.faults,
                found.agrees,
                found.reasons,
                found.difference,
                wish.difference_map,
                found.identical,
                found.regions,
                found.region_faults,
                wish.regions,
                found.pending,
            )
            if self._judges:
                self.findings = self._judged_anew(self.findings)
            return
        known = self.findings if self.findings is not None else known
        faults = {**known.faults, **found.faults}
        if wish.difference_map:
            known = replace(known, difference=found.difference, difference_map=wish.difference_map)
        self.findings = replace(
            known,
            faults=faults,
            regions={**known.regions, **found.regions},
            region_faults={**known.region_faults, **found.region_faults},
            measured=(*(r for r in known.measured if r not in wish.regions), *wish.regions),
        )


def _unequal(a: DetectorImage, b: DetectorImage) -> BraggscopeError:
    return BraggscopeError(
        "A and B cannot be compared: they differ in size",
        why="A has {} × {} pixels, B {} × {} (slow × fast)".format(*a.shape, *b.shape),
        remedy="Give both runs the same detector; images are never resampled in silence",
    )
