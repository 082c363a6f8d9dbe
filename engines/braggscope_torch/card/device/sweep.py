"""All orientations of one sub-pixel and source, summed in registers (spec 9.2)."""

import triton
import triton.language as tl

from braggscope_torch.card import layout
from braggscope_torch.card.device import delicate, lattice, lookup
from braggscope_torch.card.device.lattice import number

SQUARE = tl.constexpr(layout.SHAPES.index("square"))
CONSTANT = tl.constexpr(layout.LOOKUPS.index("constant"))
TRICUBIC = tl.constexpr(layout.LOOKUPS.index("tricubic"))
CELL_NUMBERS = tl.constexpr(layout.CELL_NUMBERS)
N_CELLS = tl.constexpr(layout.N_CELLS)

#: Terms summed in single precision before they join the sum.
TERMS = tl.constexpr(64)
#: Added, it leaves the fraction of an index below 2^19 in the low 32 bits, in units of 2^-32.
FIXED_POINT = tl.constexpr(1572864.0)
UNIT = tl.constexpr(2.0**-32)


@triton.jit
def index_of(edge, qx, qy, qz):
    """h of one edge of the cell, given as a pointer."""
    return qx * tl.load(edge) + (qy * tl.load(edge + 1) + qz * tl.load(edge + 2))


@triton.jit
def fixed_point_fraction(edge, qx, qy, qz):
    """What h is off the nearest whole number, within 2^-32, float32: no rounding, no conversion
    from double, of which graphics cards do few at a time.
    """
    inner = qy * tl.load(edge + 1) + (qz * tl.load(edge + 2) + FIXED_POINT)
    index = qx * tl.load(edge) + inner
    return index.to(tl.int64, bitcast=True).to(tl.int32).to(tl.float32) * UNIT


@triton.jit
def rounded(h, HALVES_DOWN: tl.constexpr):
    """The nearest reflection; halves go down (spec Q56), which only a look-up can tell."""
    if HALVES_DOWN:
        return tl.ceil(h - 0.5)
    else:
        return lattice.nearest(h)


@triton.jit
def lattice_factor(
    h, k, n, h0, k0, n0, numbers, SHAPE: tl.constexpr, KIND: tl.constexpr, F: tl.constexpr
):
    """F_latt; KIND of SQUARE is how few cells there are along every axis, "many" or "unreduced", of
    ROUND, GAUSS and TOPHAT "per-axis" or "product".
    """
    if SHAPE == SQUARE:
        if KIND == "unreduced":
            a = lattice.unreduced_ratio(h, number(numbers, N_CELLS, F))
            b = lattice.unreduced_ratio(k, number(numbers, N_CELLS + 1, F))
            c = lattice.unreduced_ratio(n, number(numbers, N_CELLS + 2, F))
            return a * b * c
        elif KIND == "many":
            return lattice.product_of_many(h - h0, k - k0, n - n0, numbers, F)
        else:
            return of_few((h - h0).to(F), (k - k0).to(F), (n - n0).to(F), KIND)
    else:
        return lattice.of_other_shapes(
            h - h0, k - k0, n - n0, numbers, SHAPE, KIND == "per-axis", F
        )


@triton.jit
def of_few(f_h, f_k, f_l, KIND: tl.constexpr):
    """F_latt of few cells: KIND is how many along every axis."""
    a = lattice.ratio_of_few(f_h, KIND[0])
    b = lattice.ratio_of_few(f_k, KIND[1])
    c = lattice.ratio_of_few(f_l, KIND[2])
    return a * b * c


