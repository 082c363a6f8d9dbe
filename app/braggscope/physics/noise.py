"""Photon noise: nanoBragg's Gaussian and Poisson deviates, bit by bit (spec 12.3 and 12.6).

The original keeps its numbers in single precision and computes in double; `_f32` rounds where it
stores. A million pixels that way take many seconds. So a deviate is first found in double alone,
with a bound of what all the roundings together can change; only where the outcome lies within that
bound are they done, and that is seldom.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from ctypes import c_float
from typing import Final

import numpy as np
from numpy.typing import NDArray

from braggscope.physics.random import Stream

_GAUSSIAN_ABOVE: Final = 1e6
_COUNTED_BELOW: Final = 12.0
_BLOCK: Final = 2**16
#: The largest relative error of a rounding to single precision.
_ROUNDING: Final = 2.0**-24
#: Roundings change the logarithm of a product of this many uniform deviates by less.
_PRODUCT_SLACK: Final = 1e-5
_MOST_FACTORS: Final = 64
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


class Noise:
    """Random numbers of one stream; the Gaussian deviates come in pairs.

    Uniform deviates are taken from the stream in blocks: nothing else may use it afterwards.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._uniforms: list[float] = []
        #: Minus the logarithm of the product of all uniforms before each, and of all.
        self._depths: list[float] = [0.0]
        self._at = 0
        self._spare: float | None = None

    def poissons(self, means: NDArray[np.float32]) -> NDArray[np.float64]:
        """A number of photons for each expectation, drawn in their order."""
        waiting = means.ravel().tolist()
        drawn: list[float] = []
        while len(drawn) < len(waiting):
            try:
                self._draw(waiting[len(drawn) :], drawn)
            except IndexError:
                self._take_more()
        return np.array(drawn, np.float64).reshape(means.shape)

    def gaussian(self) -> float:
        """A Gaussian deviate of mean 0 and width 1 (polar Box-Muller)."""
        while True:
            try:
                value, self._at = self._gaussian(self._at)
            except IndexError:
                self._take_more()
            else:
                return value

    def _take_more(self) -> None:
        """Another block behind the uniforms that have not been used."""
        left = np.array(self._uniforms[self._at :], np.float64)
        uniforms = np.concatenate([left, self._stream.take(_BLOCK)])
        self._uniforms = uniforms.tolist()
        self._depths = [0.0, *np.cumsum(-np.log(uniforms)).tolist()]
        self._at = 0

    def _draw(self, means: list[float], drawn: list[float]) -> None:
        """Append a deviate for each mean; IndexError when there are too few uniforms for one.

        Below 12, uniforms are multiplied until they fall below exp(-mean).
        """
        depths, at = self._depths, self._at
        try:
            for mean in means:
                if mean >= _COUNTED_BELOW:
                    photons, at = self._bright(mean, at)
                    drawn.append(photons)
                    continue
                target, end = depths[at] + mean, at + 1
                depth = depths[end]
                if depth < target:
                    end = bisect_left(depths, target, end, at + _MOST_FACTORS)
                    depth = depths[end]
                    if target - depths[end - 1] < _PRODUCT_SLACK:
                        depth = target
                if depth - target < _PRODUCT_SLACK:
                    end = self._counted_exactly(mean, at)
                drawn.append(end - at - 1)
                at = end
        finally:
            self._at = at

    def _counted_exactly(self, mean: float, at: int) -> int:
        """Where the uniforms end that are multiplied."""
        limit = _f32(math.exp(-mean)) if mean > -700.0 else math.inf
        product = self._uniforms[at]
        while product > limit:
            at += 1
            product = _f32(product * self._uniforms[at])
        return at + 1

    def _bright(self, mean: float, at: int) -> tuple[float, int]:
        if mean > _GAUSSIAN_ABOVE:
            deviate, at = self._gaussian(at)
            return _f32(mean + math.sqrt(mean) * deviate), at
        return self._rejected(mean, at)

    def _gaussian(self, at: int) -> tuple[float, int]:
        if self._spare is not None:
            spare, self._spare = self._spare, None
            return spare, at
        uniforms = self._uniforms
        while True:
            v1, v2 = _f32(2.0 * uniforms[at] - 1.0), _f32(2.0 * uniforms[at + 1] - 1.0)
            at += 2
            radius = _f32(_f32(v1 * v1) + _f32(v2 * v2))
            if 0.0 < radius < 1.0:
                break
        factor = _f32(math.sqrt(-2.0 * math.log(radius) / radius))
        self._spare = _f32(v1 * factor)
        return _f32(v2 * factor), at

    def _rejected(self, mean: float, at: int) -> tuple[float, int]:
        """Rejection from a Lorentzian."""
        start, uniforms = at, self._uniforms
        width, log_mean = math.sqrt(2.0 * mean), math.log(mean)
        normaliser = mean * log_mean - math.lgamma(mean + 1.0)
        while True:
            y = math.tan(math.pi * uniforms[at])
            at += 1
            place = width * y + mean
            count = math.floor(place)
            slack = 4.0 * _ROUNDING * (abs(width * y) + mean)
            if not slack < place - count < 1.0 - slack:
                return self._rejected_exactly(mean, start)
            if count < 0:
                continue
            # Twice the two products' sizes bound every logarithm in here.
            both = count + mean + 2.0
            slack = 8.0 * _ROUNDING * (both * math.log(both) + 2.0)
            exponent = count * log_mean - math.lgamma(count + 1.0) - normaliser
            margin = exponent - math.log(uniforms[at] / (0.9 * (1.0 + y * y)))
            at += 1
            if abs(margin) <= slack:
                return self._rejected_exactly(mean, start)
            if margin > 0.0:
                return float(count), at

    def _rejected_exactly(self, mean: float, at: int) -> tuple[float, int]:
        uniforms = self._uniforms
        width, log_mean = _f32(math.sqrt(2.0 * mean)), _f32(math.log(mean))
        normaliser = _f32(_f32(mean * log_mean) - ln_gamma(_f32(mean + 1.0)))
        while True:
            y, count = 0.0, -1.0
            while count < 0.0:
                y = _f32(math.tan(math.pi * uniforms[at]))
                count = _f32(_f32(width * y) + mean)
                at += 1
            count = math.floor(count)
            exponent = _f32(_f32(_f32(count * log_mean) - ln_gamma(_f32(count + 1.0))) - normaliser)
            accepted = _f32(0.9 * (1.0 + _f32(y * y)) * math.exp(exponent))
            at += 1
            if uniforms[at - 1] <= accepted:
                return float(count), at
