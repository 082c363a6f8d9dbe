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
    """Shuffle table and last output, shared by all streams of a run; a stream is its own integer z.

    Attributes:
        z: the current stream's seed variable; set it to minus a seed to start that stream.
    """

    def __init__(self, z: int) -> None:
        self.z = z
        self._table = [0] * _TABLE_SIZE
        self._last = 0

    def next(self) -> np.float32:
        """The stream's next uniform deviate in (0, 1), float32."""
        if self.z <= 0 or self._last == 0:
            self._initialise()
        self.z = _MULTIPLIER * self.z % _MODULUS
        slot = self._last // _TABLE_STEP
        self._last, self._table[slot] = self._table[slot], self.z
        deviate = np.float32(self._last * (1.0 / _MODULUS))
        return _LARGEST if float(deviate) > 1.0 - 1.2e-7 else deviate

    def _initialise(self) -> None:
        self.z = max(1, -self.z)
        for slot in reversed(range(_WARM_UP)):
            self.z = _MULTIPLIER * self.z % _MODULUS
            if slot < _TABLE_SIZE:
                self._table[slot] = self.z
        self._last = self._table[0]
