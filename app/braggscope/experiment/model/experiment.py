"""The experiment as a whole, and how it is built, converted and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from braggscope.experiment.model.background import Background
from braggscope.experiment.model.beam import Beam
from braggscope.experiment.model.crystal import Crystal
from braggscope.experiment.model.detector import Detector
from braggscope.experiment.model.part import Part
from braggscope.experiment.model.sampling import Sampling
from braggscope.experiment.problems import invalid_experiment


class Experiment(Part):
    """One diffraction experiment: beam, crystal, detector, sampling and background."""

    beam: Beam = Field(default_factory=Beam)
    crystal: Crystal
    detector: Detector = Field(default_factory=Detector)
    sampling: Sampling = Field(default_factory=Sampling)
    background: Background = Field(default_factory=Background)

    #: Where each field was said: field path -> flag or file. Not part of the experiment's identity.
    _sources: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def build(
        cls,
        data: Mapping[str, Any],
        sources: Mapping[str, str] | None = None,
        *,
        strict: bool = True,
    ) -> Experiment:
        """Validate plain data.

        Args:
            data: nested fields, as in a TOML file.
            sources: for each dotted field path, the flag or file that said it.
            strict: whether a doubt is an error (`experiment.doubts`); else only what cannot be
                simulated is one.

        Raises:
            InvalidInput: names field, value, allowed range and source of everything wrong.
        """
        from braggscope.experiment.doubts import refuse_doubts

        try:
            experiment = cls.model_validate(data)
        except ValidationError as error:
            raise invalid_experiment(cls, error, sources or {}) from None
        experiment._sources = dict(sources or {})
        if strict:
            refuse_doubts(experiment)
        return experiment

    @classmethod
    def from_nanobragg(
        cls, argv: Sequence[str], folder: Path | None = None, *, strict: bool = False
    ) -> Experiment:
        """Read a nanoBragg command line; file names are relative to folder (default: here).

        `nanobragg.parse_command_line` gives its semantics, output and warnings too.
        """
        from braggscope.experiment.nanobragg import experiment_from_flags

        return experiment_from_flags(argv, folder, strict=strict)

    def to_nanobragg(
        self,
        *,
        hkl: str | None = None,
        matrix: str | None = None,
        sources: str | None = None,
        mask: str | None = None,
    ) -> list[str]:
        """The experiment as nanoBragg flags; see `nanobragg_writer.flags_of`."""
        from braggscope.experiment.nanobragg_writer import flags_of

        return flags_of(self, hkl=hkl, matrix=matrix, sources=sources, mask=mask)

    def with_override(self, path: str, value: Any) -> Experiment:
        """A copy in which the field at a dotted path has another value.

        Raises:
            InvalidInput: no such field, or the value does not fit it.
        """
        return self.with_overrides({path: value})

    def with_overrides(self, overrides: Mapping[str, Any]) -> Experiment:
        """A copy in which the fields at dotted paths have other values."""
        from braggscope.experiment.overrides import apply_overrides

        return apply_overrides(self, overrides)

    def __eq__(self, other: object) -> bool:
        """Equal when the same was said, wherever it was said."""
        return isinstance(other, Experiment) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def _fields(self) -> tuple[BaseModel, ...]:
        return (self.beam, self.crystal, self.detector, self.sampling, self.background)

    def source_of(self, path: str) -> str:
        """The flag or file that said a field, or "" when it was set otherwise."""
        return self._sources.get(path, "")
