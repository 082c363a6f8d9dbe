"""What is wrong with a contribution before anyone uses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from braggscope.api import (
    Bounds,
    DifferenceMapContribution,
    EngineContribution,
    EngineOption,
    MetricContribution,
    OverlayContribution,
    Semantics,
    ViewContribution,
)
from braggscope.host.guarded import attempt, describe

Contribution = (
    EngineContribution
    | MetricContribution
    | DifferenceMapContribution
    | ViewContribution
    | OverlayContribution
)

#: hook name -> type of what it returns.
HOOK_TYPES: Final[Mapping[str, type[Contribution]]] = {
    "braggscope_engines": EngineContribution,
    "braggscope_metrics": MetricContribution,
    "braggscope_difference_maps": DifferenceMapContribution,
    "braggscope_views": ViewContribution,
    "braggscope_overlays": OverlayContribution,
}
#: Name of the worker that is no engine's.
RESERVED_ID: Final = "analysis"
_FACTORY = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
_ID = re.compile(r"^[A-Za-z0-9][\w.+-]*$")


def fault_of(item: object, expected: type[Contribution]) -> str:
    """What is wrong with what a hook gave, or "" when nothing is."""
    if not isinstance(item, expected):
        return f"{item!r:.100} is no {expected.__name__}"
    if not (isinstance(item.id, str) and _ID.match(item.id)):
        return f"{item.id!r} is no id: letters, digits, '.', '+', '-' and '_' are"
    if not isinstance(item.title, str) or not item.title:
        return f"{item.id} has no title"
    if not (isinstance(item.factory, str) and _FACTORY.match(item.factory)):
        return f"{item.id}: its factory {item.factory!r} is not of the form 'module:attribute'"
    return _special_fault(item)


def _special_fault(item: Contribution) -> str:
    check = _CHECKS.get(type(item))
    fault = check(item) if check is not None else ""
    return f"{item.id}: {fault}" if fault else ""


def _engine_fault(item: EngineContribution) -> str:
    if item.id == RESERVED_ID:
        return "this id is taken by Braggscope itself"
    if not isinstance(item.semantics, Mapping):
        return "its semantics are no mapping"
    unknown = [name for name in item.semantics if name not in Semantics.model_fields]
    if unknown:
        return f"there are no semantics {unknown[0]!r}"
    options = item.options
    if not isinstance(options, tuple) or not all(isinstance(o, EngineOption) for o in options):
        return "its options are no tuple of EngineOption"
    odd = [o for o in options if o.kind not in ("choice", "path", "text", "number")]
    if odd:
        return f"the kind of its option {odd[0].name} is {odd[0].kind!r:.50}"
    names = [option.name for option in options]
    return "" if len(set(names)) == len(names) else "two of its options have one name"


def _metric_fault(item: MetricContribution) -> str:
    if not isinstance(item.bounds, Bounds | None):
        return f"its bounds are {item.bounds!r:.100}, no Bounds"
    _, error = attempt(format, 1.5, item.format)
    return "" if error is None else f"numbers cannot be printed as {item.format!r}"


def _view_fault(item: ViewContribution) -> str:
    known = ("left", "right", "bottom")
    return "" if item.area in known else f"its area {item.area!r} is none of {', '.join(known)}"


_CHECKS: Final[Mapping[type, Callable[..., str]]] = {
    EngineContribution: _engine_fault,
    MetricContribution: _metric_fault,
    ViewContribution: _view_fault,
}


def checked(item: object, expected: type[Contribution]) -> str:
    """As `fault_of`, for objects whose own methods may raise."""
    fault, error = attempt(fault_of, item, expected)
    return fault or "" if error is None else f"it cannot be looked at: {describe(error)}"
