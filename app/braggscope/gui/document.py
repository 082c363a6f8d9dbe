"""Which file the experiment in the window belongs to, and whether it was edited since. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from braggscope.api import Semantics
from braggscope.experiment import Experiment
from braggscope.openable import SESSION

UNTITLED = "Untitled"


@dataclass(frozen=True)
class Document:
    """What the title says and where Save writes.

    Attributes:
        name: what the window calls it; "" for none.
        path: the file; None asks where to save.
        saved: the experiment that can be had back; None where nothing is kept anywhere.
        semantics: of its runs, as they are kept with it.
        session: file of the session that is open; None: none is.
    """

    name: str = ""
    path: Path | None = None
    saved: Experiment | None = None
    semantics: Semantics = field(default_factory=Semantics)
    session: Path | None = None

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
        names = [self.session.name.removesuffix(SESSION)] if self.session is not None else []
        names += [self.name] if self.name else []
        return f"{' · '.join(names)}[*] – Braggscope" if names else "Braggscope[*]"
