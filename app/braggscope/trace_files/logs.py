"""Opens logs from anywhere: of one pixel or of many, short or of a million lines."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from braggscope.api import InvalidInput, Pixel, PixelTrace
from braggscope.trace_files.blocks import Line, blocks_of
from braggscope.trace_files.complete import PREFIX, read_complete
from braggscope.trace_files.lines import traced_pixel, whole_lines
from braggscope.trace_files.original import read_original
from braggscope.trace_files.reading import read_trace_file

#: Lines between two looks at whether to go on.
_AT_ONCE: Final = 2_000
#: No line is as long: a binary file has none.
_LONGEST: Final = 1 << 20
_MOST_JSON: Final = 1 << 28
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
#: Told the share that is read; what it raises ends the reading.
Check = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class LogBlock:
    """One pixel's trace in a log.

    Attributes:
        trace: what was read of it.
        line: of the log where it begins, from 1; 0 where there are no lines.
        says_pixel: whether the log says which pixel it is.
        notes: what could not be read, or what to know.
    """

    trace: PixelTrace
    line: int
    says_pixel: bool
    notes: tuple[str, ...] = ()


def read_log(path: Path, check: Check = lambda fraction: None) -> tuple[LogBlock, ...]:
    """All traces in a log, in its order: complete or original grammar, a report of a single pixel,
    or JSON of `braggscope trace --json`.

    Args:
        check: told the share that is read; what it raises ends the reading.

    Raises:
        InvalidInput: there is no such file, or no trace in it.
    """
    try:
        with path.open("rb") as stream:
            if _is_json(stream):
                return _from_json(stream, path)
            size = path.stat().st_size
            found = tuple(
                block
                for lines in blocks_of(whole_lines(_lines(stream, size, check)))
                if (block := _read(lines, path.name)) is not None
            )
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read", why=error.strerror or "") from error
    return found or (_single(path),)


def _is_json(stream: BinaryIO) -> bool:
    head = stream.read(256).lstrip()
    stream.seek(0)
    return head.startswith(b"{")


def _lines(stream: BinaryIO, size: int, check: Check) -> Iterator[str]:
    encoding = "utf-16" if stream.read(2) in _UTF16 else "utf-8"
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace")
    number = 0
    try:
        while line := text.readline(_LONGEST):
            yield line
            number += 1
            if number % _AT_ONCE == 0:
                check(min(1.0, stream.tell() / max(1, size)))
    finally:
        text.detach()


def _read(lines: list[Line], engine: str) -> LogBlock | None:
    """The trace in some lines, which are freed.

    Bit by bit: a million at once would hold Python's lock, and a window, for a while.
    """
    complete = [line for _, line in lines if line.startswith(PREFIX)]
    block = _block(lines, complete, engine)
    while lines:
        lines.pop()
    while complete:
        complete.pop()
    return block


def _block(lines: list[Line], complete: list[str], engine: str) -> LogBlock | None:
    """The trace in some lines; the complete grammar wins where both are there."""
    said = next((place for _, line in lines if (place := traced_pixel(line))), None)
    pixel = None if said is None else Pixel(*said)
    pixel = pixel or _announced(complete)
    trace, notes = read_complete(complete, pixel, engine)
    if trace is None:
        trace, notes = read_original(lines, engine, pixel)
    if trace is None:
        return None
    says = pixel is not None or ("slow" in trace and trace.pixel.slow >= 0)
    place = trace.pixel if says else Pixel(0, 0)
    return LogBlock(replace(trace, pixel=place), lines[0][0], says, _without_pixel(notes))


def _announced(lines: list[str]) -> Pixel | None:
    """The pixel that a list of pixels begins each block with, or that its own lines say."""
    found: dict[str, int] = {}
    for line in lines:
        words = line.split()
        if words[1:3] == ["level=P", "pixel"] and len(words) == 5 and words[3].isdigit():
            return Pixel(int(words[3]), int(words[4])) if words[4].isdigit() else None
        if words[1:2] == ["level=P"] and len(words) == 4 and words[2] in ("slow", "fast"):
            if words[3].isdigit():
                found[words[2]] = int(words[3])
            if len(found) == 2:
                return Pixel(found["slow"], found["fast"])
    return None


def _without_pixel(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Which pixel it is stands apart from what is missing."""
    return tuple(note for note in notes if "which pixel" not in note)


def _single(path: Path) -> LogBlock:
    """What is no log of traces may be a report of one pixel."""
    found = read_trace_file(path)
    return LogBlock(found.trace, 1, found.says_pixel, _without_pixel(found.notes))


def _from_json(stream: BinaryIO, path: Path) -> tuple[LogBlock, ...]:
    content = stream.read(_MOST_JSON + 1)
    try:
        if len(content) > _MOST_JSON:
            raise ValueError(f"it has more than {_MOST_JSON >> 20} MB")
        data: Any = json.loads(content)
        said = data.get("traces", [data])
        traces = [PixelTrace.from_dict(one) for one in said]
        if not traces:
            raise ValueError("it lists none")
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        why = f"it is JSON, but not of `braggscope trace --json` ({type(error).__name__}: {error})"
        raise InvalidInput(f"{path} holds no trace", why=why) from error
    return tuple(LogBlock(trace, 0, True) for trace in traces)
