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
from braggscope.experiment.model import MaskFile
from braggscope.experiment.nanobragg_numbers import atof
from braggscope.physics.setup import FileSource

_DEFAULT_HEADER_BYTES: Final = 512
_MOST_PIXELS: Final = 65536


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
    start = content[:_DEFAULT_HEADER_BYTES].decode("latin-1")
    length = header_number(start, "HEADER_BYTES") or _DEFAULT_HEADER_BYTES
    if not (math.isfinite(length) and 0 < length < 2**31):
        raise _unusable(path, role, f"its HEADER_BYTES is {length:g}")
    header_bytes = int(length)
    header = content[:header_bytes].decode("latin-1").partition("\x00")[0]
    if "SIZE1" not in header or "SIZE2" not in header:
        raise _unusable(path, role, "its header holds no SIZE1 and SIZE2")
    fast, slow = _size(header)
    for name, count in (("SIZE1", fast), ("SIZE2", slow)):
        if not 1 <= count <= _MOST_PIXELS:
            raise _unusable(path, role, f"its {name} is {count}")
    for keyword in _NUMBERS:
        value = header_number(header, keyword)
        if value is not None and not math.isfinite(value):
            raise _unusable(path, role, f"its {keyword} is not a finite number")
    missing = header_bytes + 2 * fast * slow - len(content)
    if missing > 0:
        raise _unusable(path, role, f"it is {missing} bytes shorter than its header says")
    pixels = np.frombuffer(content, np.uint16, fast * slow, header_bytes).reshape(slow, fast)
    return SmvImage(content, header, fast, slow, pixels)


_NUMBERS: Final = (
    "PIXEL_SIZE", "DISTANCE", "CLOSE_DISTANCE", "WAVELENGTH", "BEAM_CENTER_X", "BEAM_CENTER_Y",
    "ORGX", "ORGY", "PHI", "OSC_RANGE",
)  # fmt: skip


def _size(header: str) -> tuple[int, int]:
    """SIZE1 and SIZE2, or DETECTOR_DIMENSIONS where SIZE1 is 0."""
    sizes = [header_number(header, name) for name in ("SIZE1", "SIZE2")]
    if sizes[0] == 0.0:
        place = header.rfind("DETECTOR_DIMENSIONS")
        if place >= 0:
            words = header[place:].partition("=")[2].replace(",", " ").split()
            sizes = [atof(word)[0] for word in words[:2]]
    fast, slow = (int(size) if size and math.isfinite(size) else 0 for size in (*sizes, 0, 0)[:2])
    return fast, slow


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
