"""Arrays in files that the host made."""

from __future__ import annotations

import math
import mmap
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import BraggscopeError, EngineFailed
from braggscope.host.wire import ArrayReference


def map_array(reference: ArrayReference, writable: bool = False) -> NDArray[Any]:
    """The array in a mapped file; what is written is seen by the host at once.

    Raises:
        EngineFailed: the file is gone, or does not hold that array.
    """
    dtype = np.dtype(reference.dtype)
    count = math.prod(reference.shape)
    try:
        fd = os.open(reference.path, os.O_RDWR if writable else os.O_RDONLY)
        try:
            size = os.fstat(fd).st_size
            if size < count * dtype.itemsize or dtype.hasobject:
                raise _wrong(reference, f"it has {size} bytes")
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            mapping = mmap.mmap(fd, 0, access=access)
        finally:
            os.close(fd)
    except OSError as error:
        raise _wrong(reference, error.strerror or str(error)) from error
    return np.frombuffer(mapping, dtype, count).reshape(reference.shape)


def _wrong(reference: ArrayReference, why: str) -> BraggscopeError:
    return EngineFailed(
        f"there is no array of {reference.shape} {reference.dtype}",
        where=reference.path,
        why=why,
        remedy="Check that nothing cleans the folder for temporary files meanwhile",
    )
