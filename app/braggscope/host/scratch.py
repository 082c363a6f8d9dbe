"""The host's private folder: arrays that workers map, logs and temporary files of workers."""

from __future__ import annotations

import errno
import math
import mmap
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from braggscope.errors import BraggscopeError, InvalidInput
from braggscope.host.locks import LOCK_NAME, remove_if_abandoned, try_lock
from braggscope.host.wire import ArrayReference

PREFIX: Final = "braggscope-"
_NUMERIC_KINDS = "biufc"
_UNLOCKED_AGE_S = 24 * 3600.0
_CHUNK = 2**22


class MappedArray:
    """An array in a mapped file.

    The file goes when the last array that looks into it goes, or at `close`.

    Attributes:
        array: the pixels, zeros at first; shared with every process that maps the file.
        reference: how to tell another process about it.
    """

    def __init__(self, reference: ArrayReference, mapping: mmap.mmap) -> None:
        self.reference = reference
        dtype = np.dtype(reference.dtype)
        count = math.prod(reference.shape)
        self.array: NDArray[Any] = np.frombuffer(mapping, dtype, count).reshape(reference.shape)
        # Views keep the mapping alive, not this object: the file belongs to the mapping.
        self._finalizer = weakref.finalize(mapping, _unlink, reference.path)

    def close(self) -> None:
        """Remove the file now; arrays that look into it stay usable in this process."""
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
        self._known: dict[int, ArrayReference] = {}
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
        """A new array of zeros in a mapped file whose space on the disk is reserved.

        Raises:
            InvalidInput: it is larger than the limit, or not of a numeric type.
            BraggscopeError: the disk has no room for it.
        """
        kind = np.dtype(dtype)
        size = self._checked_size(shape, kind)
        path = self.new_path("array")
        try:
            mapping = _mapped_file(path, max(1, size))
        except OSError as error:
            _unlink(str(path))
            raise _disk_error(error, f"{size / 2**20:.1f} MiB for an array", path.parent) from error
        reference = ArrayReference(path=str(path), dtype=kind.str, shape=shape)
        array = MappedArray(reference, mapping)
        with self._lock:
            self._known[id(mapping)] = reference
        weakref.finalize(mapping, _forget(self._known, id(mapping)))
        return array

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
        if isinstance(owner, memoryview):  # how NumPy holds on to a buffer
            owner = owner.obj
        with self._lock:
            reference = self._known.get(id(owner)) if isinstance(owner, mmap.mmap) else None
        if reference is None or not array.flags.c_contiguous:
            return None
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
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock_fd)

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


def _disk_error(error: OSError, purpose: str, folder: Path) -> BraggscopeError:
    return BraggscopeError(
        f"there is no room for {purpose}" if error.errno == errno.ENOSPC else f"no {purpose}",
        where=str(folder),
        why=error.strerror or str(error),
        remedy="Free space there, or set TMPDIR to a folder on another disk",
    )


def _unlink(path: str) -> None:
    with suppress(OSError):  # the folder may have gone first
        os.unlink(path)


def _forget(known: dict[int, ArrayReference], key: int) -> Callable[[], object]:
    return lambda: known.pop(key, None)
