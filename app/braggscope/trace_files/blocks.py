"""Parts the lines of a log that traces several pixels, or one pixel several times.

What belongs to the run is printed once, before its pixels: each block gets it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from braggscope.trace_files.complete import PREFIX
from braggscope.trace_files.names import MEANINGS, Level

#: (number, text), as of `braggscope.trace_files.lines.whole_lines`.
Line = tuple[int, str]
#: What a line is about: the run; where a pixel is; a step on its way; what it ends in.
_Kind = Literal["run", "place", "step", "end", ""]

_COMPLETE: Final = re.compile(r"TRACE2 level=(?P<level>\w)(?: \w=\d+)* (?P<name>\w+)")
_ORIGINAL: Final = re.compile(r"TRACE_[A-Z]\w*:(?P<blank>\s*)(?P<name>[A-Za-z]\w*)")
_DETECTOR: Final = re.compile(r"(?P<name>DETECTOR_\w+)\s")
_ORIGINAL_KINDS: Final[dict[Level, _Kind]] = {"run": "run", "block": "step", "pixel": "end"}
_PLACES: Final = ("pixel", "slow")
_ENDS: Final = ("val", "float32")


def blocks_of(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """One list of lines for each pixel, with those of its run before them."""
    splitter = _Splitter()
    for line in lines:
        finished = splitter.take(line)
        if finished:
            yield finished
    rest = splitter.block()
    if rest:
        yield rest


class _Splitter:
    """Collects a run's lines and those of the pixel at hand."""

    def __init__(self) -> None:
        self._run: list[Line] = []
        self._run_names: set[str] = set()
        self._pixel: list[Line] = []
        self._is_placed = self._has_steps = self._has_ended = False

    def block(self) -> list[Line]:
        """The pixel at hand with its run, which is handed over; nothing where there is none."""
        lines, self._pixel = self._pixel, []
        if not (self._has_steps or self._has_ended):
            return []
        lines[:0] = self._run
        return lines

    def take(self, line: Line) -> list[Line]:
        """Take a line, and give the block that it puts an end to, if it does."""
        kind, name = _kind(line[1])
        if kind == "run":
            return self._take_run(line, name)
        done: list[Line] = []
        begins = (kind == "place" and (self._is_placed or self._has_steps)) or (
            kind == "step" and self._has_ended
        )
        if begins:
            done = self.block()
            self._next_pixel()
        self._pixel.append(line)
        self._is_placed |= kind == "place"
        self._has_steps |= kind == "step"
        self._has_ended |= kind == "end"
        return done

    def _take_run(self, line: Line, name: str) -> list[Line]:
        """A run's line: what it says a second time is said of the next run."""
        done: list[Line] = []
        if self._has_steps or self._has_ended:
            done = self.block()
            self._next_pixel()
            self._next_run()
        elif name in self._run_names and self._is_placed:
            # Its place is said before the run it belongs to.
            self._next_run()
        self._run.append(line)
        self._run_names.add(name)
        return done

    def _next_pixel(self) -> None:
        self._pixel = []
        self._is_placed = self._has_steps = self._has_ended = False

    def _next_run(self) -> None:
        self._run, self._run_names = [], set()


def _kind(text: str) -> tuple[_Kind, str]:
    if text.startswith(PREFIX):
        return _complete_kind(text)
    if text.startswith("TRACE_CONFIG"):
        return "place", "pixel"
    found = _DETECTOR.match(text)
    if found:
        return "run", found["name"]
    found = _ORIGINAL.match(text)
    if found is None:
        return "", ""
    name, meaning = found["name"], MEANINGS.get(found["name"])
    if not found["blank"]:
        return "run", name
    # What nobody knows may stand anywhere.
    return ("" if meaning is None else _ORIGINAL_KINDS[meaning.level]), name


def _complete_kind(text: str) -> tuple[_Kind, str]:
    found = _COMPLETE.match(text)
    if found is None:
        return "", ""
    level, name = found["level"], found["name"]
    if level == "R":
        return "run", name
    if level == "P":
        if name in _PLACES:
            return "place", name
        return ("end" if name in _ENDS else ""), name
    return "step", name
