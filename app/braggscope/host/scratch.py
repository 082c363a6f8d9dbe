"""Arrays that workers map, in the host's private folder."""

from __future__ import annotations

import math
import threading
import weakref
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from braggscope.errors import InvalidInput
from braggscope.host.buffers import Buffer, Lease, SpareBuffers, new_buffer
from braggscope.host.scratch_folder import ScratchFolder, disk_error
from braggscope.host.wire import ArrayReference

_NUMERIC_KINDS = "biufc"
#: So many arrays of one size had to be made: there will be more.
_LIKELY: Final = 3
#: Smaller arrays are quickly made, bytes.
_SLOWLY_MADE: Final = 2**25


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
    """Arrays in a folder of this process, which goes with the process.

    Attributes:
        folder: its path.

    Args:
        parent: where to put it; default: the system's folder for temporary files.
        largest: the largest array, bytes.
        made: the folder, if there is one already.

    Raises:
        BraggscopeError: the folder cannot be made.
    """

    def __init__(
        self,
        parent: Path | None = None,
        largest: int = 2**34,
        made: ScratchFolder | None = None,
    ) -> None:
        self._largest = largest
        self._lock = threading.Lock()
        self._spare = SpareBuffers()
        self._made: Counter[int] = Counter()
        self._making: threading.Thread | None = None
        self._folder = made or ScratchFolder(parent)
        self.folder = self._folder.path
        self._closed = False

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
        return self._folder.new_path(name)

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
        self._folder.close()

    def _new_buffer(self, size: int) -> Buffer:
        path = self.new_path("array")
        try:
            return new_buffer(path, size)
        except OSError as error:
            raise disk_error(error, f"{size / 2**20:.1f} MiB for an array", path.parent) from error

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
