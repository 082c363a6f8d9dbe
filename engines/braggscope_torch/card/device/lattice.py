"""Lattice factors of a crystal's shape (spec 9.2), of what h, k, l are off the nearest reflection.

Only squares enter the intensity, so the sign of odd turns is left out.
"""

import triton
import triton.language as tl

from braggscope_torch.card import layout
from braggscope_torch.reduced import sine_ratio_polynomial

SQUARE = tl.constexpr(layout.SHAPES.index("square"))
ROUND = tl.constexpr(layout.SHAPES.index("round"))
GAUSS = tl.constexpr(layout.SHAPES.index("gauss"))
TOPHAT = tl.constexpr(layout.SHAPES.index("tophat"))
N_CELLS = tl.constexpr(layout.N_CELLS)
WHOLE_CELLS = tl.constexpr(layout.WHOLE_CELLS)
STARS = tl.constexpr(layout.STARS)
FUDGE = tl.constexpr(layout.FUDGE)
PEAK = tl.constexpr(layout.PEAK)

PI = tl.constexpr(3.14159265358979323846)
#: Added and taken away, they leave the nearest whole number of what is below 2^51 and 2^22.
ROUNDING = tl.constexpr(6755399441055744.0)
ROUNDING_SINGLE = tl.constexpr(12582912.0)

# Polynomials in f² of 1 - cos(pi f) over f² and of sin(pi f) over f, for |f| <= 1/2, highest power
# first: without cancellation at f = 0 (relative errors 2e-17 and 3e-19; single 9e-10 and 7e-9).
VERSINE = tl.constexpr(
    (
        -4.166399462726948408e-6,
        1.0458286368326584797e-4,
        -1.9295626524798661125e-3,
        2.5806890025875390135e-2,
        -0.23533063027215769472,
        1.3352627688518803788,
        -4.0587121264167359752,
        4.9348022005446792464,
    )
)
SINE = tl.constexpr(
    (
        7.6978267682241906454e-7,
        -2.1903497074626017191e-5,
        4.6629981618983938014e-4,
        -7.3704305059169434047e-3,
        8.214588657310289502e-2,
        -0.59926452931894468132,
        2.5501640398773004745,
        -5.1677127800499696077,
        3.1415926535897932378,
    )
)
VERSINE_SINGLE = tl.constexpr(
    (
        0.024627111595228458118,
        -0.23507436832239593494,
        1.3352399607008951916,
        -4.0587114146834378077,
        4.934802196986985249,
    )
)
SINE_SINGLE = tl.constexpr(
    (0.077655912276, -0.598290411283, 2.55007738653, -5.16771007667, 3.14159264008)
)


def _sphere_series() -> tuple[float, ...]:
    """3(sin x/x - cos x)/x² in x², highest power first, for x below 1."""
    terms = [1.0]
    for k in range(1, 9):
        terms.append(-terms[-1] / (2 * k * (2 * k + 3)))
    return tuple(reversed(terms))


SPHERE = tl.constexpr(_sphere_series())
#: x² below which nanoBragg's 3(sin x/x - cos x)/x² is off by more than 1e-11 for its rounding.
CANCELLING = tl.constexpr(1e-4)


@triton.jit
def nearest(x):
    """The nearest whole number; halves go to the even one."""
    if x.dtype == tl.float64:
        return (x + ROUNDING) - ROUNDING
    else:
        return (x + ROUNDING_SINGLE) - ROUNDING_SINGLE


@triton.jit
def polynomial(x, C: tl.constexpr):
    """Coefficients highest power first."""
    value = tl.full(x.shape, C[0], x.dtype)
    for term in tl.static_range(1, len(C)):
        value = value * x + C[term]
    return value


@triton.jit
def versine(z):
    """1 - cos(pi f) of z = f², |f| <= 1/2."""
    if z.dtype == tl.float64:
        return polynomial(z, VERSINE) * z
    else:
        return polynomial(z, VERSINE_SINGLE) * z


@triton.jit
def sine(f):
    """sin(pi f), |f| <= 1/2."""
    if f.dtype == tl.float64:
        return polynomial(f * f, SINE) * f
    else:
        return polynomial(f * f, SINE_SINGLE) * f


#: What is called while a kernel is compiled must say so.
ratio_polynomial = triton.constexpr_function(sine_ratio_polynomial)


@triton.constexpr_function
def ratio_terms(cells):
    """Of sin(N x)/sin(x) as a polynomial, while it is compiled."""
    return tuple(float(term) for term in ratio_polynomial(int(cells)))


@triton.jit
def ratio_of_few(f, CELLS: tl.constexpr):
    """sin(N x)/sin(x) of few cells, x = pi f: a polynomial in sin² x, for even N times cos x."""
    RATIO: tl.constexpr = ratio_terms(CELLS)
    v = versine(f * f)
    ratio = polynomial(v * (2.0 - v), RATIO)
    if CELLS % 2 == 0:
        ratio = ratio * (1.0 - v)
    return ratio


