"""The uniform generator shared by all random streams of nanoBragg (spec 12.1).

Park and Miller's "minimal standard" generator with a Bays-Durham shuffle.
"""

from __future__ import annotations

import numpy as np

_MULTIPLIER = 16807
_MODULUS = 2147483647
_TABLE_SIZE = 32
_TABLE_STEP = 67108864
_WARM_UP = 40
_LARGEST = np.float32(1.0 - 1.2e-7)


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

    def advance_many(self, z: int, count: int) -> tuple[int, list[float]]:
        """As `advance`, many at once and ten times faster."""
        if z <= 0 or self._last == 0:
            z = self._initialise(z)
        table, last, outputs = self._table, self._last, []
        for _ in range(count):
            z = _MULTIPLIER * z % _MODULUS
            slot = last // _TABLE_STEP
            last, table[slot] = table[slot], z
            outputs.append(last)
        self._last = last
        deviates = (np.array(outputs, np.float64) * (1.0 / _MODULUS)).astype(np.float32)
        deviates[deviates.astype(np.float64) > 1.0 - 1.2e-7] = _LARGEST
        return z, deviates.tolist()

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

    def take(self, count: int) -> list[float]:
        """The stream's next deviates, as Python floats of single precision."""
        self.z, deviates = self._generator.advance_many(self.z, count)
        return deviates
