/* Squared lattice factors of a crystal's shape (spec 9.2), from what h, k, l are off the nearest
   reflection. Only the square enters the intensity, so signs of whole turns do not matter. */
#ifndef BRAGGSCOPE_LATTICE_H
#define BRAGGSCOPE_LATTICE_H

#include "job.h"
#include "lanes.h"

#if MIXED
typedef svec fvec;
#define PRECISE(name) name##_SINGLE
#define PRECISED(member) member##_single
#else
typedef dvec fvec;
#define PRECISE(name) name
#define PRECISED(member) member
#endif

/* One vector of floats holds the lanes of two vectors of doubles. */
enum { PAIR = 2, PARTS = MIXED ? 1 : PAIR, CHAINS = 3 * PARTS };

INLINE fvec as_fraction(const dvec values[PAIR], int part) {
#if MIXED
    (void)part;
    return narrowed(values[0], values[1]);
#else
    return values[part];
#endif
}

/* sin(N x)/sin(x) of few cells, x = pi f: a polynomial in S = sin^2 x, times cos x for even N.
   Chebyshev's polynomials of the second kind; job.py has the coefficients. */
INLINE void product_of_few(const dvec off[3][PAIR], const struct job *job, fvec product[PARTS]) {
    fvec f2[CHAINS], versines[CHAINS], squares[CHAINS], ratios[CHAINS];
    for (int i = 0; i < CHAINS; i++) {
        fvec f = as_fraction(off[i / PARTS], i % PARTS);
        f2[i] = f * f;
    }
    POLYNOMIAL(versines, f2, CHAINS, PRECISE(VERSINE));
    for (int i = 0; i < CHAINS; i++) {
        versines[i] *= f2[i];
        squares[i] = versines[i] * (2 - versines[i]);
        ratios[i] = (fvec){0} + PRECISED(job->ratio)[i / PARTS][0];
    }
    for (int term = 1; term < job->ratio_terms; term++)
        for (int i = 0; i < CHAINS; i++)
            ratios[i] = ratios[i] * squares[i] + PRECISED(job->ratio)[i / PARTS][term];
    for (int axis = 0; axis < 3; axis++)
        for (int part = 0; part < PARTS; part++) {
            int i = axis * PARTS + part;
            if (job->even[axis]) ratios[i] *= 1 - versines[i];
            product[part] = axis == 0 ? ratios[i] : product[part] * ratios[i];
        }
}

/* The same of any number of cells, from two sines. The phase N x is taken to the nearest half turn
   in double precision: rounded to single before, it would be off by N times as much. What is added
   to f makes the ratio N at a peak, and is lost in rounding everywhere else. */
INLINE void product_of_many(const dvec off[3][PAIR], const struct job *job, fvec product[PARTS]) {
    fvec f[2 * CHAINS], f2[2 * CHAINS], sines[2 * CHAINS];
    for (int axis = 0; axis < 3; axis++) {
        dvec rest[PAIR], moved[PAIR];
        for (int p = 0; p < PAIR; p++) {
            moved[p] = off[axis][p] + (MIXED ? 1e-12 : 1e-90);
            dvec turns = moved[p] * job->whole_cells[axis];
            rest[p] = turns - to_nearest(turns);
        }
        for (int part = 0; part < PARTS; part++) {
            f[axis * PARTS + part] = as_fraction(rest, part);
            f[CHAINS + axis * PARTS + part] = as_fraction(moved, part);
        }
    }
    for (int i = 0; i < 2 * CHAINS; i++) f2[i] = f[i] * f[i];
    POLYNOMIAL(sines, f2, 2 * CHAINS, PRECISE(SINE));
    for (int i = 0; i < 2 * CHAINS; i++) sines[i] *= f[i];
    for (int part = 0; part < PARTS; part++)
        product[part] = sines[part] * sines[PARTS + part] * sines[2 * PARTS + part] /
                        (sines[CHAINS + part] * sines[CHAINS + PARTS + part] *
                         sines[CHAINS + 2 * PARTS + part]);
}

/* x^2 below which 3(sin x/x - cos x)/x^2 is off by more than 1e-11 for the rounding of its terms. */
static const double CANCELLING = 1e-4;

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

/* 3(sin x/x - cos x)/x^2 of x = pi sqrt(radius2). Near 0 it cancels, and what is left depends on how
   each operation was rounded: NaN there, which leaves the pixel to the eager kernel. */
INLINE dvec sphere(dvec radius2) {
    dvec in_half_turns = root(radius2);
    dvec f = in_half_turns - to_nearest(in_half_turns);
    dvec x = in_half_turns * 3.14159265358979323846;
    dvec squared = x * x;
    dvec far = 3.0 * (sine(f) / x - (1.0 - versine(f))) / squared;
    return choose(squared < CANCELLING, all(NAN), far);
}

INLINE dvec sphere_or_spot(const dvec off[3], const struct job *job, int shape) {
    const double cells = job->n_cells[0] * job->n_cells[1] * job->n_cells[2];
    if (shape == SHAPE_ROUND) {
        /* Without a fudge factor every place is a peak. */
        if (job->fudge == 0.0) return all(cells * 0.723601254558268);
        return cells * 0.723601254558268 * sphere(per_axis_radius2(off, job) * job->fudge);
    }
    dvec radius2 = job->per_axis_radius ? per_axis_radius2(off, job) : product_radius2(off, job);
    if (shape == SHAPE_GAUSS) return cells * exponential(-(radius2 / 0.63 * job->fudge));
    dvec outside = choose(radius2 == radius2, all(0.0), radius2);
    return choose(radius2 * job->fudge < 0.3969, all(cells), outside);
}

#endif
