/* Structure factors of evaluations (spec 6.4 and 6.5). */
#ifndef BRAGGSCOPE_LOOKUP_H
#define BRAGGSCOPE_LOOKUP_H

#include "job.h"
#include "lanes.h"

/* Where a reflection is in the table, from indices counted from its border. Whole numbers below
   2^51 are the low bits of their sum with 1.5·2^52. */
INLINE ivec place_of(const dvec index[3], const struct job *job) {
    dvec flat = index[0];
    for (int axis = 1; axis < 3; axis++)
        flat = flat * (double)(job->sizes[axis] + 2) + index[axis];
    return (ivec)(flat + 6755399441055744.0) - (ivec)all(6755399441055744.0);
}

/* F of the nearest reflection; outside the table that of its border. */
INLINE dvec nearest_factor(const dvec hkl0[3], const struct job *job) {
    dvec index[3], found;
    for (int axis = 0; axis < 3; axis++) {
        dvec last = all((double)(job->sizes[axis] + 1));
        index[axis] = larger(hkl0[axis] - (double)(job->low[axis] - 1), all(0.0));
        index[axis] = smaller(index[axis], last);
    }
    ivec place = place_of(index, job);
    for (int lane = 0; lane < LANES; lane++) found[lane] = job->factors[place[lane]];
    return found;
}

/* Whether the 4 x 4 x 4 neighbourhood lies in the table; that of NaN does not. */
INLINE ivec usable(const dvec hkl[3], const struct job *job) {
    ivec inside = ~(ivec){0};
    for (int axis = 0; axis < 3; axis++) {
        dvec index = hkl[axis] - (double)job->low[axis];
        inside &= (index + 3.0 <= (double)job->sizes[axis]) & (index - 2.0 >= 0.0);
    }
    return inside;
}

/* Cubic Lagrange weights of the nodes -1, 0, 1, 2. */
INLINE void lagrange(dvec t, double weights[4][LANES]) {
    const dvec w[4] = {
        -t * (t - 1.0) * (t - 2.0) * (1.0 / 6.0),
        (t + 1.0) * (t - 1.0) * (t - 2.0) * 0.5,
        -(t + 1.0) * t * (t - 2.0) * 0.5,
        (t + 1.0) * t * (t - 1.0) * (1.0 / 6.0),
    };
    memcpy(weights, w, sizeof w);
}

/* F interpolated over the neighbourhood of lanes in `wanted`; elsewhere of some neighbourhood. The
   table has at least four reflections along every axis. */
INLINE dvec interpolated_factor(const dvec hkl[3], ivec wanted, const struct job *job) {
    const int64_t *sizes = job->sizes;
    double weights[3][4][LANES];
    dvec index[3];
    for (int axis = 0; axis < 3; axis++) {
        dvec floored = downward(hkl[axis]);
        lagrange(hkl[axis] - floored, weights[axis]);
        index[axis] = choose(wanted, floored - (double)job->low[axis], all(0.0));
    }
    ivec place = place_of(index, job);
    const int64_t line = sizes[2] + 2, plane = (sizes[1] + 2) * line;
    dvec result;
    for (int lane = 0; lane < LANES; lane++) {
        const double *corner = job->factors + place[lane];
        quad sum = {0};
        for (int i = 0; i < 4; i++) {
            quad over_k = {0};
            for (int j = 0; j < 4; j++)
                over_k += weights[1][j][lane] * *(const quad *)(corner + i * plane + j * line);
            sum += weights[0][i][lane] * over_k;
        }
        result[lane] = weights[2][0][lane] * sum[0] + weights[2][1][lane] * sum[1] +
                       (weights[2][2][lane] * sum[2] + weights[2][3][lane] * sum[3]);
    }
    return result;
}

#endif
