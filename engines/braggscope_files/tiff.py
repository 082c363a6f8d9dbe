"""TIFF and MarCCD, which is a TIFF: grey values of any type, uncompressed here, else by fabio."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope_files.foreign import read_with_fabio
from braggscope_files.found import Found, Wanted, checked_shape, unreadable

_TIFF: Final = "TIFF image"
_WIDTH, _HEIGHT, _BITS, _COMPRESSION = 256, 257, 258, 259
_OFFSETS, _SAMPLES, _COUNTS = 273, 277, 279
_TILES, _FORMAT = 322, 339
#: Type of a field -> its size, bytes, and struct's letter; other types are of no interest here.
_FIELDS: Final = {1: (1, "B"), 3: (2, "H"), 4: (4, "I"), 16: (8, "Q"), 13: (4, "I")}
_MOST_ENTRIES: Final = 4096
_MOST_PAGES: Final = 100_000
_KINDS: Final = {1: "u", 2: "i", 3: "f"}
Tags = Mapping[int, tuple[int, ...]]


def read_tiff(path: Path, content: bytes, wanted: Wanted) -> Found:
    """A page of a TIFF file.

    Raises:
        InvalidInput: it is damaged or incomplete, or no image of grey values.
    """
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in (b"+\0", b"\0+")
    pages = _pages(path, content, order, big)
    tags = pages[wanted.check_frame(path, len(pages))]
    shape = checked_shape(path, _TIFF, _one(tags, _HEIGHT, 0), _one(tags, _WIDTH, 0))
    if _one(tags, _SAMPLES, 1) != 1:
        raise unreadable(path, _TIFF, "it is a picture in colours", "Save it as grey values")
    plain = _one(tags, _COMPRESSION, 1) == 1 and _TILES not in tags
    bits, kind = _one(tags, _BITS, 1), _KINDS.get(_one(tags, _FORMAT, 1))
    if not plain:
        found = read_with_fabio(path, content, ".tif", shape, wanted)
        return Found(found.pixels, _TIFF, "negative", frames=len(pages))
    if kind is None or bits not in ((16, 32, 64) if kind == "f" else (8, 16, 32, 64)):
        raise unreadable(path, _TIFF, f"pixels of {bits} bits in this format are not read")
    dtype = np.dtype(f"{order}{kind}{bits // 8}")
    return Found(_strips(path, content, tags, shape, dtype), _TIFF, "negative", frames=len(pages))


def _strips(
    path: Path, content: bytes, tags: Tags, shape: tuple[int, int], dtype: np.dtype[np.generic]
) -> NDArray[np.generic]:
    wanted = shape[0] * shape[1] * dtype.itemsize
    starts = tags.get(_OFFSETS, ())
    # Some writers leave the counts of a single strip out, or 0.
    counts = tags.get(_COUNTS, ())
    if len(starts) == 1:
        counts = (wanted,)
    if len(starts) != len(counts) or not starts:
        raise unreadable(path, _TIFF, "it does not say where its pixels are")
    pieces, length = [], 0
    for start, count in zip(starts, counts, strict=True):
        piece = content[start : start + min(count, wanted - length)]
        pieces.append(piece)
        length += len(piece)
        if length == wanted:
            break
    if length < wanted:
        raise unreadable(path, _TIFF, f"it holds {length} of {wanted} bytes of pixels")
    return np.frombuffer(b"".join(pieces), dtype).reshape(shape)


def _pages(path: Path, content: bytes, order: str, big: bool) -> list[Tags]:
    """The tags of all pages, in order."""
    pages: list[Tags] = []
    seen: set[int] = set()
    try:
        place = struct.unpack_from(f"{order}{'Q' if big else 'I'}", content, 8 if big else 4)[0]
        while place and place not in seen and len(pages) < _MOST_PAGES:
            seen.add(place)
            tags, place = _page(content, order, big, place)
            pages.append(tags)
    except struct.error:
        if not pages:
            raise unreadable(path, _TIFF, "it ends within its header") from None
    if not pages:
        raise unreadable(path, _TIFF, "it holds no image")
    return pages


def _page(content: bytes, order: str, big: bool, place: int) -> tuple[Tags, int]:
    """One directory, and where the next one is. A struct.error says that the file ends before."""
    head, width, step = ("Q", 8, 20) if big else ("H", 4, 12)
    (count,) = struct.unpack_from(f"{order}{head}", content, place)
    place += 8 if big else 2
    if count > _MOST_ENTRIES:
        raise struct.error
    tags: dict[int, tuple[int, ...]] = {}
    for _ in range(count):
        tag, kind = struct.unpack_from(f"{order}HH", content, place)
        (number,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", content, place + 4)
        at = place + (12 if big else 8)
        place += step
        if kind not in _FIELDS:
            continue
        size, letter = _FIELDS[kind]
        if size * number > width:
            (at,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", content, at)
        if at + size * number > len(content):
            raise struct.error
        tags[tag] = struct.unpack_from(f"{order}{number}{letter}", content, at)
    (following,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", content, place)
    return tags, int(following)


def _one(tags: Tags, tag: int, default: int) -> int:
    values = tags.get(tag, ())
    return values[0] if values else default
