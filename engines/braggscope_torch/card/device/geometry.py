"""Where a sub-pixel is, and what a source does there (spec 4.5, 4.6, 9, 9.3)."""

import triton
import triton.language as tl

from braggscope_torch.card import layout
from braggscope_torch.card.device.lattice import number

FAST = tl.constexpr(layout.FAST)
SLOW = tl.constexpr(layout.SLOW)
NORMAL = tl.constexpr(layout.NORMAL)
PIX0 = tl.constexpr(layout.PIX0)
SUB_M = tl.constexpr(layout.SUB_M)
AREA = tl.constexpr(layout.AREA)
PATH = tl.constexpr(layout.PATH)
KAHN = tl.constexpr(layout.KAHN)
DMIN_M = tl.constexpr(layout.DMIN_M)
INCIDENT = tl.constexpr(layout.INCIDENT)
PER_WAVELENGTH = tl.constexpr(layout.PER_WAVELENGTH)
MAGNETIC = tl.constexpr(layout.MAGNETIC)
ELECTRIC = tl.constexpr(layout.ELECTRIC)
ALONG = tl.constexpr(layout.ALONG)


@triton.jit
def component(fast_m, slow_m, depth_m, numbers, AXIS: tl.constexpr, G: tl.constexpr):
    """One coordinate of a place on the detector, seen from the sample, m."""
    fixed = depth_m * number(numbers, NORMAL + AXIS, G) + number(numbers, PIX0 + AXIS, G)
    along = slow_m * number(numbers, SLOW + AXIS, G) + fixed
    return fast_m * number(numbers, FAST + AXIS, G) + along


@triton.jit
def direction(slow, fast, v, u, depth_m, oversample, numbers, G: tl.constexpr):
    """Unit vector to the centre of a sub-pixel, and 1/R."""
    sub_m = number(numbers, SUB_M, G)
    fast_m = sub_m * (fast * oversample + u).to(G) + sub_m * 0.5
    slow_m = sub_m * (slow * oversample + v).to(G) + sub_m * 0.5
    x = component(fast_m, slow_m, depth_m, numbers, 0, G)
    y = component(fast_m, slow_m, depth_m, numbers, 1, G)
    z = component(fast_m, slow_m, depth_m, numbers, 2, G)
    inverse = tl.rsqrt(x * x + y * y + z * z)
    return x * inverse, y * inverse, z * inverse, inverse


@triton.jit
def solid_angle(inverse, numbers, POINT: tl.constexpr):
    """omega, sr."""
    angle = inverse * inverse * number(numbers, AREA, inverse.dtype)
    if not POINT:
        angle *= inverse
    return angle


@triton.jit
def captured_fraction(x, y, z, layer, numbers):
    """Fraction of photons absorbed in one layer of the sensor."""
    G: tl.constexpr = x.dtype
    cosine = x * number(numbers, NORMAL, G)
    cosine += y * number(numbers, NORMAL + 1, G)
    cosine += z * number(numbers, NORMAL + 2, G)
    path = number(numbers, PATH, G) / cosine
    return tl.exp(path * layer) - tl.exp(path * (layer + 1))


@triton.jit
def scattering_vector(x, y, z, source):
    """q, 1/m; source points to the numbers of a source, as do those below."""
    per_wavelength = tl.load(source + PER_WAVELENGTH)
    qx = (x - tl.load(source + INCIDENT)) * per_wavelength
    qy = (y - tl.load(source + INCIDENT + 1)) * per_wavelength
    qz = (z - tl.load(source + INCIDENT + 2)) * per_wavelength
    return qx, qy, qz


@triton.jit
def accepted(qx, qy, qz, numbers, DMIN: tl.constexpr):
    """Who lies within the resolution cut-off."""
    if DMIN:
        stol = 0.5 * tl.sqrt(qx * qx + qy * qy + qz * qz)
        beyond = number(numbers, DMIN_M, qx.dtype) > 0.5 / tl.where(stol > 0.0, stol, 1.0)
        return ~((stol > 0.0) & beyond)
    else:
        return tl.full(qx.shape, 1, tl.int1)


@triton.jit
def dot(x, y, z, vector):
    """With three numbers in memory."""
    return x * tl.load(vector) + y * tl.load(vector + 1) + z * tl.load(vector + 2)


@triton.jit
def polarization(x, y, z, source, numbers, IS_KAHN: tl.constexpr):
    """Kahn's factor. E, B and k are at right angles and d is a unit vector: (1 - c²) cos 2psi is
    the difference of the squared components along E and B, or 1 - c² where the axis lies along k.
    """
    cosine = dot(x, y, z, source + INCIDENT)
    square = cosine * cosine
    if IS_KAHN:
        b = dot(x, y, z, source + MAGNETIC)
        a = dot(x, y, z, source + ELECTRIC)
        turned = a * a - b * b + tl.load(source + ALONG) * (1.0 - square)
        return 0.5 * (1.0 + square - number(numbers, KAHN, x.dtype) * turned)
    else:
        return 0.5 * (1.0 + square)
