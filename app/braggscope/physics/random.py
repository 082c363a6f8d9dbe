"""The uniform generator shared by all random streams of nanoBragg (spec 12.1).

Park and Miller's "minimal standard" generator with a Bays-Durham shuffle.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_MULTIPLIER = 16807
_MODULUS = 2147483647
_TABLE_SIZE = 32
_TABLE_STEP = 67108864
_WARM_UP = 40
_LARGEST = np.float32(1.0 - 1.2e-7)


@lru_cache(maxsize=1)
def _powers(count: int) -> NDArray[np.uint64]:
    """Powers 1 to count of the multiplier; a product of two residues fits 62 bits."""
    powers = np.array([_MULTIPLIER], np.uint64)
    while len(powers) < count:
        powers = np.concatenate([powers, powers * powers[-1] % np.uint64(_MODULUS)])
    return powers[:count]


class ShuffledGenerator:
    """Shuffle table and last output, shared by all streams of a run (spec 12.1)."""

    def __init__(self) -> None:
        self._table = [0] * _TABLE_SIZE
        self._last = 0

    @property
    def last(self) -> int:
        """The last output y; 0 before the first."""
        return self._last

    def stream(self, seed: int) -> Stream:
        """A stream with a user's seed.

        A negative seed does not start the generator anew: the stream continues with the table that
        the stream before it left (Q31).
        """
        return Stream(self, -seed)

    def advance(self, z: int) -> tuple[int, np.float32]:
        """The next value of a stream's integer z, and the deviate in (0, 1), float32."""
        if z <= 0 or self._last == 0:
            z = self._initialise(z)
        z = _MULTIPLIER * z % _MODULUS
        slot = self._last // _TABLE_STEP
        self._last, self._table[slot] = self._table[slot], z
        deviate = np.float32(self._last * (1.0 / _MODULUS))
        return z, _LARGEST if float(deviate) > 1.0 - 1.2e-7 else deviate

    def advance_many(self, z: int, count: int) -> tuple[int, NDArray[np.float32]]:
        """As `advance`, many at once and much faster.

        Which slot comes next depends on all before, but only on the first five bits of what the
        slots hold: those go one by one, the values are put in their places afterwards.
        """
        if z <= 0 or self._last == 0:
            z = self._initialise(z)
        integers = (_powers(count) * np.uint64(z) % np.uint64(_MODULUS)).astype(np.int64)
        slots = self._slots(integers // _TABLE_STEP)
        # What lies in a slot was put there when it was chosen before.
        held = np.concatenate([np.array(self._table, np.int64), integers])
        chosen = np.concatenate([np.arange(_TABLE_SIZE, dtype=np.uint8), slots])
        order = np.argsort(chosen, kind="stable")
        follows = chosen[order[1:]] == chosen[order[:-1]]
        outputs = np.empty(_TABLE_SIZE + count, np.int64)
        outputs[order[1:][follows]] = held[order[:-1][follows]]
        outputs = outputs[_TABLE_SIZE:]
        self._table = held[order[np.append(~follows, True)]].tolist()
        self._last = int(outputs[-1])
        deviates = (outputs * (1.0 / _MODULUS)).astype(np.float32)
        deviates[deviates.astype(np.float64) > 1.0 - 1.2e-7] = _LARGEST
        return int(integers[-1]), deviates

    def _slots(self, bits: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The slots that are chosen one after the other, from the first bits of the integers."""
        table = [value // _TABLE_STEP for value in self._table]
        slot = self._last // _TABLE_STEP
        slots: list[int] = []
        append = slots.append
        for first in bits.astype(np.uint8).tobytes():
            append(slot)
            taken = table[slot]
            table[slot] = first
            slot = taken
        return np.array(slots, np.uint8)

    def _initialise(self, z: int) -> int:
        z = max(1, -z)
        for slot in reversed(range(_WARM_UP)):
            z = _MULTIPLIER * z % _MODULUS
            if slot < _TABLE_SIZE:
                self._table[slot] = z
        self._last = self._table[0]
        return z


class Stream:
    """One of the random streams: misset, mosaic or noise.

    Attributes:
        z: its own integer, the "seed variable".
    """

    def __init__(self, generator: ShuffledGenerator, z: int) -> None:
        self._generator = generator
        self.z = z

    @property
    def state(self) -> tuple[int, int]:
        """z, and the last output y that all streams share."""
        return self.z, self._generator.last

    def next(self) -> np.float32:
        """The stream's next uniform deviate in (0, 1), float32."""
        self.z, deviate = self._generator.advance(self.z)
        return deviate

    def take(self, count: int) -> NDArray[np.float32]:
        """The stream's next deviates."""
        self.z, deviates = self._generator.advance_many(self.z, count)
        return deviates