@triton.jit
def phase_and_angle(off, cells, F: tl.constexpr):
    """Of any number of cells: N x to the nearest half turn, taken in the type of the indices, for
    in single precision it would be off by N times as much; and x. What is added to f makes the
    ratio N at a peak, and is lost in rounding everywhere else.
    """
    if F == tl.float64:
        moved = off + 1e-90
    else:
        moved = off + 1e-12
    turns = moved * cells
    return (turns - nearest(turns)).to(F), moved.to(F)


@triton.jit
def product_of_many(off_h, off_k, off_l, numbers, F: tl.constexpr):
    """The product of the three axes' ratios from two sines each."""
    n_h, f_h = phase_and_angle(off_h, tl.load(numbers + WHOLE_CELLS), F)
    n_k, f_k = phase_and_angle(off_k, tl.load(numbers + WHOLE_CELLS + 1), F)
    n_l, f_l = phase_and_angle(off_l, tl.load(numbers + WHOLE_CELLS + 2), F)
    return sine(n_h) * sine(n_k) * sine(n_l) / (sine(f_h) * sine(f_k) * sine(f_l))


@triton.jit
def unreduced_ratio(h, cells):
    """sin(N x)/sin(x) of x = pi h with all its turns, as it is wrong in single precision."""
    x = h * PI
    ratio = tl.sin(x * cells) / tl.sin(x)
    return tl.where(x == 0.0, cells, tl.where(cells <= 1.0, 1.0, ratio))


@triton.jit
def number(numbers, AT: tl.constexpr, T: tl.constexpr):
    """One number of the run."""
    return tl.load(numbers + AT).to(T)


@triton.jit
def per_axis_radius2(off_h, off_k, off_l, numbers):
    """(Dh Na)² + (Dk Nb)² + (Dl Nc)²"""
    a = off_h * number(numbers, N_CELLS, off_h.dtype)
    b = off_k * number(numbers, N_CELLS + 1, off_h.dtype)
    c = off_l * number(numbers, N_CELLS + 2, off_h.dtype)
    return a * a + b * b + c * c


@triton.jit
def product_radius2(off_h, off_k, off_l, numbers):
    """|Dh a* + Dk b* + Dl c*|² (Na Nb Nc)², stars in 1/Å"""
    T: tl.constexpr = off_h.dtype
    x = off_h * number(numbers, STARS, T)
    y = off_h * number(numbers, STARS + 1, T)
    z = off_h * number(numbers, STARS + 2, T)
    x += off_k * number(numbers, STARS + 3, T)
    y += off_k * number(numbers, STARS + 4, T)
    z += off_k * number(numbers, STARS + 5, T)
    x += off_l * number(numbers, STARS + 6, T)
    y += off_l * number(numbers, STARS + 7, T)
    z += off_l * number(numbers, STARS + 8, T)
    return x * x + y * y + z * z


@triton.jit
def sphere(radius2):
    """3(sin x/x - cos x)/x² of x = pi sqrt(radius2): near 0 its series, which loses no digits.

    nanoBragg's formula does: where that shows, NaN leaves the pixel to the eager kernel.
    """
    half_turns = tl.sqrt(radius2)
    f = half_turns - nearest(half_turns)
    # The sign of odd half turns is that of both the sine and the cosine.
    x2 = radius2 * (PI * PI)
    far = 3.0 * (sine(f) / (half_turns * PI) - (1.0 - versine(f * f))) / x2
    near = tl.where(x2 < CANCELLING, float("nan"), polynomial(x2, SPHERE))
    return tl.where(x2 < 1.0, near, far)


@triton.jit
def of_other_shapes(
    off_h, off_k, off_l, numbers, SHAPE: tl.constexpr, PER_AXIS: tl.constexpr, F: tl.constexpr
):
    """F_latt of ROUND, GAUSS and TOPHAT; the squared radius that decides about an edge keeps the
    precision of the indices, and so does the one whose terms may cancel.
    """
    fudge = tl.load(numbers + FUDGE)
    peak = number(numbers, PEAK, F)
    if SHAPE == ROUND or (SHAPE == GAUSS and PER_AXIS):
        radius2 = per_axis_radius2(off_h.to(F), off_k.to(F), off_l.to(F), numbers)
        scaled = radius2 * fudge.to(F)
    else:
        if PER_AXIS:
            radius2 = per_axis_radius2(off_h, off_k, off_l, numbers)
        else:
            radius2 = product_radius2(off_h, off_k, off_l, numbers)
        scaled = radius2 * fudge.to(radius2.dtype)
    if SHAPE == ROUND:
        # Without a fudge factor every place is a peak.
        return peak * tl.where(fudge == 0.0, 1.0, sphere(scaled))
    elif SHAPE == GAUSS:
        return peak * tl.exp((scaled * (-1.0 / 0.63)).to(F))
    else:
        # What is not a number stays so, for it is seen in the image.
        outside = tl.where(scaled == scaled, 0.0, scaled).to(F)
        return tl.where(scaled < 0.3969, peak, outside)
