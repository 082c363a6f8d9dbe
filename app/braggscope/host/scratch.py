"""The host's private folder: arrays that workers map, logs and temporary files of workers."""

from __future__ import annotations

import errno
import math
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.host.buffers import Buffer, Lease, SpareBuffers, new_buffer
from braggscope.host.locks import LOCK_NAME, remove_if_abandoned, try_lock
from braggscope.host.wire import ArrayReference

PREFIX: Final = "braggscope-"
_NUMERIC_KINDS = "biufc"
#: So many arrays of one size had to be made: there will be more.
_LIKELY: Final = 3
#: Smaller arrays are quickly made, bytes.
_SLOWLY_MADE: Final = 2**25
_UNLOCKED_AGE_S = 24 * 3600.0


class MappedArray:
    """An array in a mapped file.

    The file goes, or serves another array, when the last array that looks into it goes.

    Attributes:
        array: the pixels, zeros at first; shared with every process that maps the file.
        reference: how to tell another process about it.
    """

    def __init__(self, reference: ArrayReference, buffer: Buffer, spare: SpareBuffers) -> None:
        self.reference = reference
        # Views keep the lease alive, not this object: the file belongs to the lease.
        lease = Lease(reference, buffer)
        self.array: NDArray[Any] = np.asarray(lease)
        self._buffer = buffer
        self._finalizer = weakref.finalize(lease, spare.put, buffer)

    @property
    def size(self) -> int:
        """Of the file, bytes."""
        return self._buffer.size

    def allow_reuse(self) -> None:
        """Whoever was told of the array is done with it: its file may serve another one later."""
        self._buffer.reusable = True

    def close(self) -> None:
        """Remove the file now; arrays that look into it stay usable in this process."""
        self._buffer.reusable = False
        self._finalizer()


class Scratch:
    """A folder of this process, for its user alone, that goes with the process.

    Args:
        parent: where to put it; default: the system's folder for temporary files.
        largest: the largest array, bytes.
    """

    def __init__(self, parent: Path | None = None, largest: int = 2**34) -> None:
        self._parent = parent or Path(tempfile.gettempdir())
        self._largest = largest
        self._lock = threading.Lock()
        self._counter = 0
        self._spare = SpareBuffers()
        self._made: Counter[int] = Counter()
        self._making: threading.Thread | None = None
        self.folder = self._make_folder()
        self._closed = False

    def _make_folder(self) -> Path:
        try:
            name = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=self._parent)
            fresh = Path(name) / f"{LOCK_NAME}.new"
            self._lock_fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try_lock(self._lock_fd)
            # Under its final name it is locked from the start: nobody takes us for dead.
            fresh.rename(Path(name) / LOCK_NAME)
        except OSError as error:
            raise _disk_error(error, "a folder for temporary files", self._parent) from error
        return Path(name)

    def mapped_array(self, shape: tuple[int, ...], dtype: DTypeLike) -> MappedArray:
        """An array of zeros in a mapped file whose space on the disk is reserved.

        Raises:
            InvalidInput: it is larger than the limit, or not of a numeric type.
            BraggscopeError: the disk has no room for it.
        """
        kind = np.dtype(dtype)
        size = self._checked_size(shape, kind)
        buffer = self._spare.take(max(1, size))
        if buffer is None:
            buffer = self._new_buffer(max(1, size))
            self._made[buffer.size] += 1
        reference = ArrayReference(path=str(buffer.path), dtype=kind.str, shape=shape)
        return MappedArray(reference, buffer, self._spare)

    def expect_another(self, array: MappedArray) -> None:
        """Get memory ready for one more array of that size, in a thread, where one is likely.

        A user who moves a slider asks for image after image, all of which are kept for a while.
        """
        size = array.size
        if size < _SLOWLY_MADE:
            return
        with self._lock:
            busy = self._making is not None and self._making.is_alive()
            if self._closed or busy or self._made[size] < _LIKELY or self._spare.has(size):
                return
            making = threading.Thread(target=self._make_spare, args=(size,), daemon=True)
            self._making = making
        making.start()

    def copy_of(self, array: NDArray[Any]) -> MappedArray:
        """A mapped copy of an array; raises as `mapped_array` does."""
        mapped = self.mapped_array(array.shape, array.dtype)
        mapped.array[...] = array
        return mapped

    def reference_of(self, array: NDArray[Any]) -> ArrayReference | None:
        """The reference of an array that is, as a whole, one of our mapped ones."""
        owner: Any = array
        while isinstance(owner, np.ndarray):
            owner = owner.base
        if not isinstance(owner, Lease) or not array.flags.c_contiguous:
            return None
        if owner.buffer.path.parent != self.folder:
            return None
        reference = owner.reference
        same = array.shape == reference.shape and array.dtype.str == reference.dtype
        return reference if same else None

    def new_path(self, name: str) -> Path:
        """A path in the folder that nobody uses yet."""
        with self._lock:
            self._counter += 1
            return self.folder / f"{name}-{self._counter}"

    def close(self) -> None:
        """Remove the folder with everything in it; may be called again."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            making = self._making
        if making is not None:
            making.join()  # Or it would write into a folder that is being removed.
        self._spare.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock_fd)

    def _new_buffer(self, size: int) -> Buffer:
        path = self.new_path("array")
        try:
            return new_buffer(path, size)
        except OSError as error:
            raise _disk_error(error, f"{size / 2**20:.1f} MiB for an array", path.parent) from error

    def _make_spare(self, size: int) -> None:
        try:
            buffer = new_buffer(self.new_path("array"), size)
        except OSError:  # Without it, the next array tells what is wrong.
            return
        buffer.clear()
        buffer.reusable = True
        self._spare.put(buffer)

    def _checked_size(self, shape: tuple[int, ...], kind: np.dtype[Any]) -> int:
        if kind.kind not in _NUMERIC_KINDS:
            raise InvalidInput(f"an array of type {kind} holds no numbers")
        size = math.prod(shape) * kind.itemsize
        if size > self._largest:
            raise InvalidInput(
                f"an array of {' × '.join(map(str, shape))} {kind} takes {size / 2**30:.1f} GiB",
                why=f"the limit is {self._largest / 2**30:.1f} GiB",
                remedy="Make the detector smaller, or raise limits.array_bytes in the settings",
            )
        return size


def sweep(parent: Path | None = None) -> list[Path]:
    """Remove the scratch folders of dead hosts; gives what was removed."""
    folder = parent or Path(tempfile.gettempdir())
    return [
        found
        for found in folder.glob(f"{PREFIX}[0-9]*-*")
        if _is_ours(found) and (remove_if_abandoned(found) or _removed_as_stillborn(found))
    ]


def _is_ours(folder: Path) -> bool:
    try:
        status = folder.lstat()
    except OSError:
        return False
    mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return mine and folder.is_dir() and not folder.is_symlink()


def _removed_as_stillborn(folder: Path) -> bool:
    """Remove a folder that never got its lock because its host died at once, after a day."""
    try:
        old = time.time() - folder.stat().st_mtime > _UNLOCKED_AGE_S
    except OSError:
        return False
    if not old or (folder / LOCK_NAME).exists():
        return False
    shutil.rmtree(folder, ignore_errors=True)
    return True


def _disk_error(error: OSError, purpose: str, folder: Path) -> BraggscopeError:
    return BraggscopeError(
        f"there is no room for {purpose}" if error.errno == errno.ENOSPC else f"no {purpose}",
        where=str(folder),
        why=error.strerror or str(error),
        remedy="Free space there, or set TMPDIR to a folder on another disk",
    )
