"""A TOML file that describes no engine: listed with the reason, so that nobody misses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from braggscope.api import (
    Availability,
    EngineFailed,
    InvalidInput,
    Pixel,
    PixelTrace,
    Preparation,
    Run,
    RunContext,
)
from braggscope.engine_files.finding import found_engine


def create(engine_id: str, settings: Mapping[str, str]) -> BrokenEngine:
    """The factory of engines whose file cannot be used."""
    return BrokenEngine(engine_id)


class BrokenEngine:
    """Is never available, and says why."""

    def __init__(self, engine_id: str) -> None:
        self._id = engine_id

    def availability(self) -> Availability:
        """No; what is wrong with the file now."""
        found = found_engine(self._id)
        if found is None or found.problem is None:
            return Availability(
                False, reason="its file was changed since. Start Braggscope again to use it"
            )
        # The reason first: there is little room where it is shown.
        problem = found.problem
        said = InvalidInput(problem.why or problem.what, why=f"that is wrong in {found.path}")
        said.remedy = problem.remedy
        return Availability(False, reason=str(said))

    def prepare(self, run: Run) -> Preparation:
        """Never."""
        raise self._unusable()

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Never."""
        raise self._unusable()

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """Never."""
        raise self._unusable()

    def _unusable(self) -> EngineFailed:
        return EngineFailed(f"the engine {self._id} cannot be used", why=self.availability().reason)
