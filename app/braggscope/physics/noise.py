"""Photon noise: nanoBragg's Gaussian and Poisson deviates, bit by bit (spec 12.3 and 12.6).

The original keeps its numbers in single precision and computes in double; `_f32` rounds where it
stores. Numbers here are Python floats, which is faster than NumPy's scalars.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from ctypes import c_float
from typing import Final

from braggscope.physics.random import Stream

_GAUSSIAN_ABOVE: Final = 1e6
_COUNTED_BELOW: Final = 12.0
_BLOCK: Final = 4096
_LANCZOS: Final = (
    76.18009172947146,
    -86.50532032941677,
    24.01409824083091,
    -1.231739572450155,
    0.001208650973866179,
    -0.000005395239384953,
)


def _f32(value: float) -> float:
    """Rounded to single precision."""
    return c_float(value).value


def ln_gamma(x: float) -> float:
    """ln Γ(x) by the series of Lanczos, in single precision."""
    shifted = x + 5.5 - (x + 0.5) * math.log(x + 5.5)
    series = 1.000000000190015
    for i, coefficient in enumerate(_LANCZOS, start=1):
        series += coefficient / (x + i)
    return _f32(-shifted + math.log(2.5066282746310005 * series / x))


def _endless(stream: Stream) -> Iterator[float]:
    while True:
        yield from stream.take(_BLOCK)


class Noise:
    """Random numbers of one stream; the Gaussian deviates come in pairs.

    Uniform deviates are taken from the stream in blocks: nothing else may use it afterwards.
    """

    def __init__(self, stream: Stream) -> None:
        self._uniforms = _endless(stream)
        self._spare: float | None = None

    def gaussian(self) -> float:
        """A Gaussian deviate of mean 0 and width 1 (polar Box-Muller)."""
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare
        while True:
            v1 = _f32(2.0 * self._uniform() - 1.0)
            v2 = _f32(2.0 * self._uniform() - 1.0)
            radius = _f32(_f32(v1 * v1) + _f32(v2 * v2))
            if 0.0 < radius < 1.0:
                break
        factor = _f32(math.sqrt(-2.0 * math.log(radius) / radius))
        self._spare = _f32(v1 * factor)
        return _f32(v2 * factor)

    def poisson(self, mean: float) -> float:
        """A number of photons whose expectation is mean, a single-precision number."""
        if mean > _GAUSSIAN_ABOVE:
            return _f32(mean + math.sqrt(mean) * self.gaussian())
        if mean < _COUNTED_BELOW:
            return self._counted(mean)
        return self._rejected(mean)

    def _uniform(self) -> float:
        return next(self._uniforms)

    def _counted(self, mean: float) -> float:
        """Uniform deviates are multiplied until they fall below exp(-mean)."""
        limit = _f32(math.exp(-mean)) if mean > -700.0 else math.inf
        count, product = 0, next(self._uniforms)
        while product > limit:
            count += 1
            product = c_float(product * next(self._uniforms)).value
        return float(count)

    def _rejected(self, mean: float) -> float:
        """Rejection from a Lorentzian."""
        width, log_mean = _f32(math.sqrt(2.0 * mean)), _f32(math.log(mean))
        normaliser = _f32(_f32(mean * log_mean) - ln_gamma(_f32(mean + 1.0)))
        while True:
            y, count = 0.0, -1.0
            while count < 0.0:
                y = _f32(math.tan(math.pi * self._uniform()))
                count = _f32(_f32(width * y) + mean)
            count = math.floor(count)
            exponent = _f32(_f32(_f32(count * log_mean) - ln_gamma(_f32(count + 1.0))) - normaliser)
            accepted = _f32(0.9 * (1.0 + _f32(y * y)) * math.exp(exponent))
            if self._uniform() <= accepted:
                return float(count)
