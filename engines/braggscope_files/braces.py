"""SMV and EDF: a header in braces, `key = value;`, and uncompressed pixels behind it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from braggscope.api import InvalidInput
from braggscope.experiment.limits import MOST_HEADER_BYTES
from braggscope_files.found import Found, Wanted, checked_shape, cut, unreadable

_SMV, _EDF = "SMV image", "EDF image"
_SMV_TYPES: Final = {
    "unsigned_char": "u1", "mad": "u2", "unsigned_short": "u2", "short": "i2", "signed_short": "i2",
    "short_int": "i2", "unsigned_short_int": "u2", "long": "i4", "long_int": "i4",
    "long_integer": "i4", "signed_long": "i4", "unsigned_long": "u4", "unsigned_long_int": "u4",
    "float": "f4", "float_ieee": "f4", "double": "f8",
}  # fmt: skip
_EDF_TYPES: Final = {
    "signedbyte": "i1", "unsignedbyte": "u1", "signedshort": "i2", "unsignedshort": "u2",
    "signedinteger": "i4", "unsignedinteger": "u4", "signedlong": "i4", "unsignedlong": "u4",
    "signed64": "i8", "unsigned64": "u8", "float": "f4", "floatvalue": "f4", "real": "f4",
    "floatieee32": "f4", "double": "f8", "doublevalue": "f8", "doubleieee64": "f8",
}  # fmt: skip
_MOST_FRAMES: Final = 100_000


def read_smv(path: Path, content: bytes, wanted: Wanted) -> Found:
    """Pixels of the type and byte order that the header tells; without these: uint16, this
    machine's order, as nanoBragg writes it.
    """
    wanted.check_frame(path, 1)
    header, _ = _block(path, _SMV, content, 0)
    start = _integer(path, _SMV, header, "header_bytes", 512)
    if not 1 <= start <= MOST_HEADER_BYTES:
        raise unreadable(path, _SMV, f"its HEADER_BYTES is {start}")
    shape = (_integer(path, _SMV, header, "size2"), _integer(path, _SMV, header, "size1"))
    named = header.get("type") or header.get("data_type") or "unsigned_short"
    kind = _SMV_TYPES.get(named.lower().replace(" ", "_"))
    if kind is None:
        raise unreadable(path, _SMV, f"pixels of type {named!r} are not known", _NOT_READ)
    if header.get("compression", "none").lower() not in ("none", "raw"):
        raise unreadable(path, _SMV, "its pixels are compressed", _NOT_READ)
    order = header.get("byte_order", f"{sys.byteorder}_endian").lower()
    dtype = np.dtype(kind).newbyteorder(">" if "big" in order else "<")
    return Found(cut(path, _SMV, content, start, dtype, shape), _SMV)


def read_edf(path: Path, content: bytes, wanted: Wanted) -> Found:
    """One of the frames of an EDF file."""
    frames = list(_edf_frames(path, content))
    header, start = frames[wanted.check_frame(path, len(frames))]
    if header.get("compression", "none").lower() not in ("none", "nocompression"):
        raise unreadable(path, _EDF, "its pixels are compressed", _NOT_READ)
    if any(name.startswith("edf_binaryfile") for name in header):
        raise unreadable(path, _EDF, "its pixels are in another file", _NOT_READ)
    shape = (_integer(path, _EDF, header, "dim_2"), _integer(path, _EDF, header, "dim_1"))
    if _integer(path, _EDF, header, "dim_3", 1) != 1:
        raise unreadable(path, _EDF, "it holds a volume, no image", _NOT_READ)
    kind = _EDF_TYPES.get(header.get("datatype", "").lower())
    if kind is None:
        raise unreadable(path, _EDF, f"pixels of type {header.get('datatype')!r} are not known")
    order = header.get("byteorder", "LowByteFirst").lower()
    dtype = np.dtype(kind).newbyteorder(">" if order.startswith("high") else "<")
    pixels = cut(path, _EDF, content, start, dtype, shape)
    return Found(pixels, _EDF, "negative", frames=len(frames))


_NOT_READ: Final = "Convert the file with the program that wrote it"


def _edf_frames(path: Path, content: bytes) -> Iterator[tuple[Mapping[str, str], int]]:
    """Header and where its pixels begin, for each frame."""
    place = 0
    for _ in range(_MOST_FRAMES):
        header, start = _block(path, _EDF, content, place)
        slow = _integer(path, _EDF, header, "dim_2")
        fast = _integer(path, _EDF, header, "dim_1")
        checked_shape(path, _EDF, slow, fast)
        kind = _EDF_TYPES.get(header.get("datatype", "").lower(), "u1")
        least = slow * fast * np.dtype(kind).itemsize
        size = max(_integer(path, _EDF, header, "size", least), 1)
        yield header, start
        place = start + size
        if not content[place : place + 512].strip(b"\0 \r\n"):
            return
        if b"{" not in content[place : place + 16]:
            return
    raise unreadable(path, _EDF, f"it holds more than {_MOST_FRAMES} frames")


def _block(path: Path, kind: str, content: bytes, place: int) -> tuple[dict[str, str], int]:
    """A header's keys in lower case, and where the bytes behind it begin."""
    start = content.find(b"{", place, place + 64)
    if start < 0:
        raise unreadable(path, kind, "its header does not begin with {")
    end = content.find(b"}", start, start + MOST_HEADER_BYTES)
    if end < 0:
        raise unreadable(path, kind, "its header does not end")
    keys: dict[str, str] = {}
    for line in content[start + 1 : end].decode("latin-1").replace("\n", ";").split(";"):
        name, equals, value = line.partition("=")
        if equals:
            keys.setdefault(name.strip().lower(), value.strip())
    newline = content.find(b"\n", end, end + 3)
    return keys, end + 1 if newline < 0 else newline + 1


def _integer(
    path: Path, kind: str, header: Mapping[str, str], name: str, default: int | None = None
) -> int:
    text = header.get(name)
    if text is None and default is not None:
        return default
    try:
        return int(float(text or ""))
    except (ValueError, OverflowError):
        error: InvalidInput = unreadable(
            path,
            kind,
            f"its header says no {name.upper()}" if text is None else f"its {name} is {text!r:.40}",
        )
        raise error from None
