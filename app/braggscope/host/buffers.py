"""Mapped files that arrays look into, kept for the next array of their size.

Memory that was never written costs a page fault every 4 KiB: for a large image, as long as it takes
to render. A file that was written before costs none, here and in a worker that still maps it.
"""

from __future__ import annotations

import errno
import mmap
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from braggscope.host.protocol import ArrayReference

#: What is kept beside the arrays in use, bytes and files.
_MOST_BYTES: Final = 2**28
_MOST_FILES: Final = 4
_CHUNK: Final = 2**22


@dataclass(eq=False)
class Buffer:
    """A mapped file.

    Attributes:
        size: in bytes.
        reusable: whether it may serve another array: nobody else writes into it any more.
    """

    path: Path
    size: int
    mapping: mmap.mmap
    reusable: bool = False

    def clear(self) -> None:
        """Fill it with zeros."""
        np.frombuffer(self.mapping, np.uint8)[:] = 0


class Lease:
    """What arrays look into: while one of them lives, its buffer is in use.

    Attributes:
        reference: of the array.
        buffer: its memory.
    """

    def __init__(self, reference: ArrayReference, buffer: Buffer) -> None:
        self.reference = reference
        self.buffer = buffer
        address = np.frombuffer(buffer.mapping, np.uint8).ctypes.data
        self.__array_interface__ = {
            "version": 3,
            "shape": reference.shape,
            "typestr": reference.dtype,
            "data": (address, False),
        }


class SpareBuffers:
    """Buffers that nobody uses now.

    They come back from wherever an array ends, in any thread and amid other work: so there is no
    lock here, each step is one operation on a list.
    """

    def __init__(self) -> None:
        self._spare: list[Buffer] = []
        self._closed = False

    def take(self, size: int) -> Buffer | None:
        """A buffer of that many bytes, filled with zeros; None when there is none.

        The one put back last: the others may not be mapped yet where the array is filled.
        """
        for buffer in reversed(tuple(self._spare)):
            if buffer.size == size:
                try:
                    self._spare.remove(buffer)
                except ValueError:  # Another thread was faster.
                    continue
                buffer.reusable = False
                buffer.clear()
                return buffer
        return None

    def has(self, size: int) -> bool:
        """Whether there is one of that size, or should be none: it would be too large to keep."""
        return size > _MOST_BYTES or any(buffer.size == size for buffer in tuple(self._spare))

    def put(self, buffer: Buffer) -> None:
        """Take a buffer back; what cannot be kept is removed, the oldest first."""
        if self._closed or not buffer.reusable or buffer.size > _MOST_BYTES:
            unlink(buffer.path)
            return
        self._spare.append(buffer)
        while len(self._spare) > _MOST_FILES or self._bytes() > _MOST_BYTES:
            with suppress(IndexError):
                unlink(self._spare.pop(0).path)

    def close(self) -> None:
        """Keep nothing from now on."""
        self._closed = True
        self._spare.clear()

    def _bytes(self) -> int:
        return sum(buffer.size for buffer in tuple(self._spare))


def new_buffer(path: Path, size: int) -> Buffer:
    """A new file of zeros whose space on the disk is reserved.

    Raises:
        OSError: there is no room; no file is left then.
    """
    try:
        return Buffer(path, size, _mapped_file(path, size))
    except OSError:
        unlink(path)
        raise


def unlink(path: Path) -> None:
    """Remove a file, if it is still there."""
    with suppress(OSError):  # the folder may have gone first
        os.unlink(path)


def _mapped_file(path: Path, size: int) -> mmap.mmap:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _reserve(fd, size)
        return mmap.mmap(fd, size)
    finally:
        os.close(fd)


def _reserve(fd: int, size: int) -> None:
    """Take the space on the disk now: a full disk is an error here, and a SIGBUS later."""
    if hasattr(os, "posix_fallocate"):
        try:
            os.posix_fallocate(fd, 0, size)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
                raise
        else:
            return
    zeros = bytes(min(_CHUNK, size))
    written = 0
    while written < size:
        written += os.write(fd, zeros[: size - written])
