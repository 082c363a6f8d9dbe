"""Who is measured: engines with their options, each in a worker of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from braggscope.api import InvalidInput, Run
from braggscope.api.run import engine_and_options
from braggscope.experiment import Experiment
from braggscope.host.discovery import named_engine
from braggscope.host.settings import Settings

#: The engine of nanoBragg-compatible programs; here it is always Braggscope's own in C.
OWN_C: Final = "nanobragg-c"
#: The program that this environment variable names, beside our own.
FOREIGN: Final = "NB_C_BIN"
#: The first one is what the others are held against.
USUAL: Final = (OWN_C, "torch-cpu", "torch-cpu,precision=mixed")


@dataclass(frozen=True)
class Contestant:
    """One engine with its options.

    Attributes:
        name: as tables call it.
        engine: `ENGINE[,option=value…]`.
        settings: of the engine, in place of the user's.
    """

    name: str
    engine: str
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def engine_id(self) -> str:
        """The engine alone."""
        return engine_and_options(self.engine)[0]

    def run(self, experiment: Experiment) -> Run:
        """The run of an experiment.

        Raises:
            InvalidInput: the options cannot be read.
        """
        engine, options = engine_and_options(self.engine)
        return Run(experiment=experiment, engine=engine, options=options)

    def with_threads(self, threads: int) -> Contestant:
        """The same on so many threads."""
        return replace(self, settings={**self.settings, "threads": str(threads)})

    def applied_to(self, settings: Settings) -> Settings:
        """The user's settings with this one's own."""
        engine = {**settings.engine(self.engine_id), **self.settings}
        return settings.model_copy(update={"engines": {**settings.engines, self.engine_id: engine}})


def foreign_program() -> str:
    """The program named by NB_C_BIN; "" where there is none."""
    return os.environ.get(FOREIGN, "")


def contestants(names: Sequence[str]) -> list[Contestant]:
    """Contestants by name; for none the usual ones, with the foreign program if there is one.

    Raises:
        InvalidInput: a name cannot be read, or there is no foreign program.
    """
    if not names:
        first, *others = USUAL
        names = [first, *([FOREIGN] if foreign_program() else []), *others]
    return [_named(name) for name in dict.fromkeys(names)]


def _named(name: str) -> Contestant:
    if name == FOREIGN:
        if not foreign_program():
            raise InvalidInput(
                f"there is no program to measure as {FOREIGN}",
                remedy=f"Set the environment variable {FOREIGN} to the path of a nanoBragg program",
            )
        return Contestant(name, OWN_C, {"program": foreign_program()})
    engine, options = named_engine(name)
    said = ",".join((engine, *(f"{option}={value}" for option, value in options)))
    return Contestant(name, said, {"program": "own"} if engine == OWN_C else {})
