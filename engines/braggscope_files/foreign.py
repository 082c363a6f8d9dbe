"""What fabio knows and we do not: compressed TIFF, mar345, Bruker, R-AXIS and other formats."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from braggscope.api import BraggscopeError, Cancelled
from braggscope_files.found import Found, Wanted, checked_shape, unreadable
from braggscope_files.memory import bounded_memory

_NAME: Final = "image"


def read_with_fabio(
    path: Path, content: bytes, suffix: str, shape: tuple[int, int] | None, wanted: Wanted
) -> Found:
    """An image by fabio, which gets a copy of the content: it goes by names, and unpacks itself.

    Args:
        suffix: what the copy's name ends in.
        shape: (slow, fast) that the image must have; None: whatever it has.

    Raises:
        InvalidInput: fabio cannot read it, or said an error while it did.
    """
    with tempfile.TemporaryDirectory(prefix="image-") as folder:
        copy = Path(folder) / f"image{suffix}"
        copy.write_bytes(content)
        with _own_words(path), _errors_heard() as errors, bounded_memory():
            pixels, name, frames = _read(path, copy, wanted)
        if errors:
            raise unreadable(path, name, errors[0])
    if pixels.ndim != 2 or pixels.dtype.kind not in "iuf":
        raise unreadable(path, name, f"it holds {pixels.ndim} axes of {pixels.dtype}")
    found = checked_shape(path, name, *pixels.shape)
    if shape is not None and found != shape:
        raise unreadable(path, name, f"it gives {found} pixels, its header tells of {shape}")
    return Found(pixels, name, "negative", frames=frames)


def _read(path: Path, copy: Path, wanted: Wanted) -> tuple[np.ndarray, str, int]:
    import fabio

    with fabio.open(str(copy)) as opened:
        frames = max(int(opened.nframes), 1)
        index = wanted.check_frame(path, frames)
        image = opened if index == 0 else opened.getframe(index)
        name = f"{type(opened).__name__.removesuffix('Image').upper()} image"
        # A copy: what was read lies in a file that is about to go.
        return np.array(image.data), name, frames


@contextmanager
def _own_words(path: Path) -> Iterator[None]:
    """Whatever a reader raises, as an error that says which file and what to do."""
    try:
        yield
    except (BraggscopeError, Cancelled):
        raise
    except MemoryError as error:
        raise unreadable(
            path, _NAME, "it asks for more memory than there is", "Check that the file is intact"
        ) from error
    # fabio and Pillow raise whatever a damaged header makes them stumble over.
    except Exception as error:
        text = str(error).strip().splitlines()
        why = f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__
        raise unreadable(path, _NAME, f"fabio says {why}") from error


@contextmanager
def _errors_heard() -> Iterator[list[str]]:
    """What fabio only logs: it goes on with zeros where pixels are missing."""
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage()[:300])

    logger, listener = logging.getLogger("fabio"), Listener(logging.ERROR)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield heard
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagates
