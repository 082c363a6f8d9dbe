"""A trace as text: the complete grammar, or the original's (spec trace.md 3 and 4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from braggscope.api import Dim, PixelTrace, Variable
from braggscope.trace_files.names import MEANINGS, Meaning

#: Loop -> letter of the level that a variable belongs to when this is its innermost loop.
_LEVELS: Final[dict[Dim, str]] = {
    "layer": "L", "subpixel": "B", "source": "J", "phi": "K", "domain": "M",
}  # fmt: skip
_LETTERS: Final[dict[Dim, str]] = {"layer": "T", "source": "j", "phi": "k", "domain": "m"}
#: Stages that come once a pixel, after its loops.
_AT_THE_END: Final = ("sum", "scaling")
#: Printed once in the set-up part of the original's log, in its order.
_SETUP: Final = (
    "DETECTOR_FAST_AXIS", "DETECTOR_SLOW_AXIS", "DETECTOR_NORMAL_AXIS", "twotheta_axis",
    "fdet_after_twotheta", "sdet_after_twotheta", "odet_after_twotheta", "Fbeam_m", "Sbeam_m",
    "pix0_vector", "DETECTOR_PIX0_VECTOR",
)  # fmt: skip


def complete_lines(trace: PixelTrace) -> Iterator[str]:
    """`TRACE2 level=… index=… NAME values…`, every value with all its digits."""
    oversample = _oversample(trace)
    yield f"TRACE2 level=P slow {trace.pixel.slow}"
    yield f"TRACE2 level=P fast {trace.pixel.fast}"
    for item in trace.variables:
        level = _LEVELS[item.dims[-1]] if item.dims else "P" if item.stage in _AT_THE_END else "R"
        steps = item.values.shape[: len(item.dims)]
        for index in np.ndindex(*steps):
            values = np.atleast_1d(item.values[index])
            if not _is_there(values):
                continue
            places = " ".join(_places(item, index, oversample))
            place = f" {places}" if places else ""
            yield f"TRACE2 level={level}{place} {item.name} {_words(values)}"


def original_lines(trace: PixelTrace) -> Iterator[str]:
    """`TRACE_C: name values`, with the original's names, units and 15 digits.

    Its blocks are the sub-pixels of every layer, of the first source, phi step and domain.
    """
    for name in _SETUP:
        yield from _original(trace, name, MEANINGS[name], None)
    yield f"TRACE_CONFIG: tracing pixel (spixel={trace.pixel.slow}, fpixel={trace.pixel.fast})"
    for block in range(_blocks(trace)):
        for name, meaning in MEANINGS.items():
            if meaning.level == "block":
                yield from _original(trace, name, meaning, block)
    for name, meaning in MEANINGS.items():
        if meaning.level == "pixel":
            yield from _original(trace, name, meaning, None)


def _original(trace: PixelTrace, name: str, meaning: Meaning, block: int | None) -> Iterator[str]:
    item = trace.get(meaning.variable)
    if item is None:
        return
    values = _first_of(item, block or 0)
    if meaning.part is not None:
        values = values.reshape(3, 3)[meaning.part]
    values = values / meaning.factor
    if not _is_there(values):
        return
    words = " ".join(f"{value:.15g}" for value in values.tolist())
    if name.startswith("DETECTOR_"):
        yield f"{name} {words}"
    elif meaning.level == "run":
        yield f"TRACE_C:{name}={words}"
    else:
        yield f"TRACE_C: {name} {words}"


def _first_of(item: Variable, block: int) -> np.ndarray:
    """The numbers of one sub-pixel, of the first source, phi step and domain."""
    kept = tuple(slice(None) if dim in ("layer", "subpixel") else 0 for dim in item.dims)
    values = item.values[kept]
    if "subpixel" not in item.dims:
        return np.atleast_1d(values).astype(np.float64)
    components = values.shape[sum(dim in ("layer", "subpixel") for dim in item.dims) :]
    flat = values.reshape(-1, *components)
    return np.atleast_1d(flat[block]).astype(np.float64)


def _blocks(trace: PixelTrace) -> int:
    item = trace.get("R_m")
    return 0 if item is None else int(item.values.size)


def _oversample(trace: PixelTrace) -> int:
    item = trace.get("oversample")
    return 1 if item is None else int(item.values)


def _places(item: Variable, index: tuple[int, ...], oversample: int) -> Iterator[str]:
    for dim, number in zip(item.dims, index, strict=True):
        if dim == "subpixel":
            v, u = divmod(number, oversample)
            yield f"v={v} u={u}"
        else:
            yield f"{_LETTERS[dim]}={number}"


def _is_there(values: np.ndarray) -> bool:
    """Whether a step was evaluated at all."""
    return values.dtype.kind in "US" or not bool(np.isnan(values.astype(np.float64)).all())


def _words(values: np.ndarray) -> str:
    return " ".join(_word(value) for value in values.tolist())


def _word(value: Any) -> str:
    return f"{value:.17g}" if isinstance(value, float) else str(value)
