"""Arrays in HDF5 files: shuffled and deflated without loss, piece by piece, by threads.

Filters that every HDF5 library has. h5py's own would hold Python's lock, and the window with it,
for seconds; zlib lets go of it. Run-length coding is three times as fast here as zlib's other ways,
and saves nearly as much of a detector image.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from braggscope.errors import InvalidInput
from braggscope.session_files.container import Watch

T = TypeVar("T")

_PIECE_BYTES: Final = 2**20
_KINDS: Final = "biuf"
_MOST_THREADS: Final = 4
#: HDF5's mask of a piece whose second filter was left out.
_NOT_DEFLATED: Final = 0b10


def write_array(
    group: Any, name: str, array: NDArray[Any], watch: Watch, threads: int | None = None
) -> None:
    """Put an array with one or two axes into a group.

    Args:
        threads: that compress; None: as many as there are processors, up to four.
    """
    rows = _rows_of_piece(array)
    made = group.create_dataset(
        name,
        array.shape,
        array.dtype,
        chunks=(rows, *array.shape[1:]) if array.size else None,
        **({"shuffle": True, "compression": "gzip", "compression_opts": 1} if array.size else {}),
    )
    starts = range(0, len(array) if array.size else 0, rows)

    def pack(start: int) -> tuple[int, bytes]:
        return _packed(array[start : start + rows], rows)

    for start, (mask, content) in _in_order(starts, pack, threads, watch):
        place = (start, *(0 for _ in array.shape[1:]))
        made.id.write_direct_chunk(place, content, mask)
        watch.report(min(1.0, (start + rows) / len(array)))


def read_array(
    dataset: Any, axes: int, largest: int, watch: Watch, threads: int | None = None
) -> NDArray[Any]:
    """The array that `write_array` wrote; nobody may write into it.

    Args:
        axes: that it must have.
        largest: bytes that it may take.

    Raises:
        InvalidInput: it is larger.
        ValueError: it is no such array.
    """
    shape, dtype = dataset.shape, dataset.dtype
    if dtype.kind not in _KINDS or shape is None or len(shape) != axes:
        raise ValueError(f"{dataset.name} holds {dtype} in {shape}, no numbers along {axes} axes")
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if size > largest:
        raise InvalidInput(
            f"an array of {' × '.join(map(str, shape))} {dtype} takes {size / 2**30:.1f} GiB",
            why=f"the limit is {largest / 2**30:.1f} GiB",
            remedy="Raise limits.array_bytes in the settings",
        )
    array = np.empty(shape, dtype)
    rows = dataset.chunks[0] if dataset.chunks else 1

    def unpack(number: int) -> int:
        start, mask, content = pieces[number]
        _unpack(content, mask, array[start : start + rows], rows)
        return start

    pieces: dict[int, tuple[int, int, bytes]] = {}

    def fetched() -> Iterator[int]:
        for number in range(-(-len(array) // rows) if array.size else 0):
            start = number * rows
            mask, content = dataset.id.read_direct_chunk((start, *(0 for _ in shape[1:])))
            pieces[number] = start, mask, content
            yield number

    for number, start in _in_order(fetched(), unpack, threads, watch):
        del pieces[number]
        watch.report(min(1.0, (start + rows) / len(array)))
    array.flags.writeable = False
    return array


def _rows_of_piece(array: NDArray[Any]) -> int:
    row_bytes = array.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))
    return max(1, min(len(array), _PIECE_BYTES // max(1, row_bytes)))


def _packed(part: NDArray[Any], rows: int) -> tuple[int, bytes]:
    """A piece as HDF5 stores it, and its mask of filters; the last one is filled with zeros."""
    if len(part) < rows:
        part = np.concatenate([part, np.zeros((rows - len(part), *part.shape[1:]), part.dtype)])
    flat = np.ascontiguousarray(part).reshape(-1)
    shuffled = np.ascontiguousarray(flat.view(np.uint8).reshape(-1, part.itemsize).T)
    deflater = zlib.compressobj(1, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    packed = deflater.compress(shuffled.data) + deflater.flush()
    plain = shuffled.nbytes
    return (0, packed) if len(packed) < plain else (_NOT_DEFLATED, shuffled.tobytes())


def _unpack(content: bytes, mask: int, part: NDArray[Any], rows: int) -> None:
    wanted = rows * int(np.prod(part.shape[1:], dtype=np.int64)) * part.itemsize
    if mask == 0:
        inflater = zlib.decompressobj()
        content = inflater.decompress(content, wanted)
        if inflater.unconsumed_tail:
            raise ValueError("a piece of an image holds more than it should")
    if len(content) != wanted or mask not in (0, _NOT_DEFLATED):
        raise ValueError("a piece of an image is not as it was written")
    planes = np.frombuffer(content, np.uint8).reshape(part.itemsize, -1)
    flat = np.ascontiguousarray(planes.T).reshape(-1).view(part.dtype)
    part[...] = flat[: part.size].reshape(part.shape)


def _in_order(
    items: Any, work: Callable[[Any], T], threads: int | None, watch: Watch
) -> Iterator[tuple[Any, T]]:
    """(item, work(item)) in order, a few of them at a time."""
    number = threads or min(_MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[tuple[Any, Future[T]]] = deque()
    with ThreadPoolExecutor(number, "session") as pool:
        try:
            for item in items:
                watch.check()
                waiting.append((item, pool.submit(work, item)))
                if len(waiting) > 2 * number:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                watch.check()
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
