/* All orientations of a group of pixels (spec section 9): the innermost loops. */
#ifndef BRAGGSCOPE_SWEEP_H
#define BRAGGSCOPE_SWEEP_H

#include "delicate.h"
#include "job.h"
#include "lanes.h"
#include "lattice.h"
#include "lookup.h"

/* Two vectors of pixels go together: their chains of operations hide each other's latency, and in
   mixed precision they fill one vector of floats, whose sums are short. */
enum { GROUP = PAIR * LANES, TERMS_IN_SINGLE = 64 };

/* F_latt of a group at one orientation. */
INLINE void lattice_factors(const struct job *job, const dvec off[3][PAIR], fvec product[PARTS],
                            const int shape, const int few) {
    if (shape == SHAPE_SQUARE) {
        if (few)
            product_of_few(off, job, product);
        else
            product_of_many(off, job, product);
        return;
    }
    dvec lattice[PAIR];
    for (int p = 0; p < PAIR; p++) {
        const dvec own[3] = {off[0][p], off[1][p], off[2][p]};
        lattice[p] = sphere_or_spot(own, job, shape);
    }
    for (int part = 0; part < PARTS; part++) product[part] = as_fraction(lattice, part);
}

/* F of a group, as far as it depends on h, k, l. */
INLINE void structure_factors(const struct job *job, const dvec hkl[3][PAIR],
                              const dvec hkl0[3][PAIR], dvec factor[PAIR], const int lookup) {
    for (int p = 0; p < PAIR; p++) {
        const dvec exact[3] = {hkl[0][p], hkl[1][p], hkl[2][p]};
        const dvec nearest[3] = {hkl0[0][p], hkl0[1][p], hkl0[2][p]};
        if (lookup == LOOKUP_NEAREST) {
            factor[p] = nearest_factor(nearest, job);
            continue;
        }
        ivec smooth = usable(exact, job);
        factor[p] = interpolated_factor(exact, smooth, job);
        if (any(~smooth)) factor[p] = choose(smooth, factor[p], nearest_factor(nearest, job));
    }
}

/* 1 where an evaluation reaches the look-up and cannot be interpolated. */
INLINE void failing(const struct job *job, const dvec hkl[3][PAIR], const fvec product[PARTS],
                    dvec found[PAIR]) {
    for (int p = 0; p < PAIR; p++) {
        const dvec exact[3] = {hkl[0][p], hkl[1][p], hkl[2][p]};
        ivec reached = ~usable(exact, job);
#if MIXED
        if (job->background == 0.0) reached &= widened(product[0], p) != 0.0;
#else
        if (job->background == 0.0) reached &= product[p] != 0.0;
#endif
        found[p] = choose(reached, all(1.0), all(0.0));
    }
}

/* h, k, l of a group at one orientation, the nearest reflection, and how far off it is. */
INLINE void miller_indices(const double *cell, const dvec q[3][PAIR], dvec hkl[3][PAIR],
                           dvec hkl0[3][PAIR], dvec off[3][PAIR], const int shape,
                           const int lookup) {
    for (int axis = 0; axis < 3; axis++) {
        const double *edge = cell + 3 * axis;
        for (int p = 0; p < PAIR; p++) {
            dvec index = edge[0] * q[0][p] + edge[1] * q[1][p] + edge[2] * q[2][p];
            /* Halves go down (spec Q56), which only a look-up can tell. */
            hkl0[axis][p] = shape == SHAPE_SQUARE && lookup == LOOKUP_CONSTANT
                                ? to_nearest(index)
                                : upward(index - 0.5);
            hkl[axis][p] = index;
            off[axis][p] = index - hkl0[axis][p];
        }
    }
}

/* Add squared F times squared lattice factors of one orientation. */
INLINE void add_intensities(const struct job *job, const dvec hkl[3][PAIR],
                            const dvec hkl0[3][PAIR], fvec amplitude[PARTS], fvec sums[PARTS],
                            const int lookup) {
    if (lookup != LOOKUP_CONSTANT) {
        dvec factor[PAIR];
        structure_factors(job, hkl, hkl0, factor, lookup);
        for (int part = 0; part < PARTS; part++) amplitude[part] *= as_fraction(factor, part);
    }
    for (int part = 0; part < PARTS; part++) sums[part] += amplitude[part] * amplitude[part];
}

typedef void sweeper(const struct job *, const double *, const struct spot *, const dvec[3][PAIR],
                     dvec[PAIR]);

