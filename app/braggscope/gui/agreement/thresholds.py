"""Thresholds of the verdict: the metrics' own, changed by the user, kept in the settings. No Qt."""

from __future__ import annotations

from collections.abc import Mapping

from braggscope.api import Bounds, MetricContribution
from braggscope.errors import InvalidInput
from braggscope.host.settings import BoundSettings, load_settings, save_settings

Limits = dict[str, Bounds | None]


def defaults_of(metrics: Mapping[str, MetricContribution]) -> Limits:
    """Each metric's own bounds; None where it does not decide."""
    return {name: metric.bounds for name, metric in metrics.items()}


def changed_from_defaults(limits: Limits, metrics: Mapping[str, MetricContribution]) -> Limits:
    """The limits that are not the metric's own."""
    own = defaults_of(metrics)
    return {n: limit for n, limit in limits.items() if n in own and limit != own[n]}


def load_limits() -> Limits:
    """What the settings say; nothing where they cannot be read, which others report."""
    settings, _ = load_settings()
    return {
        name: None if said.lower is None and said.upper is None else Bounds(said.lower, said.upper)
        for name, said in settings.bounds.items()
    }


def save_limits(limits: Limits) -> None:
    """Keep changed limits, and nothing but them.

    Raises:
        InvalidInput: the settings cannot be read or written; they stay as they are.
    """
    settings, problem = load_settings()
    if problem is not None:
        raise problem
    said = {
        name: BoundSettings()
        if limit is None
        else BoundSettings(lower=limit.lower, upper=limit.upper)
        for name, limit in limits.items()
    }
    save_settings(settings.model_copy(update={"bounds": said}))


def limit_from_text(lower: str, upper: str) -> Bounds | None:
    """Bounds as typed; an empty end is open, and two open ends do not decide.

    Raises:
        InvalidInput: an end is no number, or the lower one is above the upper one.
    """
    ends = _end(lower), _end(upper)
    if ends == (None, None):
        return None
    if ends[0] is not None and ends[1] is not None and ends[0] > ends[1]:
        raise InvalidInput("no value keeps these bounds", why=f"{ends[0]:g} is above {ends[1]:g}")
    return Bounds(*ends)


def _end(text: str) -> float | None:
    plain = text.strip().replace("−", "-").replace(",", ".")
    if not plain:
        return None
    percent = plain.endswith("%")
    try:
        number = float(plain.rstrip("% "))
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no number") from error
    if number != number or number in (float("inf"), float("-inf")):
        raise InvalidInput(f"{text!r} is no bound", remedy="Leave an open end empty")
    return number / 100 if percent else number
