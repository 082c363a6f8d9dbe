"""Complete traces, lines `TRACE2 level=… index=… NAME values…` (spec trace.md 4)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from braggscope.api import CATALOGUE, CatalogueEntry, Dim, Pixel, PixelTrace, Variable, variable
from braggscope.api.trace import in_order

PREFIX: Final = "TRACE2 "
_NEXT: Final = "TRACE2 level=P pixel "
_INDEX_NAMES: Final = "Tvujkm"
#: Index letter -> the run's variable that counts it; v and u together are one loop.
_COUNTED_BY: Final[Mapping[str, str]] = {
    "T": "layers",
    "v": "oversample",
    "u": "oversample",
    "j": "sources",
    "k": "phisteps",
    "m": "domains",
}
_LOOPS: Final[Mapping[str, Dim]] = {
    "T": "layer",
    "v": "subpixel",
    "j": "source",
    "k": "phi",
    "m": "domain",
}
#: A count above this is no count but a broken line.
_MOST: Final = 10_000_000
#: "TRACE2 level=K v=0 u=0 NAME values": the places, the name, the rest.
_LINE: Final = re.compile(r"TRACE2\s+((?:[^\s=]*=\S*\s+)*)([^\s=]+)\s+(\S.*)")
#: More places than this are looked up anew each time.
_MOST_PLACES: Final = 100_000


@dataclass
class _Lines:
    """All lines of one variable: index combination -> values, as they are printed."""

    by_index: dict[tuple[int, ...], str] = field(default_factory=dict)
    index_names: tuple[str, ...] = ()


@dataclass
class _Found:
    """What was read so far, and how many lines of the grammar could not be."""

    variables: dict[str, _Lines] = field(default_factory=dict)
    broken: int = 0


def read_complete(
    lines: Iterable[str], pixel: Pixel | None, engine: str
) -> tuple[PixelTrace | None, tuple[str, ...]]:
    """The trace in a program's output, and what there is to know of the reading.

    Args:
        pixel: which one is traced, if that is known.

    Returns:
        The trace, partial where lines are missing; None where there is none.
    """
    found = _Found()
    for line in lines:
        if line.startswith(PREFIX):
            _take(line, found)
    return _trace_of(found, pixel, engine)


def read_pixels(
    lines: Iterable[str], engine: str
) -> Iterator[tuple[Pixel, PixelTrace | None, tuple[str, ...]]]:
    """The traces of several pixels: what belongs to the run comes once, then each pixel after a
    line `TRACE2 level=P pixel SLOW FAST`.

    Returns:
        Of each pixel what `read_complete` would give.
    """
    run, found, pixel = _Found(), None, None
    for line in lines:
        if not line.startswith(PREFIX):
            continue
        if line.startswith(_NEXT):
            if found is not None and pixel is not None:
                yield (pixel, *_trace_of(found, pixel, engine))
            slow, fast = line.split()[-2:]
            pixel, found = Pixel(int(slow), int(fast)), _Found(dict(run.variables), run.broken)
        else:
            _take(line, run if found is None else found)
    if found is not None and pixel is not None:
        yield (pixel, *_trace_of(found, pixel, engine))


def _trace_of(
    found: _Found, pixel: Pixel | None, engine: str
) -> tuple[PixelTrace | None, tuple[str, ...]]:
    counts = _counts(found)
    variables: list[Variable] = []
    for name, item in found.variables.items():
        try:
            made = _variable(name, item, counts)
        except (ValueError, IndexError):
            found.broken += 1
            continue
        if made is not None:
            variables.append(made)
    notes = () if not found.broken else (f"{found.broken} lines could not be read",)
    if not any(item.name in ("val", "pos_m") for item in variables):
        return None, (*notes, *_skipped(found))
    value = _number(found, "val")
    # A value that is not a number was printed all the same.
    if not any(item.name == "val" for item in variables):
        notes = (*notes, "the log ends before the pixel's value")
    place = pixel or Pixel(*(int(_number(found, name, -1.0)) for name in ("slow", "fast")))
    trace = PixelTrace(place, engine, in_order(variables), value, partial=bool(notes))
    return trace, notes


def _take(line: str, found: _Found) -> None:
    match = _LINE.match(line)
    place = None if match is None else _place(match[1])
    if match is None or place is None:
        found.broken += 1
        return
    names, index = place
    item = found.variables.get(match[2])
    if item is None:
        item = found.variables[match[2]] = _Lines(index_names=names)
    if item.index_names != names:
        found.broken += 1
        return
    item.by_index[index] = match[3]


@lru_cache(_MOST_PLACES)
def _place(text: str) -> tuple[tuple[str, ...], tuple[int, ...]] | None:
    """Letters and numbers of "level=K v=0 u=0 …"; None where that makes no sense.

    Each place comes in the lines of many variables, and again for the next pixel.
    """
    indices: dict[str, int] = {}
    for word in text.split():
        key, _, number = word.partition("=")
        if key in _INDEX_NAMES:
            try:
                indices[key] = int(number)
            except ValueError:
                return None
    if any(index < 0 for index in indices.values()):
        return None
    return tuple(indices), tuple(indices.values())


def _skipped(found: _Found) -> tuple[str, ...]:
    """Why a pixel has no trace, where the program says so."""
    if "skipped" not in found.variables:
        return ()
    masked = found.variables["skipped"].by_index.get((), "").split() == ["mask"]
    outside = "the pixel lies outside the region of interest"
    return ("the mask skips the pixel" if masked else outside,)


def _number(found: _Found, name: str, default: float = math.nan) -> float:
    words = found.variables.get(name, _Lines()).by_index.get((), "").split()
    try:
        return float(words[0]) if words else default
    except ValueError:
        return default


def _counts(found: _Found) -> dict[str, int]:
    """How often each loop runs: as the program says, or as far as its lines go."""
    counts = {}
    for letter, name in _COUNTED_BY.items():
        said = _number(found, name)
        if math.isfinite(said) and 1 <= said <= _MOST:
            counts[letter] = int(said)
            continue
        seen = [
            max(index[item.index_names.index(letter)] for index in item.by_index) + 1
            for item in found.variables.values()
            if letter in item.index_names
        ]
        counts[letter] = max(seen, default=1)
    return counts


def _variable(name: str, item: _Lines, counts: Mapping[str, int]) -> Variable | None:
    entry = CATALOGUE.get(name)
    if entry is None:
        return None
    dims = tuple(_LOOPS[letter] for letter in item.index_names if letter in _LOOPS)
    return variable(name, _array(entry, item, counts), dims=dims)


def _array(entry: CatalogueEntry, item: _Lines, counts: Mapping[str, int]) -> np.ndarray:
    """One axis per loop, then the components; NaN where a step was not evaluated."""
    first = next(iter(item.by_index.values())).split()
    if not _is_number(first[0]):
        return np.array(first[0].lower())
    sizes = [counts[letter] for letter in item.index_names]
    array = _filled(item, sizes)
    components = array.shape[-1]
    if "u" in item.index_names:
        at = item.index_names.index("v")
        sub_pixels = sizes[at] * sizes[at + 1]
        array = array.reshape(*sizes[:at], sub_pixels, *array.shape[at + 2 :])
    if components == 1:
        array = array[..., 0]
    if entry.kind == "exact" and not np.isnan(array).any():
        array = array.astype(np.int64)
    return array


def _filled(item: _Lines, sizes: list[int]) -> np.ndarray:
    """(*sizes, components) values, NaN where there is no line.

    Raises:
        ValueError: what is printed is no number, or there are more or fewer than elsewhere.
        IndexError: a line lies beyond the sizes.
    """
    lines = list(item.by_index.values())
    components = len(lines[0].split())
    # Counting blanks is ten times as fast as splitting, and nearly always tells.
    even = all(line.count(" ") == components - 1 for line in lines)
    if not even and any(len(line.split()) != components for line in lines):
        raise ValueError("lines of one variable have different numbers of values")
    printed = " ".join(lines).split()
    if math.prod(sizes) * components > _MOST:
        raise ValueError(f"there would be {math.prod(sizes)} steps")
    array = np.full((*sizes, components), math.nan)
    places = np.array(list(item.by_index), np.int64).reshape(len(item.by_index), len(sizes))
    values = np.array(list(map(float, printed))).reshape(-1, components)
    array[tuple(places.T)] = values if sizes else values[0]
    return array


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
