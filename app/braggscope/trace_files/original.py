"""A trace in the original's grammar, TRACE_C lines, as a partial `PixelTrace` (spec trace.md 3).

Only source 0, phi step 0 and domain 0 are printed, once for every sub-pixel of every layer, and
nothing tells which: blocks are counted.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from braggscope.api import CATALOGUE, Pixel, PixelTrace, Variable, variable
from braggscope.api.trace import in_order
from braggscope.trace_files.lines import TraceLine, trace_line, traced_pixel
from braggscope.trace_files.names import MEANINGS, WITHOUT_MEANING, Meaning

_MOST_NAMED = 5
#: With one of these flags the factor enters every term: what is printed of it after the loops is
#: the last value, and not applied to the sum.
_NOT_APPLIED = {
    "oversample_thick": "capture",
    "oversample_polar": "polar",
    "oversample_omega": "omega",
}


@dataclass
class _Found:
    """What was read so far.

    Attributes:
        once: variable -> row (None: all of it) -> numbers; the last one said wins.
        blocks: for every sub-pixel, variable -> row -> numbers.
    """

    once: dict[str, dict[int | None, tuple[float, ...]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    blocks: list[dict[str, dict[int | None, tuple[float, ...]]]] = field(default_factory=list)
    not_applied: set[str] = field(default_factory=set)
    pixel: tuple[int, int] | None = None
    unknown: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def take(self, line: TraceLine) -> None:
        """Keep what a line says."""
        if line.name in _NOT_APPLIED and any(line.numbers):
            self.once.pop(_NOT_APPLIED[line.name], None)
            self.not_applied.add(_NOT_APPLIED[line.name])
        meaning = MEANINGS.get(line.name)
        if meaning is not None and meaning.variable in self.not_applied:
            return
        if meaning is None:
            if line.name not in WITHOUT_MEANING:
                self.unknown[line.name] += 1
            return
        numbers = line.numbers
        if len(numbers) != meaning.components:
            wanted = "a number" if meaning.components == 1 else f"{meaning.components} numbers"
            self.unreadable.append(f"line {line.number}: {line.name} is not {wanted}")
            return
        scaled = tuple(number * meaning.factor for number in numbers)
        if meaning.level == "block":
            self._block_for(meaning)[meaning.variable][meaning.part] = scaled
        else:
            self.once[meaning.variable][meaning.part] = scaled

    def _block_for(self, meaning: Meaning) -> dict[str, dict[int | None, tuple[float, ...]]]:
        """The block at hand; what comes a second time begins the next one."""
        if not self.blocks or meaning.part in self.blocks[-1].get(meaning.variable, {}):
            self.blocks.append(defaultdict(dict))
        return self.blocks[-1]


def read_original(
    lines: Iterable[tuple[int, str]], engine: str, pixel: Pixel | None = None
) -> tuple[PixelTrace | None, tuple[str, ...]]:
    """The trace in a log, and what there is to know of the reading.

    Args:
        lines: (number, text), as of `braggscope.trace_files.lines.whole_lines`.
        engine: name of what made it.
        pixel: which one is traced, where the log does not say it.

    Returns:
        The trace, partial; None where there is none.
    """
    found = _Found()
    for number, text in lines:
        place = traced_pixel(text)
        if place is not None:
            found.pixel = place
            continue
        line = trace_line(number, text)
        if line is not None:
            found.take(line)
    if not found.blocks and "val" not in found.once:
        return None, _notes(found, pixel)
    place = pixel or Pixel(*(found.pixel or (0, 0)))
    variables = in_order(list(_variables(found)))
    value = next((float(v.values) for v in variables if v.name == "val"), math.nan)
    trace = PixelTrace(place, engine, variables, value, partial=True)
    return trace, _notes(found, pixel)


def _variables(found: _Found) -> Iterable[Variable]:
    names = dict.fromkeys((*found.once, *(name for block in found.blocks for name in block)))
    for name in names:
        dims = CATALOGUE[name].dims
        if "subpixel" in dims:
            rows = [_joined(name, block.get(name, {})) for block in found.blocks]
            values = np.stack(rows)
            shape = tuple(len(rows) if dim == "subpixel" else 1 for dim in dims)
        else:
            said = found.once.get(name) or next(b[name] for b in found.blocks if name in b)
            values = _joined(name, said)
            shape = (1,) * len(dims)
        components = values.shape[-1:] if values.shape[-1] > 1 else ()
        yield variable(name, values.reshape((*shape, *components)), dims=dims)


def _joined(name: str, said: dict[int | None, tuple[float, ...]]) -> NDArray[np.float64]:
    """The components of a variable; NaN where they were not printed."""
    meaning = next(one for one in MEANINGS.values() if one.variable == name)
    if meaning.part is None:
        return np.array(said.get(None, (math.nan,) * meaning.components))
    rows = [said.get(row, (math.nan,) * 3) for row in range(3)]
    return np.array(rows).reshape(-1)


def _notes(found: _Found, pixel: Pixel | None) -> tuple[str, ...]:
    notes = []
    if found.pixel is None and pixel is None:
        notes.append("the log does not say which pixel was traced")
    if found.unreadable:
        notes.append(_listed("could not be read", found.unreadable))
    if found.unknown:
        notes.append(_listed("are not known", list(found.unknown)))
    missing = _missing(found)
    if missing:
        notes.append(_listed("are missing in some sub-pixels", missing))
    if found.blocks and "val" not in found.once:
        notes.append("the log ends before the pixel's value")
    return tuple(notes)


def _missing(found: _Found) -> list[str]:
    """Variables that some blocks have and others lack, without being skipped by the physics."""
    every = dict.fromkeys(name for block in found.blocks for name in block)
    # What comes after q is absent beyond the resolution cut-off, F_cell where F_latt is 0.
    always = ("pos_m", "R_m", "omega_in_force", "d", "k", "lambda", "q")
    return [n for n in every if n in always and any(n not in block for block in found.blocks)]


def _listed(what: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more} {what}"
