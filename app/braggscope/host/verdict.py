"""From metrics to a verdict, with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from braggscope.api import Bounds, MetricContribution, MetricResult


@dataclass(frozen=True, eq=False)
class Analysis:
    """What the analysis worker found about two images.

    Attributes:
        metrics: metric id -> result, in the order of the registry; those that failed are missing.
        faults: id of a metric or difference map that failed -> why (first line) and traceback.
        difference: [slow, fast] float64, the chosen difference map; None when none was asked for
            or it failed.
        agrees: whether all metrics with bounds hold; None when none decides, or when one that
            decides failed and no other says no.
        reasons: one line per deciding metric.
        identical: whether the images are equal in all pixels that count.
        regions: name of a region -> its metrics by id.
        region_faults: name of a region whose pixels could not be found -> why.
        pending: metrics of the whole image that are still to come; there is no verdict while one
            that decides is among them.
    """

    metrics: Mapping[str, MetricResult] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    difference: NDArray[np.float64] | None = None
    agrees: bool | None = None
    reasons: tuple[str, ...] = ()
    identical: bool = False
    regions: Mapping[str, Mapping[str, MetricResult]] = field(default_factory=dict)
    region_faults: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[str, ...] = ()


def holds(limit: Bounds, result: MetricResult, identical: bool) -> bool:
    """Whether a metric speaks for agreement.

    One that is undefined says nothing (correlation of constant images), and identical images
    agree whatever can be said of them.
    """
    undefined = result.value is None or np.isnan(result.value)
    return identical if undefined else limit.hold(result.value)


def deciding(
    contributions: Mapping[str, MetricContribution], bounds: Mapping[str, Bounds | None] | None
) -> dict[str, Bounds]:
    """The metrics that decide, by id, with what they must keep to."""
    limits: dict[str, Bounds] = {}
    for name, contribution in contributions.items():
        limit = bounds[name] if bounds is not None and name in bounds else contribution.bounds
        if limit is not None and (limit.lower is not None or limit.upper is not None):
            limits[name] = limit
    return limits


def verdict(
    contributions: Mapping[str, MetricContribution],
    results: Mapping[str, MetricResult],
    faults: Mapping[str, str],
    bounds: Mapping[str, Bounds | None] | None = None,
    identical: bool = False,
) -> tuple[bool | None, tuple[str, ...]]:
    """Whether two images agree, and one line per metric that decides it.

    Args:
        contributions: the metrics that were asked for.
        bounds: metric id -> bounds in place of its own; None: it does not decide.
        identical: whether the images are equal in all pixels that count.
    """
    votes: list[bool | None] = []
    reasons: list[str] = []
    for name, limit in deciding(contributions, bounds).items():
        contribution = contributions[name]
        if name in results:
            vote = holds(limit, results[name], identical)
            votes.append(vote)
            reasons.append(_reason(contribution, results[name], limit, vote))
        elif name in faults:
            votes.append(None)
            fault = faults[name].partition("\n")[0]
            reasons.append(f"{contribution.title} could not be computed ({fault}): undecided")
    if False in votes:
        return False, tuple(reasons)
    return (None if None in votes or not votes else True), tuple(reasons)


def _reason(
    contribution: MetricContribution, result: MetricResult, limit: Bounds, vote: bool
) -> str:
    end = "holds" if vote else "fails"
    if result.value is None:
        note = f" ({result.note})" if result.note else ""
        but = ", but the images are identical" if vote else ""
        return f"{contribution.title} has no value{note}{but}: {end}"
    within = " within" if limit.lower is not None and limit.upper is not None else ""
    shown = format(result.value, contribution.format)
    return f"{contribution.title} {shown}{within} {limit}: {end}"
