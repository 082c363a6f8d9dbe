"""Difference maps of two images: [slow, fast] float64, NaN where a pixel is masked.

Each is made in blocks of rows, where the pair has room for it (`ImagePair.room`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair
from braggscope_parity import census
from braggscope_parity.blocks import PIXELS_PER_BLOCK, in_threads
from braggscope_parity.tolerance import allowed, floor_of, peak
from braggscope_parity.ulp import steps

Map = NDArray[np.float64]


def b_minus_a(pair: ImagePair) -> Map:
    """B − A."""
    return _made(pair, lambda a, b, out: np.subtract(b, a, out=out))


def abs_difference(pair: ImagePair) -> Map:
    """|B − A|."""

    def rows(a: Map, b: Map, out: Map) -> None:
        np.abs(np.subtract(b, a, out=out), out=out)

    return _made(pair, rows)


def ratio(pair: ImagePair) -> Map:
    """B / A; 1 wherever they are equal, also both 0; infinite where only A is 0."""

    def rows(a: Map, b: Map, out: Map) -> None:
        np.divide(b, a, out=out)
        out[a == b] = 1.0

    return _made(pair, rows)


def relative(pair: ImagePair) -> Map:
    """(B − A) / max(|A|, 1e-6·max|A|); 0 where both images are 0."""
    peak_a = peak(pair)
    floor = floor_of(peak_a) if peak_a else 1.0

    def rows(a: Map, b: Map, out: Map) -> None:
        np.subtract(b, a, out=out)
        np.divide(out, np.maximum(np.abs(a, out=a), floor, out=a), out=out)

    return _made(pair, rows)


def poisson(pair: ImagePair) -> Map:
    """(B − A) / √max(A, 1): in standard deviations of counting A photons.

    Below one photon the deviation of one is taken: an expected 0.01 would make a single photon
    ten deviations.
    """

    def rows(a: Map, b: Map, out: Map) -> None:
        np.subtract(b, a, out=out)
        np.divide(out, np.sqrt(np.maximum(a, 1.0, out=a), out=a), out=out)

    return _made(pair, rows)


def ulp(pair: ImagePair) -> Map:
    """Signed float32 steps from A to B; NaN where one is not finite."""

    def rows(a: Map, b: Map, out: Map) -> None:
        bad = ~(np.isfinite(a) & np.isfinite(b))
        if bad.any():
            a[bad] = b[bad] = 0.0
        out[...] = steps(a, b)
        if bad.any():
            out[bad] = np.nan

    return _made(pair, rows)


def pass_fail(pair: ImagePair) -> Map:
    """−1 where B is below tolerance of A, 0 within, +1 above; NaN where one is NaN.

    Equal infinities are within tolerance.
    """
    peak_a = peak(pair)

    def rows(a: Map, b: Map, out: Map) -> None:
        delta = b - a
        delta[a == b] = 0.0
        limit = allowed(a, peak_a, out)
        np.minimum(limit, np.finfo(np.float64).max, out=limit)
        verdict = (delta > limit).astype(np.float64) - (delta < -limit)
        verdict[np.isnan(delta)] = np.nan
        out[...] = verdict

    return _made(pair, rows)


def census_a(pair: ImagePair) -> Map:
    """Which numbers of A are special: codes as in `census`."""
    return _coded(pair, pair.a)


def census_b(pair: ImagePair) -> Map:
    """Which numbers of B are special: codes as in `census`."""
    return _coded(pair, pair.b)


def _coded(pair: ImagePair, image: NDArray[np.generic]) -> Map:
    def rows(part: slice, out: Map) -> None:
        out[...] = census.codes(image[part])

    return _by_rows(pair, rows)


def _made(pair: ImagePair, rows: Callable[[Map, Map, Map], object]) -> Map:
    """A map whose blocks are made from those of both images, which it may overwrite."""

    def make(part: slice, out: Map) -> None:
        rows(pair.a[part].astype(np.float64), pair.b[part].astype(np.float64), out)

    return _by_rows(pair, make)


def _by_rows(pair: ImagePair, make: Callable[[slice, Map], None]) -> Map:
    values = pair.room()
    height, width = pair.a.shape
    step = max(1, PIXELS_PER_BLOCK // max(1, width))

    def work(start: int) -> None:
        pair.checkpoint()
        part = slice(start, min(start + step, height))
        with np.errstate(all="ignore"):
            make(part, values[part])
        if pair.mask is not None:
            values[part][pair.mask[part]] = np.nan

    in_threads(work, range(0, height, step), values.size)
    return values
