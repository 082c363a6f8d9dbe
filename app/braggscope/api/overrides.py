"""Lines that one run sets otherwise: fields of the experiment, and options of the semantics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from braggscope.api.semantics import Semantics, parse_semantics
from braggscope.experiment import Experiment
from braggscope.experiment.overrides import parse_override

_SEMANTICS: Final = "semantics"


@dataclass(frozen=True)
class Overridden:
    """An experiment and its semantics after some lines.

    Attributes:
        experiment: with all fields set that the lines name.
        semantics: with all options set that the lines name.
        values: dotted field path -> value, for `Run.overrides`.
    """

    experiment: Experiment
    semantics: Semantics = field(default_factory=Semantics)
    values: dict[str, Any] = field(default_factory=dict)

    def after(self, line: str) -> Overridden:
        """One more line: a field as in `parse_override`, `semantics.omega=mean` or
        `semantics=physical`.

        Raises:
            InvalidInput: no such field, option or preset, or a value that does not fit.
        """
        chosen = _semantics_in(line)
        if chosen is not None:
            semantics = parse_semantics([chosen], self.semantics)
            return Overridden(self.experiment, semantics, self.values)
        path, value = parse_override(self.experiment, line)
        experiment = self.experiment.with_override(path, value)
        return Overridden(experiment, self.semantics, {**self.values, path: value})


def override(
    experiment: Experiment, lines: Iterable[str], semantics: Semantics | None = None
) -> Overridden:
    """Apply lines one after the other; empty ones are left out."""
    current = Overridden(experiment, semantics or Semantics())
    for line in lines:
        if line.strip():
            current = current.after(line)
    return current


def _semantics_in(line: str) -> str | None:
    """What a line says about the semantics, as `parse_semantics` takes it; None if nothing."""
    name, equals, value = (part.strip() for part in line.partition("="))
    if name == _SEMANTICS and equals:
        return value.strip("\"'")
    option = name.removeprefix(f"{_SEMANTICS}.")
    if option == name:
        return None
    return f"{option}={value.strip(chr(34) + chr(39))}"
