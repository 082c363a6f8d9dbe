"""The kernels: a stretch of pixels in, photons out, or the first one that cannot be interpolated
(spec section 9). A program renders BLOCK pixels, all their steps in registers.
"""

import triton
import triton.language as tl

from braggscope_torch.card import layout
from braggscope_torch.card.device import geometry, lookup
from braggscope_torch.card.device.lattice import number
from braggscope_torch.card.device.sweep import index_of, lattice_factor, rounded, sweep

SQUARE = tl.constexpr(layout.SHAPES.index("square"))
FIRST = tl.constexpr(layout.RULES.index("first"))
MEAN = tl.constexpr(layout.RULES.index("mean"))
EVERY = tl.constexpr(layout.RULES.index("per-evaluation"))
SOURCE_NUMBERS = tl.constexpr(layout.SOURCE_NUMBERS)
CELL_NUMBERS = tl.constexpr(layout.CELL_NUMBERS)
BACKGROUND = tl.constexpr(layout.BACKGROUND)
SCALE = tl.constexpr(layout.SCALE)
WEIGHT = tl.constexpr(layout.WEIGHT)

#: They differ from launch to launch: no code of their own for a value of 1 or multiples of 16.
_NUMBERS = [
    "start", "count", "width", "fast_min", "slow_min", "fast_pixels", "oversample", "sources",
    "orientations", "place_begin", "place_end", "source_begin", "source_end", "begin", "end",
    "opens", "closes", "first_place", "first_source", "switch_number", "switch_evaluation",
    "size_h", "size_k", "size_l",
]  # fmt: skip


@triton.jit
def in_force_after(in_force, now, count, RULE: tl.constexpr):
    """A factor under its rule, after the value of one more evaluation, the count-th."""
    if RULE == FIRST:
        return tl.where(in_force == 0.0, now, in_force)
    elif RULE == MEAN:
        # The mean starts from nothing, whatever value a pixel without evaluations has.
        so_far = tl.where(count > 1, in_force, 0.0)
        return so_far + (now - so_far) / count
    else:
        return now


