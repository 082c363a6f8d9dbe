"""Sums, extremes and centred second moments of two images, in one pass over their pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from braggscope.api import ImagePair, Pixel
from braggscope_parity.blocks import Block, Values, over_blocks

#: Squares of numbers between these keep all their digits.
_SMALLEST, _LARGEST = 1e-120, 1e120
_SAMPLED_ROWS = 16


@dataclass(frozen=True)
class Moments:
    """What a pass found; pixels that are masked or not finite in both do not count.

    A is a·2^-scale_a in all that is scaled; the same for B and for the difference. Scales are 0 but
    for numbers whose squares overflow or vanish.

    Attributes:
        n: pixels that count.
        total_a, total_b: scaled sums.
        low_a, high_a, low_b, high_b: extremes.
        var_aa, var_bb, var_ab: scaled Σ(a−ā)², Σ(b−b̄)² and Σ(a−ā)(b−b̄).
        squares_a: scaled Σa².
        squares_d: scaled Σ(b−a)².
        largest_d: largest |b−a|, at the pixel `largest_at`, the first one of several.
    """

    n: int
    total_a: float
    total_b: float
    low_a: float
    high_a: float
    low_b: float
    high_b: float
    var_aa: float
    var_bb: float
    var_ab: float
    squares_a: float
    squares_d: float
    largest_d: float
    largest_at: Pixel | None
    scale_a: int = 0
    scale_b: int = 0
    scale_d: int = 0

    @property
    def peak_a(self) -> float:
        """Largest |a|."""
        return max(abs(self.low_a), abs(self.high_a))


@dataclass(frozen=True)
class _Terms:
    """Where a pass is centred, and what it multiplies with."""

    centre_a: float = 0.0
    centre_b: float = 0.0
    scale_a: int = 0
    scale_b: int = 0
    scale_d: int = 0


def moments(pair: ImagePair) -> Moments:
    """The moments of a pair, found once for all metrics.

    Each block is summed in pairs, and blocks are added exactly: the relative error of a sum of n
    terms is below 30 ε Σ|x|/|Σx|. Second moments are taken about a value near the mean and
    corrected; the cancellation in that is kept below a factor of 4, by a second pass if need be.
    """
    return pair.memo("parity.moments", _moments)


def _moments(pair: ImagePair) -> Moments:
    terms = _Terms(*_near_means(pair))
    parts = _pass(pair, terms)
    scaled = _needed_scales(parts, terms)
    if scaled != terms:
        terms = scaled
        parts = _pass(pair, terms)
    better = _better_centres(parts, terms)
    if better != terms:
        terms = better
        parts = _pass(pair, terms)
    return _together(parts, terms)


@dataclass(frozen=True)
class _Part:
    """One block's share; sums are scaled, extremes are not."""

    n: int
    total_a: float
    total_b: float
    low_a: float
    high_a: float
    low_b: float
    high_b: float
    centred_a: float
    centred_b: float
    aa: float
    bb: float
    ab: float
    squares_a: float
    squares_d: float
    largest_d: float
    largest_at: Pixel | None


def _pass(pair: ImagePair, terms: _Terms) -> list[_Part]:
    parts = over_blocks(pair, lambda block: _part(block, terms))
    return [part for part in parts if part.n]


def _part(block: Block, terms: _Terms) -> _Part:
    a, b, work, delta = block.a, block.b, block.spare(0), block.spare(1)
    counted = block.counted
    low_a, high_a = _ends(a, counted)
    low_b, high_b = _ends(b, counted)
    np.subtract(b, a, out=delta)
    np.abs(delta, out=work)
    at = int(work.argmax()) if counted is None or work.any() else int(counted.argmax())
    largest = float(work[at])
    if terms.scale_d > 0:
        # Scaled before the difference, which may overflow; small ones are exact before.
        _scaled(a, terms.scale_d, out=work)
        _scaled(b, terms.scale_d, out=delta)
        delta -= work
    else:
        _scaled(delta, terms.scale_d, out=delta)
    np.multiply(delta, delta, out=work)
    squares_d = float(work.sum())
    _scaled(a, terms.scale_a, out=a)
    _scaled(b, terms.scale_b, out=b)
    total_a, total_b = float(a.sum()), float(b.sum())
    squares_a = float(np.multiply(a, a, out=work).sum())
    _centred(a, terms.centre_a, counted)
    _centred(b, terms.centre_b, counted)
    return _Part(
        block.n_counted, total_a, total_b, low_a, high_a, low_b, high_b,
        float(a.sum()), float(b.sum()),
        float(np.multiply(a, a, out=work).sum()),
        float(np.multiply(b, b, out=work).sum()),
        float(np.multiply(a, b, out=work).sum()),
        squares_a, squares_d, largest, block.pixel(at),
    )  # fmt: skip


