"""CBF and miniCBF images with byte-offset compression, as PILATUS and EIGER write them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope_files.found import Found, Wanted, checked_shape, unreadable

_CBF: Final = "CBF image"
_SECTION: Final = b"--CIF-BINARY-FORMAT-SECTION--"
_STARTER: Final = b"\x0c\x1a\x04\xd5"
_LONGEST_HEADER: Final = 10**7
_BEYOND: Final = 16
_TYPES: Final = {
    f"{sign} {bits}-bit integer": f"{'u' if sign == 'unsigned' else ''}int{bits}"
    for sign in ("signed", "unsigned")
    for bits in (8, 16, 32, 64)
}


def read_cbf(path: Path, content: bytes, wanted: Wanted) -> Found:
    """The first binary section. A wrong checksum, where there is one, is an error.

    Raises:
        InvalidInput: it is damaged, incomplete, or compressed in another way.
    """
    wanted.check_frame(path, 1)
    section = content.find(_SECTION)
    start = content.find(_STARTER, max(section, 0), max(section, 0) + _LONGEST_HEADER)
    if section < 0 or start < 0:
        raise unreadable(path, _CBF, "it holds no binary section with pixels")
    keys = _keys(content[section:start].decode("latin-1"))
    shape = checked_shape(
        path,
        _CBF,
        _integer(path, keys, "x-binary-size-second-dimension"),
        _integer(path, keys, "x-binary-size-fastest-dimension"),
    )
    start += len(_STARTER)
    size = _integer(path, keys, "x-binary-size")
    packed = content[start : start + size]
    if size < 1 or len(packed) < size:
        raise unreadable(
            path, _CBF, f"it holds {len(packed)} bytes of pixels, its header tells of {size}"
        )
    _check_sum(path, keys.get("content-md5", ""), packed)
    kind = _TYPES.get(keys.get("x-binary-element-type", "signed 32-bit integer").lower())
    coding = keys.get("conversions", "").lower()
    if coding != "x-cbf_byte_offset" or kind is None:
        raise unreadable(
            path,
            _CBF,
            f"pixels of type {keys.get('x-binary-element-type')!r:.60} with the coding"
            f" {coding or 'none'!r:.60} are not read",
            "Write it with byte-offset compression of integers",
        )
    return Found(_unpacked(path, packed, shape, kind), _CBF, "negative")


def _unpacked(path: Path, packed: bytes, shape: tuple[int, int], kind: str) -> NDArray[np.generic]:
    from fabio.compression import decByteOffset

    count = shape[0] * shape[1]
    # The decoder looks up to 14 bytes past the last escape: zeros lie there, each a pixel more.
    whole = packed + bytes(_BEYOND)
    values = np.asarray(decByteOffset(whole, dtype="int64"))
    if values.size - _BEYOND < count:
        raise unreadable(path, _CBF, f"its pixels end before there are {count} of them")
    return values[:count].reshape(shape).astype(kind, copy=False)


def _keys(text: str) -> dict[str, str]:
    """MIME-like lines, and `conversions` out of the content type's second line."""
    keys = {}
    for line in re.split(r"[\r\n]+", text):
        name, colon, value = line.partition(":")
        if not colon:
            name, _, value = line.partition("=")
        keys[name.strip().lower()] = value.strip().rstrip(";").strip(' "')
    return keys


def _integer(path: Path, keys: dict[str, str], name: str) -> int:
    text = keys.get(name, "")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise unreadable(
            path, _CBF, f"its {name} is {text!r:.40}" if text else f"its header says no {name}"
        )
    return int(text)


def _check_sum(path: Path, said: str, packed: bytes) -> None:
    try:
        digest = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        return
    if hashlib.md5(packed, usedforsecurity=False).digest() != digest:
        raise unreadable(path, _CBF, "its pixels do not have the checksum (MD5) of its header")
