"""Arrays in files that the host made."""

from __future__ import annotations

import math
import mmap
import os
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import BraggscopeError, EngineFailed
from braggscope.host.wire import ArrayReference

#: Mappings for images to come, bytes: writing into memory that was mapped before is twice as fast.
_MOST_KEPT_BYTES: Final = 2**28
#: device, inode and size
_Identity = tuple[int, int, int]


class OutputArrays:
    """Arrays to be filled, in files that the host uses again; those used last stay mapped."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[_Identity, mmap.mmap]] = {}

    def map(self, reference: ArrayReference) -> NDArray[Any]:
        """As `map_array`, for writing."""
        self._forget_replaced()
        known = self._kept.pop(reference.path, None)
        mapping = known[1] if known else _mapping_of(reference, writable=True)
        array = _array_in(mapping, reference)
        self._keep(reference.path, mapping)
        return array

    def _keep(self, path: str, mapping: mmap.mmap) -> None:
        identity = _identity_of(path)
        if identity is None or len(mapping) > _MOST_KEPT_BYTES:
            return
        self._kept[path] = identity, mapping
        while sum(len(mapping) for _, mapping in self._kept.values()) > _MOST_KEPT_BYTES:
            del self._kept[next(iter(self._kept))]

    def _forget_replaced(self) -> None:
        for path, (identity, _) in tuple(self._kept.items()):
            if _identity_of(path) != identity:
                del self._kept[path]


def map_array(reference: ArrayReference) -> NDArray[Any]:
    """The array in a mapped file, to be read.

    Raises:
        EngineFailed: the file is gone, or does not hold that array.
    """
    return _array_in(_mapping_of(reference, writable=False), reference)


def map_writable(reference: ArrayReference) -> NDArray[Any]:
    """As `map_array`; what is written is seen by the host at once."""
    return _array_in(_mapping_of(reference, writable=True), reference)


def _mapping_of(reference: ArrayReference, writable: bool) -> mmap.mmap:
    try:
        fd = os.open(reference.path, os.O_RDWR if writable else os.O_RDONLY)
        try:
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            return mmap.mmap(fd, 0, access=access)
        finally:
            os.close(fd)
    except OSError as error:
        raise _wrong(reference, error.strerror or str(error)) from error
    except ValueError as error:  # An empty file cannot be mapped.
        raise _wrong(reference, str(error)) from error


def _array_in(mapping: mmap.mmap, reference: ArrayReference) -> NDArray[Any]:
    dtype = np.dtype(reference.dtype)
    count = math.prod(reference.shape)
    if len(mapping) < count * dtype.itemsize or dtype.hasobject:
        raise _wrong(reference, f"it has {len(mapping)} bytes")
    return np.frombuffer(mapping, dtype, count).reshape(reference.shape)


def _identity_of(path: str) -> _Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return (found.st_dev, found.st_ino, found.st_size)


def _wrong(reference: ArrayReference, why: str) -> BraggscopeError:
    return EngineFailed(
        f"there is no array of {reference.shape} {reference.dtype}",
        where=reference.path,
        why=why,
        remedy="Check that nothing cleans the folder for temporary files meanwhile",
    )
