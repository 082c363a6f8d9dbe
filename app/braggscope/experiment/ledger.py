"""The ledger of a set-up: its named numbers in order of dependency, each with its origin."""

from __future__ import annotations

from typing import Any

from braggscope.experiment.model import Experiment
from braggscope.physics.setup import Origin, Quantity, QuantityValue


class Ledger:
    """Collects the named numbers of one experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self.quantities: dict[str, Quantity] = {}

    def value(self, path: str) -> Any:
        """What the experiment says at a dotted path; None for automatic."""
        group, _, name = path.partition(".")
        return getattr(getattr(self._experiment, group), name)

    def said(self, name: str, value: QuantityValue, path: str) -> None:
        """A number that stands in the experiment: given, or that field's default."""
        self._add(name, value, self._origin_of(path))

    def derived(self, name: str, value: QuantityValue, detail: str = "") -> None:
        """A number computed from others."""
        self._add(name, value, Origin("derived", detail))

    def chosen(self, name: str, value: QuantityValue, path: str, rule: str) -> None:
        """A number that the user may give and that a rule chooses otherwise."""
        origin = self._origin_of(path)
        self._add(name, value, origin if origin.kind == "given" else Origin("derived", rule))

    def _add(self, name: str, value: QuantityValue, origin: Origin) -> None:
        self.quantities[name] = Quantity(name, value, origin)

    def _origin_of(self, path: str) -> Origin:
        group, _, name = path.partition(".")
        part = getattr(self._experiment, group)
        given = name in part.model_fields_set and getattr(part, name) is not None
        if not given:
            return Origin("default", path)
        source = self._experiment.source_of(path)
        return Origin("given", f"{path} ({source})" if source else path)
