/* Very close to a reflection, sines of many turns show how their arguments were rounded: where h is f
   off it, the square of a ratio is off by up to 2^-52 |h|/|f|, and of three by the sum (delicate.py).
   Such evaluations are done again, rounded as nanoBragg does. */
#ifndef BRAGGSCOPE_DELICATE_H
#define BRAGGSCOPE_DELICATE_H

#include "lattice.h"
#include "spot.h"

/* Whether a lane is off a reflection by less than `distance`, or nearly: where that is enough, it is
   told from the exponents alone. */
INLINE int is_delicate(const dvec off[3][PAIR], double distance, int by_exponent) {
    if (by_exponent) {
        ivec bits = common((ivec)off[0][0], (ivec)off[1][0], (ivec)off[2][0]);
        bits = common(bits, (ivec)off[0][1], (ivec)off[1][1]) & (ivec)off[2][1];
        /* What the exponents of numbers from 2^-15 to 1 have in common. */
        return !all_set(bits, INT64_C(0x3f) << 56);
    }
    dvec least = off[0][0] * off[0][0];
    for (int axis = 0; axis < 3; axis++)
        for (int p = 0; p < PAIR; p++) least = smaller(off[axis][p] * off[axis][p], least);
    return any_below(least, distance * distance);
}

/* Put the factors of lanes right where the rounding may change their squares by 1e-9. */
INLINE void round_lanes(const struct job *job, struct spot spot, const double *cell,
                        const dvec hkl[3][PAIR], const dvec off[3][PAIR], dvec product[PAIR]) {
    const int64_t first = spot.fast;
    for (int n = 0; n < PAIR * LANES; n++) {
        const int p = n / LANES, lane = n % LANES;
        double error = 0.0;
        for (int axis = 0; axis < 3; axis++)
            error += 0x1p-52 * fabs(hkl[axis][p][lane]) / fabs(off[axis][p][lane]);
        if (error < 1e-9) continue;
        spot.fast = first + n;
        product[p][lane] = braggscope_rounded_factor(job, spot, cell);
    }
}

#endif
