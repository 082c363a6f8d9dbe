"""Structure factors of evaluations (spec 6.4 and 6.5)."""

import triton
import triton.language as tl

from braggscope_torch.card import layout

LOW = tl.constexpr(layout.LOW)
DEFAULT_F = tl.constexpr(layout.DEFAULT_F)


@triton.jit
def row_of(index, size):
    """A whole number as an index of the table; -1 below it, its size above it and 0 for NaN."""
    below = tl.where(index < 0.0, -1.0, tl.where(index > 0.0, index, 0.0))
    return tl.where(below < size, below, size.to(index.dtype)).to(tl.int32)


@triton.jit
def nearest_factor(h0, k0, l0, wanted, numbers, factors, size_h, size_k, size_l, F: tl.constexpr):
    """F of the nearest reflection; outside the table that of all others."""
    h = row_of(h0 - tl.load(numbers + LOW).to(h0.dtype), size_h)
    k = row_of(k0 - tl.load(numbers + LOW + 1).to(h0.dtype), size_k)
    n = row_of(l0 - tl.load(numbers + LOW + 2).to(h0.dtype), size_l)
    inside = (h >= 0) & (h < size_h) & (k >= 0) & (k < size_k) & (n >= 0) & (n < size_l)
    default_f = tl.load(numbers + DEFAULT_F).to(F)
    found = tl.load(factors + ((h * size_k + k) * size_l + n), mask=inside & wanted, other=0.0)
    return tl.where(inside, found, default_f)


@triton.jit
def axis_usable(h, low, size):
    """Whether the four nodes around h lie in the table."""
    index = h - low.to(h.dtype)
    return (index + 3.0 <= size) & (index - 2.0 >= 0.0)


@triton.jit
def usable(h, k, n, numbers, size_h, size_k, size_l):
    """Whether the 4 x 4 x 4 neighbourhood lies in the table."""
    first = axis_usable(h, tl.load(numbers + LOW), size_h)
    second = axis_usable(k, tl.load(numbers + LOW + 1), size_k)
    third = axis_usable(n, tl.load(numbers + LOW + 2), size_l)
    return first & second & third


@triton.jit
def lagrange(t):
    """Cubic Lagrange weights of the nodes -1, 0, 1, 2."""
    before = -t * (t - 1.0) * (t - 2.0) * (1.0 / 6.0)
    at = (t + 1.0) * (t - 1.0) * (t - 2.0) * 0.5
    after = -(t + 1.0) * t * (t - 2.0) * 0.5
    beyond = (t + 1.0) * t * (t - 1.0) * (1.0 / 6.0)
    return before, at, after, beyond


@triton.jit
def start_of(h, wanted, low):
    """The first of the four nodes, as an index of the table."""
    return tl.where(wanted, tl.floor(h) - 1.0 - low.to(h.dtype), 0.0).to(tl.int32)


@triton.jit
def interpolated_factor(
    h, k, n, wanted, numbers, factors, size_k, size_l, F: tl.constexpr
):  # fmt: skip
    """F over the neighbourhood where wanted; elsewhere 0. Contracts l first, then k, then h."""
    by_h = lagrange((h - tl.floor(h)).to(F))
    by_k = lagrange((k - tl.floor(k)).to(F))
    by_l = lagrange((n - tl.floor(n)).to(F))
    corner = start_of(h, wanted, tl.load(numbers + LOW)) * size_k
    corner = (corner + start_of(k, wanted, tl.load(numbers + LOW + 1))) * size_l
    corner += start_of(n, wanted, tl.load(numbers + LOW + 2))
    total = tl.full(h.shape, 0.0, F)
    for i in tl.static_range(4):
        over_k = tl.full(h.shape, 0.0, F)
        for j in tl.static_range(4):
            line = factors + (corner + (i * size_k + j) * size_l)
            over_l = by_l[0] * tl.load(line, mask=wanted, other=0.0)
            for m in tl.static_range(1, 4):
                over_l += by_l[m] * tl.load(line + m, mask=wanted, other=0.0)
            over_k += by_k[j] * over_l
        total += by_h[i] * over_k
    return total
