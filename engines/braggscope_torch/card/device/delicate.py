"""Lattice factors rounded as nanoBragg does where that shows, very close to a reflection
(braggscope_torch.delicate).
"""

import triton
import triton.language as tl

from braggscope_torch.card import layout
from braggscope_torch.card.device.lattice import PI, nearest, number, sine

FAST = tl.constexpr(layout.FAST)
SLOW = tl.constexpr(layout.SLOW)
NORMAL = tl.constexpr(layout.NORMAL)
PIX0 = tl.constexpr(layout.PIX0)
N_CELLS = tl.constexpr(layout.N_CELLS)
SUB_M = tl.constexpr(layout.SUB_M)
DELICATE = tl.constexpr(layout.DELICATE)
LARGEST_RATIO = tl.constexpr(layout.LARGEST_RATIO)
ZERO = tl.constexpr(layout.ZERO)
INCIDENT = tl.constexpr(layout.INCIDENT)
WAVELENGTH = tl.constexpr(layout.WAVELENGTH)

#: Their sum is pi; up to 2^27 times the first two have no more digits than a number holds.
PI_HEAD = tl.constexpr(3.1415926218032837)
PI_MIDDLE = tl.constexpr(3.1786509424591713e-08)
PI_TAIL = tl.constexpr(1.2246467991473532e-16)


@triton.jit
def product(a, b, numbers):
    """Rounded, whatever is added to it: a sum with a zero that the compiler does not know."""
    return tl.fma(a, b, number(numbers, ZERO, tl.float64))


@triton.jit
def dot(x, y, z, a, b, c, numbers):
    """Summed in this order."""
    return product(x, a, numbers) + product(y, b, numbers) + product(z, c, numbers)


@triton.jit
def coordinate(fast_m, slow_m, depth_m, numbers, AXIS: tl.constexpr):
    """One of a place on the detector, seen from the sample, m."""
    along = product(fast_m, number(numbers, FAST + AXIS, tl.float64), numbers)
    along += product(slow_m, number(numbers, SLOW + AXIS, tl.float64), numbers)
    along += product(depth_m, number(numbers, NORMAL + AXIS, tl.float64), numbers)
    return along + number(numbers, PIX0 + AXIS, tl.float64)


@triton.jit
def scattering_vector(spot, numbers):
    """q, 1/m, of every lane."""
    slow, fast, v, u, depth_m, oversample, source = spot
    sub_m = number(numbers, SUB_M, tl.float64)
    fast_m = product(sub_m, (fast * oversample + u).to(tl.float64), numbers) + sub_m * 0.5
    slow_m = product(sub_m, (slow * oversample + v).to(tl.float64), numbers) + sub_m * 0.5
    x = coordinate(fast_m, slow_m, depth_m, numbers, 0)
    y = coordinate(fast_m, slow_m, depth_m, numbers, 1)
    z = coordinate(fast_m, slow_m, depth_m, numbers, 2)
    distance = tl.sqrt(dot(x, y, z, x, y, z, numbers))
    wavelength = tl.load(source + WAVELENGTH)
    qx = (x / distance - tl.load(source + INCIDENT)) / wavelength
    qy = (y / distance - tl.load(source + INCIDENT + 1)) / wavelength
    qz = (z / distance - tl.load(source + INCIDENT + 2)) / wavelength
    return qx, qy, qz


@triton.jit
def sine_of(angle):
    """sin of an angle of many turns, but for its sign: taking them away loses nothing."""
    half_turns = nearest(angle * (1.0 / PI))
    rest = angle - half_turns * PI_HEAD - half_turns * PI_MIDDLE - half_turns * PI_TAIL
    return sine(rest * (1.0 / PI))


@triton.jit
def rounded_factor(cell, spot, numbers):
    """F_latt of every lane, but for its sign."""
    qx, qy, qz = scattering_vector(spot, numbers)
    above, below = qx * 0.0 + 1.0, qx * 0.0 + 1.0
    for axis in range(3):
        edge, cells = cell + 3 * axis, tl.load(numbers + N_CELLS + axis)
        a, b, c = tl.load(edge), tl.load(edge + 1), tl.load(edge + 2)
        # What is added is lost in rounding, and makes the ratio N at 0.
        x = dot(a, b, c, qx, qy, qz, numbers) * PI + 1e-90
        if cells > 1.0:
            above *= sine_of(product(x, cells, numbers))
            below *= sine_of(x)
    return above / below


@triton.jit
def leading_bits(x):
    """Of |x|, in order of size: whole numbers are compared by units that would be idle."""
    return (x.to(tl.int64, bitcast=True) >> 32).to(tl.int32) & 0x7FFFFFFF


@triton.jit
def near(off_h, off_k, off_l, numbers):
    """Who is close enough to a reflection to look at."""
    least = tl.minimum(leading_bits(off_h), leading_bits(off_k))
    distance = leading_bits(number(numbers, DELICATE, tl.float64))
    return tl.minimum(least, leading_bits(off_l)) <= distance


@triton.jit
def ratio(h, off):
    """|h|/|f|; 0 where h is 0, of which no sine is rounded."""
    return tl.abs(h) / tl.maximum(tl.abs(off), 1e-200)


@triton.jit
def any_of(lanes):
    """Whether there is one, for the whole program."""
    return tl.max(lanes.to(tl.int32), 0) != 0


@triton.jit
def put_right(factor, cell, spot, h, k, n, h0, k0, n0, numbers):
    """F_latt, done again where rounding shows. All lanes go through it where one needs it."""
    if any_of(near(h - h0, k - k0, n - n0, numbers)):
        ratios = ratio(h, h - h0) + ratio(k, k - k0) + ratio(n, n - n0)
        shows = ratios >= number(numbers, LARGEST_RATIO, tl.float64)
        if any_of(shows):
            factor = tl.where(shows, rounded_factor(cell, spot, numbers), factor)
    return factor
