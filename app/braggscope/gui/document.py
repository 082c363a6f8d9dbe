"""Which file the experiment in the window belongs to, and whether it was edited since. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from braggscope.api import Semantics
from braggscope.experiment import Experiment

UNTITLED = "Untitled"


@dataclass(frozen=True)
class Document:
    """What the title says and where Save writes.

    Attributes:
        name: what the window calls it; "" for none.
        path: the file; None asks where to save.
        saved: the experiment that can be had back; None where nothing is kept anywhere.
        semantics: of its runs, as they are kept with it.
    """

    name: str = ""
    path: Path | None = None
    saved: Experiment | None = None
    semantics: Semantics = field(default_factory=Semantics)

    def is_edited(self, experiment: Experiment | None, semantics: Semantics, problem: str) -> bool:
        """Whether something would be lost.

        Args:
            experiment: in the form; None while it is not valid.
            semantics: in the form.
            problem: what is wrong in the form, "" when nothing is.
        """
        if problem or experiment is None:
            return bool(problem)
        return experiment != self.saved or semantics != self.semantics

    @property
    def title(self) -> str:
        """The window's title; Qt puts the mark of edits in the place of [*]."""
        return f"{self.name}[*] – Braggscope" if self.name else "Braggscope[*]"
