"""SMV images as nanoBragg reads them: headers by keyword, pixels as they lie (spec 3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.experiment.files import checked_bytes, read_bytes
from braggscope.experiment.limits import MOST_HEADER_BYTES, MOST_PIXELS
from braggscope.experiment.model import MaskFile
from braggscope.experiment.nanobragg_numbers import atof
from braggscope.physics.setup import FileSource

_DEFAULT_HEADER_BYTES: Final = 512


@dataclass(frozen=True, eq=False)
class SmvImage:
    """One SMV file.

    Attributes:
        content: the whole file.
        header: its header as text.
        fast_pixels, slow_pixels: SIZE1 and SIZE2.
        pixels: [slow, fast] uint16, in the machine's byte order whatever the header says.
    """

    content: bytes
    header: str
    fast_pixels: int
    slow_pixels: int
    pixels: NDArray[np.uint16]

    def number(self, keyword: str) -> float | None:
        """The number behind a keyword; see `header_number`."""
        return header_number(self.header, keyword)


def header_number(header: str, keyword: str) -> float | None:
    """The number after the first `=` behind the last place where the keyword occurs (Q13).

    None where the keyword or the `=` is missing.
    """
    place = header.rfind(keyword)
    if place < 0:
        return None
    _, equals, rest = header[place:].partition("=")
    return atof(rest)[0] if equals else None


def read_smv(path: Path, role: str) -> SmvImage:
    """Read header and pixels.

    Raises:
        InvalidInput: the file is missing, has no size, or is shorter than it says.
    """
    return parse_smv(read_bytes(path, role), path, role)


def parse_smv(content: bytes, path: Path, role: str) -> SmvImage:
    """Header and pixels of a file's content."""
    header_bytes = _header_bytes(content, path, role)
    header = _text(content[:header_bytes])
    for keyword in _NUMBERS:
        value = header_number(header, keyword)
        if value is not None and not math.isfinite(value):
            raise _unusable(path, role, f"its {keyword} is not a finite number")
    fast, slow = _size(header, path, role)
    missing = header_bytes + 2 * fast * slow - len(content)
    if missing > 0:
        raise _unusable(path, role, f"it is {missing} bytes shorter than its header says")
    pixels = np.frombuffer(content, np.uint16, fast * slow, header_bytes).reshape(slow, fast)
    return SmvImage(content, header, fast, slow, pixels)


_NUMBERS: Final = (
    "SIZE1", "SIZE2", "DETECTOR_DIMENSIONS", "PIXEL_SIZE", "DISTANCE", "CLOSE_DISTANCE",
    "WAVELENGTH", "BEAM_CENTER_X", "BEAM_CENTER_Y", "ORGX", "ORGY", "PHI", "OSC_RANGE",
)  # fmt: skip


def _text(header: bytes) -> str:
    """As C reads it: up to the first NUL."""
    return header.decode("latin-1").partition("\x00")[0]


def _header_bytes(content: bytes, path: Path, role: str) -> int:
    said = header_number(_text(content[:_DEFAULT_HEADER_BYTES]), "HEADER_BYTES")
    if said is None:
        return _DEFAULT_HEADER_BYTES
    if not 1 <= said <= MOST_HEADER_BYTES:
        raise _unusable(path, role, f"its HEADER_BYTES is {said:g}")
    return int(said)


def _size(header: str, path: Path, role: str) -> tuple[int, int]:
    """SIZE1 and SIZE2; where SIZE1 is 0 or missing, DETECTOR_DIMENSIONS for both."""
    fast, slow = (header_number(header, name) or 0.0 for name in ("SIZE1", "SIZE2"))
    if fast == 0.0:
        both = header_number(header, "DETECTOR_DIMENSIONS")
        fast, slow = (fast, slow) if both is None else (both, both)
    if fast == 0.0:
        raise _unusable(path, role, "its header holds no SIZE1 and SIZE2")
    if not (fast >= 1.0 and slow >= 1.0 and fast * slow <= MOST_PIXELS):
        raise _unusable(path, role, f"its SIZE1 and SIZE2 are {fast:g} and {slow:g}")
    return int(fast), int(slow)


def load_mask(reference: FileSource | MaskFile, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Which pixels a mask lets through.

    Args:
        reference: the file; its content must be unchanged.
        shape: (slow, fast) of the detector.

    Returns:
        [slow, fast] bool, True where the pixel is simulated (its mask value is not 0).

    Raises:
        InvalidInput: the file is no SMV image, has changed, or has another size.
    """
    path = Path(reference.path)
    image = parse_smv(checked_bytes(path, reference.sha256, "mask"), path, "mask")
    if image.pixels.shape != shape:
        raise _unusable(
            path,
            "mask",
            f"it has {image.slow_pixels} × {image.fast_pixels} pixels (slow × fast), the detector"
            f" has {shape[0]} × {shape[1]}",
        )
    simulated: NDArray[np.bool_] = image.pixels != 0
    return simulated


def write_mask(simulated: NDArray[np.bool_], path: Path) -> None:
    """Write a mask whose header says nothing but its size, so that it changes no geometry."""
    slow, fast = simulated.shape
    path.write_bytes(bare_header(fast, slow) + simulated.astype(np.uint16).tobytes())


def bare_header(fast_pixels: int, slow_pixels: int) -> bytes:
    """512 bytes of header with the size alone."""
    text = (
        f"{{\nHEADER_BYTES=512;\nDIM=2;\nTYPE=unsigned_short;\nSIZE1={fast_pixels};\n"
        f"SIZE2={slow_pixels};\n}}\f"
    )
    return text.encode("ascii").ljust(_DEFAULT_HEADER_BYTES)


def _unusable(path: Path, role: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path.name} cannot be used as {'a mask' if role == 'mask' else 'an image'}",
        where=str(path),
        why=why,
        remedy="Give an SMV image: a header of 512 bytes with SIZE1 and SIZE2, 16-bit pixels",
    )
