/* Squared lattice factors of a crystal's shape (spec 9.2), from what h, k, l are off the nearest
   reflection. Only the square enters the intensity, so signs of whole turns do not matter. */
#ifndef BRAGGSCOPE_LATTICE_H
#define BRAGGSCOPE_LATTICE_H

#include "job.h"
#include "lanes.h"

/* sin(N x)/sin(x) but for its sign, x = pi f, N whole: from 1 - cos x alone.

   With w = 1 - cos(n x) and u = sin(n x)/sin(x), doubling n gives u' = 2(1 - w)u and
   w' = 2w(2 - w), adding 1 gives u' = (1 - v)u + 1 - w and w' = v + w - v w + v(2 - v)u, where
   v = 1 - cos x. All terms of w are positive where x is small: no digit is lost at a peak. */
#define SINE_RATIO(name, vector, start)                                                  \
    INLINE vector name(vector f, const struct job *job, int axis) {                      \
        const int64_t doublings = job->doublings[axis];                                  \
        const uint8_t *odd = job->odd[axis];                                             \
        vector u = (vector){0} + 1;                                                      \
        if (doublings == 0) return u;                                                    \
        const vector v = start(f), cosine = 1 - v, square = v * (2 - v);                 \
        vector w = v;                                                                    \
        for (int64_t step = 0; step + 1 < doublings; step++) {                           \
            vector twice = 2 - 2 * w;                                                    \
            u = u * twice;                                                               \
            w = w * (2 + twice);                                                         \
            if (odd[step]) {                                                             \
                vector sum = cosine * u + (1 - w);                                       \
                w = square * u + (v + (w - v * w));                                      \
                u = sum;                                                                 \
            }                                                                            \
        }                                                                                \
        vector twice = 2 - 2 * w;                                                        \
        u = u * twice;                                                                   \
        if (odd[doublings - 1]) u = cosine * u + (1 - w * (2 + twice));                  \
        return u;                                                                        \
    }

SINE_RATIO(sine_ratio, dvec, versine)
SINE_RATIO(sine_ratio_of_few, svec, versine_single)

/* The same in single precision, of the fractions of two double vectors. With many cells the phase
   N x is taken in double precision to the nearest half turn: rounded to single before, it would be
   off by N times as much. */
INLINE svec sine_ratio_single(dvec low, dvec high, const struct job *job, int axis) {
    enum { FEW = 16 };
    const double n = job->n_cells[axis];
    svec f = narrowed(low, high);
    if (n <= FEW) return sine_ratio_of_few(f, job, axis);
    dvec low_turns = n * low, high_turns = n * high;
    svec rest = narrowed(low_turns - to_nearest(low_turns), high_turns - to_nearest(high_turns));
    svec ratio = sine_single(rest) / sine_single(f);
    svec peak = (svec){0} + (float)n;
    typedef int32_t mask __attribute__((vector_size(VECTOR_BYTES)));
    mask at_peak = f == 0;
    return (svec)((at_peak & (mask)peak) | (~at_peak & (mask)ratio));
}

/* (Dh Na)^2 + (Dk Nb)^2 + (Dl Nc)^2 */
INLINE dvec per_axis_radius2(const dvec off[3], const struct job *job) {
    const double *n = job->n_cells;
    return off[0] * off[0] * n[0] * n[0] + off[1] * off[1] * n[1] * n[1] +
           off[2] * off[2] * n[2] * n[2];
}

/* |Dh a* + Dk b* + Dl c*|^2 (Na Nb Nc)^2, stars in 1/A */
INLINE dvec product_radius2(const dvec off[3], const struct job *job) {
    const double(*star)[3] = job->reciprocal_per_A;
    const double *n = job->n_cells;
    dvec x = off[0] * star[0][0] + off[1] * star[1][0] + off[2] * star[2][0];
    dvec y = off[0] * star[0][1] + off[1] * star[1][1] + off[2] * star[2][1];
    dvec z = off[0] * star[0][2] + off[1] * star[1][2] + off[2] * star[2][2];
    return (x * x + y * y + z * z) * n[0] * n[0] * n[1] * n[1] * n[2] * n[2];
}

/* 3(sin x/x - cos x)/x^2 of x = pi sqrt(radius2): near 0 its series, which loses no digits. */
INLINE dvec sphere(dvec radius2) {
    dvec in_half_turns = root(radius2);
    dvec f = in_half_turns - to_nearest(in_half_turns);
    dvec x = in_half_turns * 3.14159265358979323846;
    dvec squared = x * x;
    dvec far = 3.0 * (sine(f) / x - (1.0 - versine(f))) / squared;
    /* Each term of the series is the one before times -x^2/(2k(2k + 3)). */
    dvec near = all(1.0);
    for (int k = 9; k > 0; k--) near = 1.0 - near * squared * (1.0 / (2.0 * k * (2.0 * k + 3.0)));
    return choose(squared < 1.0, near, far);
}

INLINE dvec sphere_or_spot(const dvec off[3], const struct job *job, int shape) {
    const double cells = job->n_cells[0] * job->n_cells[1] * job->n_cells[2];
    if (shape == SHAPE_ROUND)
        return cells * 0.723601254558268 * sphere(per_axis_radius2(off, job) * job->fudge);
    dvec radius2 = job->per_axis_radius ? per_axis_radius2(off, job) : product_radius2(off, job);
    if (shape == SHAPE_GAUSS) return cells * exponential(-(radius2 / 0.63 * job->fudge));
    dvec outside = choose(radius2 == radius2, all(0.0), radius2);
    return choose(radius2 * job->fudge < 0.3969, all(cells), outside);
}

#endif