/* The same of one orientation, `cell`, in which nanoBragg's rounding may show. */
INLINE void add_rounded(const struct job *job, const double *cell, const struct spot *spot,
                        const dvec q[3][PAIR], dvec sums[PAIR], const int shape,
                        const int lookup, const int few) {
#if MIXED
    (void)job, (void)cell, (void)spot, (void)q, (void)sums, (void)shape, (void)lookup, (void)few;
#else
    dvec hkl[3][PAIR], hkl0[3][PAIR], off[3][PAIR], amplitude[PAIR];
    miller_indices(cell, q, hkl, hkl0, off, shape, lookup);
    lattice_factors(job, off, amplitude, shape, few);
    round_lanes(job, *spot, cell, hkl, off, amplitude);
    add_intensities(job, hkl, hkl0, amplitude, sums, lookup);
#endif
}

/* Sum of squared F times squared lattice factors over all orientations, each with its cell, for
   scattering vectors q of a group of pixels, of which `spot` is the first. Looking for evaluations
   that cannot be interpolated, it counts those. */
INLINE void sweep(const struct job *job, const double *cells_m, const struct spot *spot,
                  const dvec q[3][PAIR], dvec sums[PAIR], const int shape, const int lookup,
                  const int few, sweeper *add_one_rounded) {
    const int rounds = !MIXED && shape == SHAPE_SQUARE && lookup != LOOKUP_SCAN;
    const double distance = job->delicate;
    const int by_exponent = distance <= 0x1p-15;
    for (int p = 0; p < PAIR; p++) sums[p] = all(0.0);
    int64_t e = 0;
    while (e < job->orientations) {
        fvec partial[PARTS] = {0};
        int64_t end = job->orientations;
        int delicate = 0;
        if (MIXED && end - e > TERMS_IN_SINGLE) end = e + TERMS_IN_SINGLE;
        for (; e < end; e++) {
            dvec hkl[3][PAIR], hkl0[3][PAIR], off[3][PAIR];
            fvec amplitude[PARTS];
            miller_indices(cells_m + 9 * e, q, hkl, hkl0, off, shape, lookup);
            /* Left to another function, for this loop has all registers. */
            if (rounds && (delicate = is_delicate(off, distance, by_exponent))) break;
            lattice_factors(job, off, amplitude, shape, few);
            if (lookup == LOOKUP_SCAN) {
                dvec found[PAIR];
                failing(job, hkl, amplitude, found);
                for (int part = 0; part < PARTS; part++) partial[part] += as_fraction(found, part);
                continue;
            }
            add_intensities(job, hkl, hkl0, amplitude, partial, lookup);
        }
#if MIXED
        for (int p = 0; p < PAIR; p++) sums[p] += widened(partial[0], p);
#else
        for (int p = 0; p < PAIR; p++) sums[p] += partial[p];
#endif
        if (delicate) add_one_rounded(job, cells_m + 9 * e++, spot, q, sums);
    }
    if (lookup == LOOKUP_CONSTANT)
        for (int p = 0; p < PAIR; p++) sums[p] *= job->default_f * job->default_f;
}

#define SWEEP(name, shape, lookup, few)                                                  \
    static __attribute__((noinline, cold)) void name##_rounded(                          \
        const struct job *job, const double *cell, const struct spot *spot,              \
        const dvec q[3][PAIR], dvec sums[PAIR]) {                                        \
        add_rounded(job, cell, spot, q, sums, shape, lookup, few);                       \
    }                                                                                    \
    static void name(const struct job *job, const double *cells_m, const struct spot *spot, \
                     const dvec q[3][PAIR], dvec sums[PAIR]) {                           \
        sweep(job, cells_m, spot, q, sums, shape, lookup, few, name##_rounded);          \
    }
#define SWEEPS(name, shape, few)                                                         \
    SWEEP(name##_constant, shape, LOOKUP_CONSTANT, few)                                  \
    SWEEP(name##_nearest, shape, LOOKUP_NEAREST, few)                                    \
    SWEEP(name##_tricubic, shape, LOOKUP_TRICUBIC, few)                                  \
    SWEEP(name##_scan, shape, LOOKUP_SCAN, few)
#define OF(name) {name##_constant, name##_nearest, name##_tricubic, name##_scan}

SWEEPS(few, SHAPE_SQUARE, 1)
SWEEPS(many, SHAPE_SQUARE, 0)
SWEEPS(sphere, SHAPE_ROUND, 0)
SWEEPS(gauss, SHAPE_GAUSS, 0)
SWEEPS(tophat, SHAPE_TOPHAT, 0)

static sweeper *sweeper_of(const struct job *job) {
    static sweeper *const of_shape[][4] = {OF(many), OF(sphere), OF(gauss), OF(tophat)};
    static sweeper *const of_few[4] = OF(few);
    if (job->shape == SHAPE_SQUARE && job->ratio_terms > 0) return of_few[job->lookup];
    return of_shape[job->shape][job->lookup];
}

#endif
