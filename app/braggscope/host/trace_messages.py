"""Traces on the wire: many numbers travel in pieces before the answer.

Python reads a message in one go and lets no other thread run meanwhile: what is small never holds
the window up.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from braggscope.api import EngineFailed, PixelTrace
from braggscope.host.wire import WireMessage

#: Variables of fewer numbers are said in the answer itself.
FEW: Final = 64
#: Bytes of a message's numbers; a multiple of 3, as base64 has it.
_PIECE: Final = 3 * 2**16
#: Bytes of all numbers of an answer.
NUMBERS_LIMIT: Final = 2**30


class Numbers(WireMessage):
    """The next numbers of an answer to come: 8 bytes each, little-endian, in base64."""

    type: Literal["numbers"] = "numbers"
    id: int
    data: str


class NumbersToSend:
    """Takes the numbers out of traces.

    Attributes:
        said: the traces, whose many numbers are named by where they stand in the pieces.
    """

    def __init__(self, traces: Sequence[PixelTrace]) -> None:
        self._arrays: list[NDArray[Any]] = []
        self._bytes = 0
        self.said = [trace.to_dict(self._place) for trace in traces]

    def _place(self, values: NDArray[Any]) -> dict[str, Any] | None:
        if values.size < FEW or values.dtype.kind not in "fi":
            return None
        numbers = np.ascontiguousarray(values, dtype=f"<{values.dtype.kind}8").reshape(-1)
        place = {"dtype": numbers.dtype.str, "offset": self._bytes, "count": numbers.size}
        self._arrays.append(numbers)
        self._bytes += numbers.nbytes
        return place

    def messages(self, request_id: int) -> Iterator[Numbers]:
        """The pieces, in order.

        Raises:
            EngineFailed: there are too many numbers.
        """
        _check(self._bytes)
        whole = memoryview(b"".join(array.tobytes() for array in self._arrays))
        for start in range(0, len(whole), _PIECE):
            data = b64encode(whole[start : start + _PIECE]).decode("ascii")
            yield Numbers(id=request_id, data=data)


class NumbersReceived:
    """Puts the numbers into traces again."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, message: object) -> None:
        """Keep a piece.

        Raises:
            EngineFailed: there are too many numbers.
        """
        if isinstance(message, Numbers):
            self._bytes += b64decode(message.data)
            _check(len(self._bytes))

    def traces(self, said: Sequence[Mapping[str, Any]]) -> list[PixelTrace]:
        """The traces that an answer says.

        Raises:
            KeyError, TypeError, ValueError: it makes no sense.
        """
        return [PixelTrace.from_dict(one, self._numbers) for one in said]

    def _numbers(self, place: Mapping[str, Any]) -> NDArray[Any]:
        dtype, count, offset = str(place["dtype"]), int(place["count"]), int(place["offset"])
        if dtype not in ("<f8", "<i8") or count < 0:
            raise ValueError(f"{count} numbers of type {dtype}")
        return np.frombuffer(self._bytes, dtype, count, offset)


def _check(size: int) -> None:
    if size > NUMBERS_LIMIT:
        raise EngineFailed(
            f"the numbers of the traces take {size / 2**20:.0f} MiB, more than the limit of"
            f" {NUMBERS_LIMIT // 2**20} MiB",
            remedy="Ask for fewer pixels to trace, or for fewer steps",
        )
