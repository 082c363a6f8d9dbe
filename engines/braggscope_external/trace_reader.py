"""Reads complete traces, lines `TRACE2 level=… index=… NAME values…` (spec trace.md 4)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from braggscope.api import (
    CATALOGUE,
    CatalogueEntry,
    Dim,
    EngineFailed,
    Pixel,
    PixelTrace,
    Variable,
    variable,
)
from braggscope.api.trace import in_order

_PREFIX = "TRACE2 "
_INDEX_NAMES = "Tvujkm"
#: Index letter -> the run's variable that counts it; v and u together are one loop.
_COUNTED_BY = {
    "T": "layers",
    "v": "oversample",
    "u": "oversample",
    "j": "sources",
    "k": "phisteps",
    "m": "domains",
}
_LOOPS: Mapping[str, Dim] = {
    "T": "layer",
    "v": "subpixel",
    "j": "source",
    "k": "phi",
    "m": "domain",
}


@dataclass
class _Lines:
    """All lines of one variable: index combination -> values."""

    by_index: dict[tuple[int, ...], list[str]] = field(default_factory=dict)
    index_names: tuple[str, ...] = ()


def read_trace(lines: Iterable[str], pixel: Pixel, engine: str) -> PixelTrace:
    """The trace in a program's output.

    Raises:
        EngineFailed: there is none, or it is incomplete.
    """
    found: dict[str, _Lines] = {}
    for line in lines:
        if line.startswith(_PREFIX):
            _take(line, found)
    if "val" not in found:
        raise _no_trace(found, pixel, engine)
    counts = {
        name: int(found[name].by_index[()][0])
        for name in set(_COUNTED_BY.values())
        if name in found
    }
    variables = [_variable(name, item, counts) for name, item in found.items()]
    return PixelTrace(
        pixel=pixel,
        engine=engine,
        variables=in_order([item for item in variables if item is not None]),
        value=float(found["val"].by_index[()][0]),
    )


def _no_trace(found: Mapping[str, _Lines], pixel: Pixel, engine: str) -> EngineFailed:
    why = "the program did not print a complete one"
    if "skipped" in found:
        masked = found["skipped"].by_index[()] == ["mask"]
        why = (
            "the mask skips the pixel"
            if masked
            else "the pixel lies outside the region of interest"
        )
    return EngineFailed(
        f"there is no trace of pixel (slow {pixel.slow}, fast {pixel.fast})", where=engine, why=why
    )


def _take(line: str, found: dict[str, _Lines]) -> None:
    words = line.split()[1:]
    indices: dict[str, int] = {}
    while words and "=" in words[0]:
        key, _, text = words.pop(0).partition("=")
        if key in _INDEX_NAMES:
            indices[key] = int(text)
    if not words:
        return
    item = found.setdefault(words[0], _Lines())
    item.index_names = tuple(indices)
    item.by_index[tuple(indices.values())] = words[1:]


def _variable(name: str, item: _Lines, counts: Mapping[str, int]) -> Variable | None:
    entry = CATALOGUE.get(name)
    if entry is None:
        return None
    dims = tuple(_LOOPS[letter] for letter in item.index_names if letter in _LOOPS)
    return variable(name, _array(entry, item, counts), dims=dims)


def _array(entry: CatalogueEntry, item: _Lines, counts: Mapping[str, int]) -> np.ndarray:
    """One axis per loop, then the components; NaN where a step was not evaluated."""
    first = next(iter(item.by_index.values()))
    if not _is_number(first[0]):
        return np.array(first[0].lower())
    components = max(len(words) for words in item.by_index.values())
    sizes = [counts[_COUNTED_BY[letter]] for letter in item.index_names]
    array = np.full((*sizes, components), math.nan)
    for index, words in item.by_index.items():
        array[index] = [float(word) for word in words]
    if "u" in item.index_names:
        at = item.index_names.index("v")
        sub_pixels = sizes[at] * sizes[at + 1]
        array = array.reshape(*sizes[:at], sub_pixels, *array.shape[at + 2 :])
    if components == 1:
        array = array[..., 0]
    if entry.kind == "exact" and not np.isnan(array).any():
        array = array.astype(np.int64)
    return array


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