@triton.jit
def pixels_of(
    start,
    count,
    width,
    fast_min,
    slow_min,
    fast_pixels,
    mask,
    MASKED: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Numbers in the stretch and in the region, indices, and which are simulated."""
    lane = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    number_of = start + lane
    slow = slow_min + number_of // width
    fast = fast_min + number_of % width
    simulated = lane < count
    if MASKED:
        seen = tl.load(mask + slow * fast_pixels + fast, mask=simulated, other=0)
        simulated = simulated & (seen != 0)
    return lane, number_of, slow, fast, simulated


@triton.jit(do_not_specialize=_NUMBERS)
def render(
    out, state, not_finite, numbers, depths, beams, cells, factors, mask,
    start, count, width, fast_min, slow_min, fast_pixels, oversample, sources, orientations,
    place_begin, place_end, source_begin, source_end, begin, end, opens, closes,
    first_place, first_source, switch_number, switch_evaluation, size_h, size_k, size_l,
    SHAPE: tl.constexpr, KIND: tl.constexpr, LOOKUP: tl.constexpr, ROUNDS: tl.constexpr,
    FIXED: tl.constexpr, OMEGA: tl.constexpr, CAPTURE: tl.constexpr, POLAR: tl.constexpr,
    POINT: tl.constexpr, THICK: tl.constexpr, POLARIZED: tl.constexpr, IS_KAHN: tl.constexpr,
    DMIN: tl.constexpr, MASKED: tl.constexpr, SPLIT: tl.constexpr,
    G: tl.constexpr, F: tl.constexpr, TOTAL: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Photons of the pixels start to start + count of the region, into out[0:count].

    Of every pixel the places (layer, sub-pixel), sources and orientations of the given ranges.
    Where they are not all (SPLIT), the first launch of the pixels `opens` and the last one
    `closes`; what they keep in between is in state, [number, count].
    first_place, first_source: where the first sweep of the run is, whose cells come after all
    others; -1: not in this launch.
    """
    lane, number_of, slow, fast, simulated = pixels_of(
        start, count, width, fast_min, slow_min, fast_pixels, mask, MASKED, BLOCK
    )
    zero = tl.full([BLOCK], 0.0, G)
    total = tl.full([BLOCK], 0.0, TOTAL) + number(numbers, BACKGROUND, TOTAL)
    omega = zero
    capture = zero if THICK else zero + 1.0
    polar = zero if POLARIZED else zero + 1.0
    counted = zero
    if SPLIT:
        if opens == 0:
            total = tl.load(state + lane, mask=simulated, other=0.0).to(TOTAL)
            omega = tl.load(state + count + lane, mask=simulated, other=0.0).to(G)
            capture = tl.load(state + 2 * count + lane, mask=simulated, other=0.0).to(G)
            polar = tl.load(state + 3 * count + lane, mask=simulated, other=0.0).to(G)
            counted = tl.load(state + 4 * count + lane, mask=simulated, other=0.0).to(G)
    for place in range(place_begin, place_end):
        layer = place // (oversample * oversample)
        v = (place // oversample) % oversample
        u = place % oversample
        depth_m = tl.load(depths + layer).to(G)
        x, y, z, inverse = geometry.direction(slow, fast, v, u, depth_m, oversample, numbers, G)
        opens_place = (source_begin == 0) & (begin == 0)
        omega_now = geometry.solid_angle(inverse, numbers, POINT)
        after = in_force_after(omega, omega_now, place + 1, OMEGA)
        omega = tl.where(opens_place, after, omega)
        if THICK:
            if CAPTURE == FIRST:
                # nanoBragg forgets it at every layer (spec section 9).
                opens_layer = opens_place & (v == 0) & (u == 0)
                capture = tl.where(opens_layer, 0.0, capture)
            capture_now = geometry.captured_fraction(x, y, z, layer, numbers)
            after = in_force_after(capture, capture_now, place + 1, CAPTURE)
            capture = tl.where(opens_place, after, capture)
        for j in range(source_begin, source_end):
            source = beams + j * SOURCE_NUMBERS
            qx, qy, qz = geometry.scattering_vector(x, y, z, source)
            accepted = geometry.accepted(qx, qy, qz, numbers, DMIN)
            weight = zero + tl.load(source + WEIGHT)
            if POLARIZED:
                polar_now = geometry.polarization(x, y, z, source, numbers, IS_KAHN)
                takes = accepted & (begin == 0)
                counted = tl.where(takes, counted + 1.0, counted)
                after = in_force_after(polar, polar_now, tl.where(takes, counted, 1.0), POLAR)
                polar = tl.where(takes, after, polar)
                if POLAR == EVERY:
                    weight *= polar_now
            if OMEGA == EVERY:
                weight *= omega_now
            if THICK and CAPTURE == EVERY:
                weight *= capture_now
            is_first = (place == first_place) & (j == first_source)
            skipped = tl.where(is_first, orientations * CELL_NUMBERS, 0)
            spot = (slow, fast, v, u, depth_m, oversample, source)
            sums = sweep(
                cells + skipped, begin, end, (place * sources + j) * orientations, number_of,
                switch_number, switch_evaluation, spot, qx, qy, qz, numbers, factors, size_h,
                size_k, size_l, SHAPE, KIND, LOOKUP, ROUNDS, FIXED, F, TOTAL,
            )  # fmt: skip
            total += tl.where(accepted, sums * weight.to(TOTAL), 0.0)
    if SPLIT:
        if closes == 0:
            tl.store(state + lane, total, mask=simulated)
            tl.store(state + count + lane, omega, mask=simulated)
            tl.store(state + 2 * count + lane, capture, mask=simulated)
            tl.store(state + 3 * count + lane, polar, mask=simulated)
            tl.store(state + 4 * count + lane, counted, mask=simulated)
            simulated = simulated & (closes != 0)
    value = total.to(G) * number(numbers, SCALE, G)
    if OMEGA != EVERY:
        value *= omega
    if CAPTURE != EVERY:
        value *= capture
    if POLAR != EVERY:
        value *= polar
    written = value.to(out.dtype.element_ty)
    tl.store(out + lane, written, mask=simulated)
    odd = simulated & (written - written != 0.0)
    tl.atomic_add(not_finite + lane * 0, 1, mask=odd)


@triton.jit(do_not_specialize=_NUMBERS)
def scan(
    found, numbers, depths, beams, cells, mask,
    start, count, width, fast_min, slow_min, fast_pixels, oversample, orientations,
    place_begin, place_end, source_begin, source_end, begin, end, first_place, first_source,
    size_h, size_k, size_l,
    SHAPE: tl.constexpr, KIND: tl.constexpr, ALL_LIVE: tl.constexpr, DMIN: tl.constexpr,
    MASKED: tl.constexpr, G: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """The first pixel of which an evaluation reaches the look-up and cannot be interpolated, into
    found, if it comes before the one that is there. Arguments as those of `render`.
    """
    _lane, number_of, slow, fast, simulated = pixels_of(
        start, count, width, fast_min, slow_min, fast_pixels, mask, MASKED, BLOCK
    )
    fails = number_of < 0
    for place in range(place_begin, place_end):
        depth_m = tl.load(depths + place // (oversample * oversample)).to(G)
        v = (place // oversample) % oversample
        x, y, z, _inverse = geometry.direction(
            slow, fast, v, place % oversample, depth_m, oversample, numbers, G
        )
        for j in range(source_begin, source_end):
            source = beams + j * SOURCE_NUMBERS
            qx, qy, qz = geometry.scattering_vector(x, y, z, source)
            accepted = geometry.accepted(qx, qy, qz, numbers, DMIN)
            is_first = (place == first_place) & (j == first_source)
            skipped = tl.where(is_first, orientations * CELL_NUMBERS, 0)
            for e in range(begin, end):
                cell = cells + skipped + e * CELL_NUMBERS
                h = index_of(cell, qx, qy, qz)
                k = index_of(cell + 3, qx, qy, qz)
                n = index_of(cell + 6, qx, qy, qz)
                fail = ~lookup.usable(h, k, n, numbers, size_h, size_k, size_l)
                if not ALL_LIVE:
                    h0, k0, n0 = rounded(h, True), rounded(k, True), rounded(n, True)
                    amplitude = lattice_factor(h, k, n, h0, k0, n0, numbers, SHAPE, KIND, G)
                    fail = fail & (amplitude != 0.0)
                fails = fails | (fail & accepted)
    tl.atomic_min(found + number_of * 0, number_of.to(tl.int64), mask=fails & simulated)
