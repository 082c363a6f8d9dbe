"""An image file as a Braggscope engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

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
from braggscope_files.found import Wanted
from braggscope_files.loading import Choice, Loaded, load

#: Of the reading itself; the image's version is its digest.
_VERSION: Final = "1"
_MOST_REMEMBERED: Final = 64


def create(engine_id: str, settings: Mapping[str, str]) -> FileEngine:
    """The factory named by the plugin."""
    return FileEngine(engine_id)


class FileEngine:
    """Reads an image at `prepare`, which has to say what it is, and gives it at `render`."""

    def __init__(self, engine_id: str) -> None:
        self._id = engine_id
        #: The last image that was read and not yet given.
        self._waiting: dict[Choice, Loaded] = {}
        #: What is known of files, without their pixels.
        self._known: dict[Choice, tuple[Loaded, Preparation]] = {}

    def availability(self) -> Availability:
        """Always: whether a file is there is asked for each run."""
        return Availability(True, "files on this computer", _VERSION)

    def prepare(self, run: Run) -> Preparation:
        """Read the file, unless it is known and did not change.

        Raises:
            InvalidInput: it is missing, damaged, or an option does not fit it.
        """
        choice = choice_of(run)
        known = self._known.get(choice)
        if known is not None and known[0].is_current:
            return known[1]
        loaded = load(choice)
        slow, fast = loaded.pixels.shape
        preparation = Preparation(
            shape=(slow, fast),
            dtype=loaded.pixels.dtype.name,
            precision=loaded.precision,
            notes=(f"{choice.path}", *loaded.notes),
            version=loaded.version,
            has_mask=loaded.mask is not None,
            own_shape=True,
        )
        self._waiting = {choice: loaded}
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.pop(next(iter(self._known)))
        # Without the pixels: the host keeps images.
        empty = replace(loaded, pixels=np.empty((0, 0)), mask=None)
        self._known[choice] = (empty, preparation)
        return preparation

    def render(self, run: Run, image: NDArray[np.generic], context: RunContext) -> None:
        """Give the image that was announced.

        Raises:
            EngineFailed: the file is another one since.
        """
        choice = choice_of(run)
        context.progress(0.0)
        loaded = self._waiting.pop(choice, None) or load(choice)
        known = self._known.get(choice)
        if known is not None and loaded.version != known[1].version:
            raise EngineFailed(
                f"{choice.path.name} changed while it was read",
                where=str(choice.path),
                remedy="Run again when it is complete",
            )
        image[...] = loaded.pixels
        if loaded.mask is not None and context.mask is not None:
            context.mask[...] = loaded.mask
        context.progress(1.0)

    def trace(self, run: Run, pixels: Sequence[Pixel], context: RunContext) -> Sequence[PixelTrace]:
        """There is nothing to walk through."""
        raise EngineFailed(
            "pixels of a file cannot be traced",
            where=self._id,
            why="it holds values and not how they came about",
            remedy="Choose simulators for A and B to trace a pixel",
        )


def choice_of(run: Run) -> Choice:
    """What a run asks for.

    Raises:
        InvalidInput: an option makes no sense.
    """
    path = run.option("path")
    if not path:
        raise InvalidInput("no image file is chosen", remedy="Give the option path")
    frame = _number(run, "frame", 1.0)
    if frame != int(frame) or frame < 1:
        raise InvalidInput(
            f"{run.option('frame')} is no number of a frame", remedy="Frames are counted from 1"
        )
    detector = run.setup.detector
    wanted = Wanted(int(frame) - 1, run.option("dataset"), detector.shape)
    gaps = run.option("gaps", "masked") == "masked"
    return Choice(Path(path), wanted, gaps, _number(run, "scale", 1.0), _number(run, "offset", 0.0))


def _number(run: Run, name: str, default: float) -> float:
    text = run.option(name)
    try:
        number = float(text) if text else default
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise InvalidInput(f"the option {name} is {text!r}, which is no number")
    return float(number)
