"""Images whose header tells the geometry: miniCBF and SMV."""

from __future__ import annotations

import base64
import hashlib

import numpy as np
from numpy.typing import NDArray

from braggscope.api import DetectorImage
from braggscope.experiment.dialects.cbf import cbf_header
from braggscope.experiment.dialects.smv import smv_header
from braggscope.experiment.smv import bare_header
from braggscope.io.whole_numbers import whole_numbers

_SECTION = "--CIF-BINARY-FORMAT-SECTION--"
_STARTER = b"\x0c\x1a\x04\xd5"
_PADDING = 4095
_PIECE = 2**20
#: What PILATUS detectors write where there is no sensor.
_GAP = -1
#: Steps between pixels within these fit 32 bits, beyond which readers differ.
_LIMITS = (-(2**30), 2**30 - 1)


def cbf_file(image: DetectorImage) -> tuple[bytes, tuple[str, ...]]:
    """A miniCBF with int32 pixels, byte-offset compressed, and what it does not hold."""
    pixels, lost = whole_numbers(image.data, "CBF", "int32", image.mask, _GAP, _LIMITS)
    below = (pixels < 0) & ~np.isnan(np.asarray(image.data, np.float64))
    negative = int((below if image.mask is None else below & ~image.mask).sum())
    if negative:
        lost = (
            *lost,
            f"{negative} values below 0, which mean gaps in a CBF",
        )
    lines, more = _lines(image)
    packed = _byte_offsets(pixels)
    slow, fast = pixels.shape
    head = [
        "###CBF: VERSION 1.5, written by Braggscope",
        "",
        "data_braggscope",
        "",
        '_array_data.header_convention "PILATUS_1.2"',
        "_array_data.header_contents",
        ";",
        "# Detector: a Braggscope experiment",
        *(f"# {line}" for line in lines),
        ";",
        "",
        "_array_data.data",
        ";",
        _SECTION,
        "Content-Type: application/octet-stream;",
        '     conversions="x-CBF_BYTE_OFFSET"',
        "Content-Transfer-Encoding: BINARY",
        f"X-Binary-Size: {len(packed)}",
        "X-Binary-ID: 1",
        'X-Binary-Element-Type: "signed 32-bit integer"',
        "X-Binary-Element-Byte-Order: LITTLE_ENDIAN",
        f"Content-MD5: {_md5(packed)}",
        f"X-Binary-Number-of-Elements: {slow * fast}",
        f"X-Binary-Size-Fastest-Dimension: {fast}",
        f"X-Binary-Size-Second-Dimension: {slow}",
        f"X-Binary-Size-Padding: {_PADDING}",
        "",
        "",
    ]
    tail = f"\r\n{_SECTION}--\r\n;\r\n".encode("ascii")
    content = "\r\n".join(head).encode("ascii") + _STARTER + packed + bytes(_PADDING) + tail
    return content, (*lost, *more)


def _byte_offsets(pixels: NDArray[np.int32]) -> bytes:
    """Steps from pixel to pixel, in pieces: fabio holds Python's lock, and with it the window."""
    from fabio.compression import compByteOffset

    line = pixels.ravel()
    packed = [bytes(compByteOffset(line[:_PIECE]))]
    for start in range(_PIECE, line.size, _PIECE):
        # With the pixel before, whose own step from 0 is cut off again.
        piece = bytes(compByteOffset(line[start - 1 : start + _PIECE]))
        packed.append(piece[_step_bytes(int(line[start - 1])) :])
    return b"".join(packed)


def _step_bytes(step: int) -> int:
    """Bytes of a step: one, or two or four behind an escape."""
    if abs(step) < 2**7:
        return 1
    return 3 if abs(step) < 2**15 else 7


def smv_file(image: DetectorImage) -> tuple[bytes, tuple[str, ...]]:
    """An SMV image with uint16 pixels, and what it does not hold."""
    pixels, lost = whole_numbers(image.data, "SMV", "uint16")
    if image.mask is not None:
        lost = (*lost, "the mask: SMV has none")
    run = image.provenance.run
    slow, fast = pixels.shape
    more: tuple[str, ...] = ()
    header = bare_header(fast, slow)
    if run is not None:
        header, more = smv_header(run.effective_experiment)
    return header + pixels.astype(np.dtype("<u2")).tobytes(), (*lost, *more)


def _lines(image: DetectorImage) -> tuple[list[str], tuple[str, ...]]:
    run = image.provenance.run
    return ([], ()) if run is None else cbf_header(run.effective_experiment)


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode("ascii")
