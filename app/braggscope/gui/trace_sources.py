"""Traces that are there already, in an engine's place: logs from disk, and evidence. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from braggscope.api import CATALOGUE, DetectorImage, InvalidInput, Pixel, PixelTrace
from braggscope.host.jobs import Job
from braggscope.trace_files.logs import LogBlock

_MOST_NAMED: Final = 5


@dataclass(frozen=True, eq=False)
class ReadTraces:
    """Traces of one side.

    Attributes:
        name: what the window calls them.
        traces: by pixel.
        notes: by pixel: what a trace lacks.
    """

    name: str
    traces: Mapping[Pixel, PixelTrace]
    notes: Mapping[Pixel, tuple[str, ...]] = field(default_factory=dict)

    def of(self, pixels: Sequence[Pixel]) -> list[PixelTrace]:
        """The traces of some pixels.

        Raises:
            InvalidInput: there is none of one of them.
        """
        for pixel in pixels:
            if pixel not in self.traces:
                raise InvalidInput(
                    f"{self.name} has no trace of slow {pixel.slow}, fast {pixel.fast}",
                    why=f"it has {_listed(self.traces)}",
                    remedy="Choose one of its pixels, or close it (Trace ▸ Close logs)",
                )
        return [self.traces[pixel] for pixel in pixels]


def _listed(traces: Mapping[Pixel, PixelTrace]) -> str:
    named = [f"slow {slow}, fast {fast}" for slow, fast in list(traces)[:_MOST_NAMED]]
    more = len(traces) - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def traces_of_log(path: Path, blocks: Sequence[LogBlock], chosen: LogBlock) -> ReadTraces:
    """A log as the traces of a side: the chosen block, and those of other pixels beside it.

    Of blocks of the same pixel the chosen one counts, else the first; a report of two engines has
    two of each pixel.
    """
    others = [b for b in blocks if b.trace.engine == chosen.trace.engine and b.says_pixel]
    found = {block.trace.pixel: block for block in reversed(others)}
    found[chosen.trace.pixel] = chosen
    return ReadTraces(
        path.name,
        {pixel: block.trace for pixel, block in found.items()},
        {pixel: _notes(block) for pixel, block in found.items()},
    )


def placed(block: LogBlock, pixel: Pixel) -> LogBlock:
    """A block of a log that does not say its pixel, which somebody knows."""
    return replace(block, trace=replace(block.trace, pixel=pixel), says_pixel=True)


def _notes(block: LogBlock) -> tuple[str, ...]:
    """What is not in a trace."""
    if not block.trace.partial:
        return block.notes
    many = len(block.trace.variables)
    return (f"{many} of {len(CATALOGUE)} variables", *block.notes)


class TraceSources:
    """Which sides have traces of their own.

    Attributes:
        logs: by side; they count as long as they are open.
    """

    def __init__(self) -> None:
        self.logs: dict[str, ReadTraces] = {}
        self._recorded: dict[int, tuple[DetectorImage, ReadTraces]] = {}

    def set_log(self, side: str, log: ReadTraces | None) -> None:
        """Have a log in the place of a side, or its run again."""
        if log is None:
            self.logs.pop(side, None)
        else:
            self.logs[side] = log

    def record(self, recorded: Sequence[tuple[DetectorImage, ReadTraces]]) -> None:
        """Have traces that came with images; they count as long as those are shown."""
        self._recorded = {id(image): (image, traces) for image, traces in recorded}

    def recorded(self, image: DetectorImage | None, pixels: Sequence[Pixel]) -> ReadTraces | None:
        """Traces that came with an image, if all these pixels are among them."""
        found = self._recorded.get(id(image))
        if found is None or not pixels or any(pixel not in found[1].traces for pixel in pixels):
            return None
        return found[1]

    def start(
        self, source: ReadTraces, pixels: Sequence[Pixel], done: Callable[[Any], None]
    ) -> Job[list[PixelTrace]]:
        """A job that gives traces of pixels, as the host's do.

        Args:
            done: called with the job in a thread of its own: a comparison may follow.
        """
        job: Job[list[PixelTrace]] = Job(f"trace in {source.name}")
        job.add_done_callback(done)
        work = partial(job.run, lambda _: source.of(pixels))
        threading.Thread(target=work, name=job.title, daemon=True).start()
        return job
