"""Keeps the analysis of A and B up to date. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from braggscope.api import BraggscopeError, Cancelled, DetectorImage, MetricResult

if TYPE_CHECKING:
    from braggscope.gui.session import Session


@dataclass(frozen=True, eq=False)
class Findings:
    """What is known about A and B together.

    Attributes:
        pair: the images that were compared.
        faults: id of a metric or map that failed -> why.
        identical: whether they are equal in all pixels that count.
    """

    pair: tuple[DetectorImage, DetectorImage]
    metrics: Mapping[str, MetricResult] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    agrees: bool | None = None
    reasons: tuple[str, ...] = ()
    difference: NDArray[np.generic] | None = None
    difference_map: str = ""
    identical: bool = False


class Analyser:
    """Starts analyses, drops stale ones, keeps the last."""

    def __init__(self, session: Session, difference_map: str = "b_minus_a") -> None:
        self._session = session
        self.difference_map = difference_map
        self.findings: Findings | None = None
        self.problem: BraggscopeError | None = None
        self._job: Any = None
        self._ticket = 0
        self._judged: tuple[DetectorImage, DetectorImage] | None = None

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
                self._submit(pair, None)
        self._session.tell("analysis")

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
            self._submit(findings.pair, findings)
        elif self._pair() is not None:
            self.start()
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

    def _submit(self, pair: tuple[DetectorImage, DetectorImage], known: Findings | None) -> None:
        """Analyse a pair; with `known` only the difference map is made."""
        self._ticket += 1
        ticket, chosen = self._ticket, self.difference_map
        metrics = None if known is None else ()
        job = self._session.host.analyse(*pair, metrics=metrics, difference=chosen or None)
        self._job = job
        job.add_done_callback(
            lambda done: self._session.post(lambda: self._done(ticket, pair, known, chosen, done))
        )

    def _done(
        self,
        ticket: int,
        pair: tuple[DetectorImage, DetectorImage],
        known: Findings | None,
        chosen: str,
        job: Any,
    ) -> None:
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
            fresh = known or Findings(
                pair,
                analysis.metrics,
                analysis.faults,
                analysis.agrees,
                analysis.reasons,
                identical=analysis.identical,
            )
            faults = {**fresh.faults, **analysis.faults}
            self.findings = replace(
                fresh, difference=analysis.difference, difference_map=chosen, faults=faults
            )
        self._session.tell("analysis")


def _unequal(a: DetectorImage, b: DetectorImage) -> BraggscopeError:
    return BraggscopeError(
        "A and B cannot be compared: they differ in size",
        why="A has {} × {} pixels, B {} × {} (slow × fast)".format(*a.shape, *b.shape),
        remedy="Give both runs the same detector; images are never resampled in silence",
    )
