"""How many operations the native kernel takes for a run, counted in its source.

An operation is what takes a processor as long as a fused multiply-add on one number of float64:
additions, products, roundings, comparisons, choices and conversions count as one, and so do
divisions and roots, which take longer. In single precision a vector holds twice the numbers, so an
operation counts half. What is read from memory is not counted.
"""

from __future__ import annotations

from typing import Final

from braggscope_torch.native.job import Job, JobStructure

_SQUARE, _ROUND, _GAUSS, _TOPHAT = range(4)
_CONSTANT, _NEAREST, _TRICUBIC = range(3)

#: Terms of the polynomials in lanes.h after the first, by whether they are of single precision.
_VERSINE: Final = {False: 7, True: 4}
_SINE: Final = {False: 8, True: 4}
#: Of lanes.h: exponential(), and versine() and sine() in double precision.
_EXPONENTIAL: Final = 25
_VERSINE_CALL: Final = 9
_SINE_CALL: Final = 10
#: In delicate.h, to see whether nanoBragg's rounding may show; in double precision only.
_IS_DELICATE: Final = 2.5
#: To bring a number of float64 into a vector of float32: half of an insertion beside a conversion.
_NARROW: Final = 1.5


def operations_of(job: Job, pixels: int, mixed: bool) -> float:
    """Operations of a run: of its steps, and of what each sub-pixel and source takes besides."""
    said = job.structure
    places = said.layers * said.oversample**2
    sweeps = places * said.sources
    each = step_operations(said, mixed)
    return float(
        pixels
        * (
            sweeps * said.orientations * each
            + sweeps * _source_operations(said)
            + places * _place_operations(said)
        )
    )


def step_operations(said: JobStructure, mixed: bool) -> float:
    """Operations of one step, `sweep` in sweep.h."""
    off_nearest = 3 * (3 + 1 + 1)
    if said.shape != _SQUARE or said.lookup != _CONSTANT:
        off_nearest += 3  # halves go down
    half = 0.5 if mixed else 1.0
    lattice = _square(said, mixed) if said.shape == _SQUARE else _sphere_or_spot(said)
    if mixed and said.shape != _SQUARE:
        lattice += _NARROW
    factor = {_CONSTANT: 0.0, _NEAREST: _nearest(), _TRICUBIC: _tricubic()}[said.lookup]
    if factor:
        factor += half + (_NARROW if mixed else 0.0)
    return off_nearest + lattice + factor + half


def _square(said: JobStructure, mixed: bool) -> float:
    """product_of_few and product_of_many in lattice.h, is_delicate in delicate.h."""
    half, narrow = (0.5, _NARROW) if mixed else (1.0, 0.0)
    delicate = 0.0 if mixed else _IS_DELICATE
    if said.ratio_terms > 0:
        # f², the versine and its product, s(2 - s), the ratio, for even N times a cosine.
        chains = 3 * (1 + _VERSINE[mixed] + 1 + 2 + said.ratio_terms - 1)
        even = 2 * sum(said.even)
        return delicate + 3 * narrow + half * (chains + even + 2)
    phases = 3 * 4
    sines = 2 * 3 * (1 + _SINE[mixed] + 1)
    return delicate + phases + 6 * narrow + half * (sines + 5)


def _sphere_or_spot(said: JobStructure) -> float:
    """sphere_or_spot in lattice.h, all in double precision."""
    per_axis = said.per_axis_radius or said.shape == _ROUND
    radius = 9 if per_axis else 9 + 3 + 6
    if said.shape == _ROUND:
        far = _SINE_CALL + _VERSINE_CALL + 6
        return radius + 1 + 5 + far + 2 + 1
    if said.shape == _GAUSS:
        return radius + 2 + _EXPONENTIAL + 1
    return radius + 5


def _nearest() -> float:
    """nearest_factor in lookup.h: three indices kept within the table, and their place."""
    return 3 * 3 + 4


def _tricubic() -> float:
    """usable and interpolated_factor in lookup.h: 4 × 4 × 4 values, summed axis by axis."""
    within = 3 * 6
    weights = 3 * (2 + 13 + 2)
    return within + weights + 4 + (4 * 4 * 4 + 4 * 4 + 4)


def _place_operations(said: JobStructure) -> float:
    """take_place in kernel.c: coordinates, the unit vector to a sub-pixel, what the sensor takes.

    The solid angle of the first one is kept under nanoBragg's own rule; it is left out.
    """
    look = 3 + 3 + 3 + 1 + 1 + 3
    capture = 3 + 1 + 1 + 2 + 2 * _EXPONENTIAL + 1
    return look + (capture if said.thick else 0)


def _source_operations(said: JobStructure) -> float:
    """take_source and add_group in kernel.c: the scattering vector, polarisation, the sum."""
    scattering, weight = 3 * 2, 3
    cutoff = 8 if said.dmin_m > 0.0 else 0
    polarization = (5 if said.kahn_factor == 0.0 else 16) if said.polarized else 0
    return scattering + cutoff + polarization + weight
