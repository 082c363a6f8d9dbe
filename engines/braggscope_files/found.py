"""What a reader finds in a file, and how it says that it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import InvalidInput
from braggscope.experiment.limits import MOST_PIXELS

_LONGEST_WHY: Final = 500

#: Which values of integer pixels mean "no measurement": Pilatus writes −1 for gaps and −2 for dead
#: pixels, an Eiger the largest value of its type.
Marks = Literal["none", "negative", "negative or largest"]
#: Of a file that is read as a whole, and of what a compressed one may grow to.
MOST_BYTES: Final = 2**33


@dataclass(frozen=True, eq=False)
class Found:
    """One image as it stands in a file.

    Attributes:
        pixels: [slow, fast] integers or floats, of any byte order.
        format: its name for people.
        marks: which integers mean "no measurement".
        mask: [slow, fast] bool, True where a pixel does not count; None: the file has none.
        frames: how many images the file holds.
        others: further files that the image came from.
        notes: what the user should know.
    """

    pixels: NDArray[np.generic]
    format: str
    marks: Marks = "none"
    mask: NDArray[np.bool_] | None = None
    frames: int = 1
    others: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """Which image of a file.

    Attributes:
        frame: index from 0.
        dataset: path or name within the file; "": the one that the file points to.
        shape: (slow, fast) of the experiment's detector, for files that do not say theirs.
    """

    frame: int = 0
    dataset: str = ""
    shape: tuple[int, int] = (0, 0)

    def check_frame(self, path: Path, frames: int) -> int:
        """The frame's index, refused where the file has no such frame."""
        if not 0 <= self.frame < frames:
            raise InvalidInput(
                f"{path.name} has no frame {self.frame + 1}",
                where=str(path),
                why=f"it holds {frames}" if frames != 1 else "it holds one",
                remedy="Frames are counted from 1",
            )
        return self.frame


def _shortened(why: str) -> str:
    """A reader's reason; some quote a whole damaged header."""
    return why if len(why) <= _LONGEST_WHY else f"{why[:_LONGEST_WHY]}…"


def unreadable(path: Path, format_name: str, why: str, remedy: str = "") -> InvalidInput:
    """The error of a file that is damaged, incomplete, or not what it seems."""
    article = "an" if format_name[:1] in "AEIO" or format_name.startswith(("SMV", "HDF5")) else "a"
    return InvalidInput(
        f"{path.name} cannot be read as {article} {format_name}",
        where=str(path),
        why=_shortened(why),
        remedy=remedy or "Fetch or write the file again: it may be damaged or incomplete",
    )


def checked_shape(path: Path, format_name: str, slow: int, fast: int) -> tuple[int, int]:
    """The size that a header tells, before any memory is taken for it.

    Raises:
        InvalidInput: it is no size of an image.
    """
    if slow < 1 or fast < 1:
        raise unreadable(path, format_name, f"its header tells of {slow} × {fast} pixels")
    if slow * fast > MOST_PIXELS:
        raise unreadable(
            path,
            format_name,
            f"its header tells of {slow} × {fast} pixels, more than {MOST_PIXELS:g}",
        )
    return slow, fast


def cut(
    path: Path,
    format_name: str,
    content: bytes,
    start: int,
    dtype: np.dtype[np.generic],
    shape: tuple[int, int],
) -> NDArray[np.generic]:
    """Uncompressed pixels out of a file's content.

    Raises:
        InvalidInput: the file ends before they do.
    """
    slow, fast = checked_shape(path, format_name, *shape)
    missing = start + slow * fast * dtype.itemsize - len(content)
    if missing > 0:
        raise unreadable(path, format_name, f"it is {missing} bytes shorter than its header says")
    return np.frombuffer(content, dtype, slow * fast, start).reshape(slow, fast)