def _ends(values: Values, counted: NDArray[np.bool_] | None) -> tuple[float, float]:
    if counted is None:
        return float(values.min()), float(values.max())
    low = values.min(where=counted, initial=np.inf)
    return float(low), float(values.max(where=counted, initial=-np.inf))


def _centred(values: Values, centre: float, counted: NDArray[np.bool_] | None) -> None:
    """Take the centre off, in place; what does not count stays 0."""
    if counted is None:
        values -= centre
    else:
        np.subtract(values, centre, out=values, where=counted)


def _scaled(values: Values, exponent: int, out: Values) -> None:
    """values·2^-exponent."""
    if exponent:
        np.ldexp(values, -exponent, out=out)
    elif out is not values:
        out[...] = values


def _near_means(pair: ImagePair) -> tuple[float, float]:
    """Means over every 16th row: by the theorem of Samuelson never far from the whole image's."""
    rows = slice(None, None, _SAMPLED_ROWS)
    mask = None if pair.mask is None else pair.mask[rows]
    sample = ImagePair(pair.a[rows], pair.b[rows], mask, pair.checkpoint)

    def sums(block: Block) -> tuple[int, float, float]:
        return block.n_counted, float(block.a.sum()), float(block.b.sum())

    found = over_blocks(sample, sums)
    n = sum(count for count, _, _ in found)
    if n == 0:
        return 0.0, 0.0
    means = [_total(part[i] for part in found) / n for i in (1, 2)]
    return tuple(m if math.isfinite(m) else 0.0 for m in means)  # type: ignore[return-value]


def _needed_scales(parts: list[_Part], terms: _Terms) -> _Terms:
    """Scales for numbers whose squares would overflow or vanish; 0 for all others."""
    if not parts:
        return terms
    peak_a = max(max(abs(p.low_a), abs(p.high_a)) for p in parts)
    peak_b = max(max(abs(p.low_b), abs(p.high_b)) for p in parts)
    delta = max(p.largest_d for p in parts)
    scales = [_scale_of(peak) for peak in (peak_a, peak_b, min(delta, 1.7e308))]
    if scales == [0, 0, 0]:
        return terms
    # Centred afresh: a mean over unscaled numbers may have overflowed.
    return _Terms(0.0, 0.0, *scales)


def _scale_of(peak: float) -> int:
    return 0 if peak == 0.0 or _SMALLEST <= peak <= _LARGEST else math.frexp(peak)[1]


def _better_centres(parts: list[_Part], terms: _Terms) -> _Terms:
    """The means themselves where the centre is so far off that a correction would cancel."""
    n = sum(part.n for part in parts)
    if n == 0:
        return terms
    off_a, off_b = (_total(p.centred_a for p in parts), _total(p.centred_b for p in parts))
    aa, bb = _total(p.aa for p in parts), _total(p.bb for p in parts)
    if off_a**2 / n <= 0.75 * aa and off_b**2 / n <= 0.75 * bb:
        return terms
    return _Terms(
        terms.centre_a + off_a / n, terms.centre_b + off_b / n,
        terms.scale_a, terms.scale_b, terms.scale_d,
    )  # fmt: skip


def _together(parts: list[_Part], terms: _Terms) -> Moments:
    n = sum(part.n for part in parts)
    if n == 0:
        zeros = (0.0,) * 12
        return Moments(0, *zeros, largest_at=None)
    off_a, off_b = (_total(p.centred_a for p in parts), _total(p.centred_b for p in parts))
    worst = max(parts, key=lambda part: part.largest_d)
    return Moments(
        n=n,
        total_a=_total(p.total_a for p in parts),
        total_b=_total(p.total_b for p in parts),
        low_a=min(p.low_a for p in parts),
        high_a=max(p.high_a for p in parts),
        low_b=min(p.low_b for p in parts),
        high_b=max(p.high_b for p in parts),
        var_aa=max(0.0, _total(p.aa for p in parts) - off_a * off_a / n),
        var_bb=max(0.0, _total(p.bb for p in parts) - off_b * off_b / n),
        var_ab=_total(p.ab for p in parts) - off_a * off_b / n,
        squares_a=_total(p.squares_a for p in parts),
        squares_d=_total(p.squares_d for p in parts),
        largest_d=worst.largest_d,
        largest_at=worst.largest_at,
        scale_a=terms.scale_a,
        scale_b=terms.scale_b,
        scale_d=terms.scale_d,
    )


def _total(numbers: Iterable[float]) -> float:
    """The exact sum, rounded once; infinite or NaN where a term is."""
    terms = list(numbers)
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return float(np.sum(terms))
