"""Parts of a bundle as plain data for JSON, and back."""

from __future__ import annotations

import ast
import io
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from braggscope.api import (
    Bounds,
    DetectorImage,
    ImageRegion,
    MetricResult,
    Pixel,
    PixelTrace,
    Provenance,
    Run,
)
from braggscope.evidence.bundle import Marks

#: How a .npy file of version 1.0 begins, and the length of that with the length of its head.
_NPY: Final = b"\x93NUMPY\x01\x00"
_NPY_HEAD: Final = 10
_REGIONS = TypeAdapter(tuple[ImageRegion, ...])


def metric_record(result: MetricResult) -> dict[str, Any]:
    """A metric's result."""
    return {
        "value": _number(result.value),
        "note": result.note,
        "pixel": None if result.pixel is None else list(result.pixel),
    }


def metric_of(said: Mapping[str, Any]) -> MetricResult:
    """The inverse of `metric_record`."""
    value, pixel = said["value"], said["pixel"]
    return MetricResult(
        None if value is None else float(value),
        str(said["note"]),
        None if pixel is None else _pixel(pixel),
    )


def bounds_record(bounds: Bounds | None) -> dict[str, Any] | None:
    """Bounds of a metric."""
    if bounds is None:
        return None
    return {"lower": _number(bounds.lower), "upper": _number(bounds.upper)}


def bounds_of(said: Mapping[str, Any] | None) -> Bounds | None:
    """The inverse of `bounds_record`."""
    if said is None:
        return None
    ends = {end: None if said[end] is None else float(said[end]) for end in ("lower", "upper")}
    return Bounds(**ends)


def marks_record(marks: Marks) -> dict[str, Any]:
    """What is marked on the images."""
    return {
        "regions": _REGIONS.dump_python(marks.regions, mode="json"),
        "cursor": None if marks.cursor is None else list(marks.cursor),
        "line": marks.line,
    }


def marks_of(said: Mapping[str, Any]) -> Marks:
    """The inverse of `marks_record`; bundles of older versions have none."""
    regions = _REGIONS.validate_python(said.get("regions", ()))
    if len({region.name for region in regions}) < len(regions):
        raise ValueError("two regions have one name")
    cursor, line = said.get("cursor"), said.get("line")
    ends = None if line is None else tuple((float(slow), float(fast)) for slow, fast in line)
    if ends is not None and (len(ends) != 2 or not np.isfinite(ends).all()):
        raise ValueError("a line has two ends")
    return Marks(
        regions,
        None if cursor is None else _pixel(cursor),
        None if ends is None else (ends[0], ends[1]),
    )


def image_record(image: DetectorImage) -> dict[str, Any]:
    """Of an image all but its pixels."""
    origin = image.provenance
    return {
        "shape": list(image.shape),
        "dtype": str(image.data.dtype),
        "masked": None if image.mask is None else int(image.mask.sum()),
        "provenance": {
            "engine_version": origin.engine_version,
            "device": origin.device,
            "precision": origin.precision,
            "wall_time_s": origin.wall_time_s,
            "peak_memory_bytes": origin.peak_memory_bytes,
            "overlapped": origin.overlapped,
            "command": list(origin.command),
            "notes": list(origin.notes),
        },
    }


def provenance_of(said: Mapping[str, Any], run: Run, note: str) -> Provenance:
    """How an image came about, as its bundle says; bundles of older versions say nothing.

    Args:
        note: said beside the recorded notes.
    """
    return Provenance(
        run,
        str(said.get("engine_version", "")),
        str(said.get("device", "")),
        str(said.get("precision", "")),
        float(said.get("wall_time_s", 0.0)),
        int(said.get("peak_memory_bytes", 0)),
        bool(said.get("overlapped", False)),
        tuple(map(str, said.get("command", ()))),
        (note, *map(str, said.get("notes", ()))),
    )


def trace_pieces(trace: PixelTrace) -> Iterator[bytes]:
    """The JSON of a trace, variable by variable: whole, it would hold Python's lock for long."""
    said = trace.to_dict()
    variables = said.pop("variables")
    yield json.dumps(said, allow_nan=False)[:-1].encode() + b', "variables": ['
    for number, item in enumerate(variables):
        yield (b",\n" if number else b"\n") + json.dumps(item, allow_nan=False).encode()
    yield b"]}\n"


def npy_of(array: NDArray[np.generic]) -> tuple[bytes, memoryview]:
    """An array as a .npy file: its head, and its numbers."""
    numbers = np.ascontiguousarray(array)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(numbers))
    return head.getvalue(), memoryview(numbers.reshape(-1).view(np.uint8).data)


def array_of(content: bytes) -> NDArray[np.generic]:
    """The image in a .npy file; nothing is believed that its length does not bear out.

    Raises:
        ValueError: it is damaged, or no image.
    """
    if content[:8] != _NPY or len(content) < _NPY_HEAD:
        raise ValueError("it is no .npy file of version 1.0")
    start = _NPY_HEAD + int.from_bytes(content[8:10], "little")
    try:
        said = ast.literal_eval(content[_NPY_HEAD:start].decode("latin-1").strip())
        kind, shape = np.dtype(str(said["descr"])), tuple(map(int, said["shape"]))
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError, MemoryError) as error:
        raise ValueError(f"its head is damaged ({type(error).__name__})") from None
    if kind.kind not in "biuf" or len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"{kind} of shape {shape} is no image")
    rest = len(content) - start
    if math.prod(shape) * kind.itemsize != rest:
        raise ValueError(f"{rest} bytes do not hold {shape[0]} × {shape[1]} pixels of {kind}")
    flat = np.frombuffer(content, kind, offset=start)
    return flat.reshape(shape, order="F" if said.get("fortran_order") else "C")


def _pixel(said: Any) -> Pixel:
    slow, fast = said
    return Pixel(int(slow), int(fast))


def _number(value: float | None) -> float | str | None:
    """A number as JSON holds it."""
    return value if value is None or math.isfinite(value) else str(value)