@triton.jit
def structure_factor(
    h,
    k,
    n,
    h0,
    k0,
    n0,
    interpolates,
    numbers,
    factors,
    size_h,
    size_k,
    size_l,
    LOOKUP: tl.constexpr,
    F: tl.constexpr,
):
    """F of an evaluation; interpolates says of every pixel whether it still does."""
    if LOOKUP == TRICUBIC:
        smooth = interpolates & lookup.usable(h, k, n, numbers, size_h, size_k, size_l)
        fine = lookup.interpolated_factor(h, k, n, smooth, numbers, factors, size_k, size_l, F)
        plain = lookup.nearest_factor(
            h0, k0, n0, ~smooth, numbers, factors, size_h, size_k, size_l, F
        )
        return tl.where(smooth, fine, plain)
    else:
        return lookup.nearest_factor(
            h0, k0, n0, interpolates | True, numbers, factors, size_h, size_k, size_l, F
        )


@triton.jit
def intensity(
    cell,
    spot,
    qx,
    qy,
    qz,
    interpolates,
    numbers,
    factors,
    size_h,
    size_k,
    size_l,
    SHAPE: tl.constexpr,
    KIND: tl.constexpr,
    LOOKUP: tl.constexpr,
    ROUNDS: tl.constexpr,
    FIXED: tl.constexpr,
    F: tl.constexpr,
):
    """F² times F_latt² of one orientation, without F where it is the same for all."""
    if FIXED:
        f_h = fixed_point_fraction(cell, qx, qy, qz)
        f_k = fixed_point_fraction(cell + 3, qx, qy, qz)
        f_l = fixed_point_fraction(cell + 6, qx, qy, qz)
        amplitude = of_few(f_h, f_k, f_l, KIND)
    else:
        h = index_of(cell, qx, qy, qz)
        k = index_of(cell + 3, qx, qy, qz)
        n = index_of(cell + 6, qx, qy, qz)
        h0 = rounded(h, LOOKUP != CONSTANT)
        k0 = rounded(k, LOOKUP != CONSTANT)
        n0 = rounded(n, LOOKUP != CONSTANT)
        amplitude = lattice_factor(h, k, n, h0, k0, n0, numbers, SHAPE, KIND, F)
        if ROUNDS:
            amplitude = delicate.put_right(amplitude, cell, spot, h, k, n, h0, k0, n0, numbers)
        if LOOKUP != CONSTANT:
            amplitude *= structure_factor(
                h,
                k,
                n,
                h0,
                k0,
                n0,
                interpolates,
                numbers,
                factors,
                size_h,
                size_k,
                size_l,
                LOOKUP,
                F,
            )
    return amplitude * amplitude


@triton.jit
def sweep(
    cells,
    begin,
    end,
    serial,
    number_of,
    switch_number,
    switch_evaluation,
    spot,
    qx,
    qy,
    qz,
    numbers,
    factors,
    size_h,
    size_k,
    size_l,
    SHAPE: tl.constexpr,
    KIND: tl.constexpr,
    LOOKUP: tl.constexpr,
    ROUNDS: tl.constexpr,
    FIXED: tl.constexpr,
    F: tl.constexpr,
    TOTAL: tl.constexpr,
):
    """The sum over the orientations begin to end.

    serial: number in the pixel of the evaluation of orientation 0; number_of: every pixel's number;
    spot: what q comes from, for evaluations that are done again.
    """
    sums = tl.full(qx.shape, 0.0, TOTAL)
    before = number_of < switch_number
    at = number_of == switch_number
    for first in range(begin, end, TERMS):
        partial = tl.full(qx.shape, 0.0, F)
        for e in range(first, tl.minimum(first + TERMS, end)):
            interpolates = before | (at & (serial + e < switch_evaluation))
            partial += intensity(
                cells + e * CELL_NUMBERS,
                spot,
                qx,
                qy,
                qz,
                interpolates,
                numbers,
                factors,
                size_h,
                size_k,
                size_l,
                SHAPE,
                KIND,
                LOOKUP,
                ROUNDS,
                FIXED,
                F,
            )
        sums += partial.to(TOTAL)
    if FIXED:
        # Indices that are no numbers would leave bits that look like one.
        sums += ((qx + qy + qz) * 0.0).to(TOTAL)
    return sums
