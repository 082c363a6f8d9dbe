/* The kernel: a stretch of pixels in, photons out (spec section 9). Compiled once for every kind of
   processor and precision; lanes are neighbouring pixels of a row. */

#include "job.h"
#include "lanes.h"
#include "lattice.h"
#include "lookup.h"

#ifndef KERNEL
#error "KERNEL names the function"
#endif

/* Two vectors of pixels go together: their chains of operations hide each other's latency, and in
   mixed precision they fill one vector of floats. */
enum { PAIR = 2, GROUP = PAIR * LANES };

#if MIXED
typedef svec fvec;
enum { PARTS = 1, TERMS_IN_SINGLE = 64 };
#else
typedef dvec fvec;
enum { PARTS = PAIR };
#endif

struct pair {
    dvec at[PAIR];
};

/* One pixel factor under its rule: what is in force, and over how many values. */
struct factor {
    int rule;
    struct pair now, in_force, count;
};

INLINE void factor_start(struct factor *factor, int rule, double start) {
    factor->rule = rule;
    for (int p = 0; p < PAIR; p++) {
        factor->now.at[p] = factor->in_force.at[p] = all(start);
        factor->count.at[p] = all(0.0);
    }
}

/* Take in the values of one evaluation, of the lanes that accept it. */
INLINE void factor_add(struct factor *factor, int p, dvec now, ivec accepted) {
    dvec in_force = factor->in_force.at[p];
    factor->now.at[p] = now;
    if (factor->rule == RULE_MEAN) {
        dvec count = factor->count.at[p];
        dvec so_far = choose(count > 0.0, in_force, all(0.0));
        count = count - __builtin_convertvector(accepted, dvec);
        dvec mean = so_far + (now - so_far) / choose(count > 1.0, count, all(1.0));
        factor->count.at[p] = count;
        factor->in_force.at[p] = choose(accepted, mean, in_force);
        return;
    }
    if (factor->rule == RULE_FIRST) accepted &= in_force == 0.0;
    factor->in_force.at[p] = choose(accepted, now, in_force);
}

INLINE fvec as_fraction(const dvec values[PAIR], int part) {
#if MIXED
    (void)part;
    return narrowed(values[0], values[1]);
#else
    return values[part];
#endif
}

/* Sum of squared F times squared lattice factors over all orientations, for scattering vectors q of
   a group of pixels. Looking for evaluations that cannot be interpolated, it counts those. */
INLINE void sweep(const struct job *job, const dvec q[3][PAIR], dvec sums[PAIR], const int shape,
                  const int lookup) {
    fvec partial[PARTS] = {0};
#if MIXED
    int in_partial = 0;
    sums[0] = sums[1] = all(0.0);
#endif
    for (int64_t e = 0; e < job->orientations; e++) {
        const double *cell = job->cells_m + 9 * e;
        dvec hkl[PAIR][3], hkl0[PAIR][3], off[PAIR][3];
        for (int p = 0; p < PAIR; p++)
            for (int axis = 0; axis < 3; axis++) {
                const double *edge = cell + 3 * axis;
                dvec index = edge[0] * q[0][p] + edge[1] * q[1][p] + edge[2] * q[2][p];
                hkl[p][axis] = index;
                hkl0[p][axis] = upward(index - 0.5);
                off[p][axis] = index - hkl0[p][axis];
            }
        fvec amplitude[PARTS];
        if (shape == SHAPE_SQUARE) {
            for (int part = 0; part < PARTS; part++) {
#if MIXED
                amplitude[part] = (fvec){0} + 1;
                for (int axis = 0; axis < 3; axis++)
                    amplitude[part] *= sine_ratio_single(off[0][axis], off[1][axis], job, axis);
#else
                amplitude[part] = sine_ratio(off[part][0], job, 0) *
                                  sine_ratio(off[part][1], job, 1) *
                                  sine_ratio(off[part][2], job, 2);
#endif
            }
        } else {
            dvec lattice[PAIR];
            for (int p = 0; p < PAIR; p++) lattice[p] = sphere_or_spot(off[p], job, shape);
            for (int part = 0; part < PARTS; part++) amplitude[part] = as_fraction(lattice, part);
        }
        if (lookup == LOOKUP_SCAN) {
            dvec failing[PAIR];
            for (int p = 0; p < PAIR; p++) {
                ivec reached = ~usable(hkl[p], job);
#if MIXED
                dvec wide = widened(amplitude[0], p);
#else
                dvec wide = amplitude[p];
#endif
                if (job->background == 0.0) reached &= wide != 0.0;
                failing[p] = choose(reached, all(1.0), all(0.0));
            }
            for (int part = 0; part < PARTS; part++) partial[part] += as_fraction(failing, part);
        } else {
            if (lookup != LOOKUP_CONSTANT) {
                dvec factor[PAIR];
                for (int p = 0; p < PAIR; p++) {
                    if (lookup == LOOKUP_NEAREST) {
                        factor[p] = nearest_factor(hkl0[p], job);
                        continue;
                    }
                    ivec smooth = usable(hkl[p], job);
                    factor[p] = interpolated_factor(hkl[p], smooth, job);
                    if (any(~smooth))
                        factor[p] = choose(smooth, factor[p], nearest_factor(hkl0[p], job));
                }
                for (int part = 0; part < PARTS; part++)
                    amplitude[part] *= as_fraction(factor, part);
            }
            for (int part = 0; part < PARTS; part++)
                partial[part] += amplitude[part] * amplitude[part];
        }
#if MIXED
        if (++in_partial == TERMS_IN_SINGLE || e + 1 == job->orientations) {
            for (int p = 0; p < PAIR; p++) sums[p] += widened(partial[0], p);
            partial[0] = (fvec){0};
            in_partial = 0;
        }
#endif
    }
#if !MIXED
    for (int p = 0; p < PAIR; p++) sums[p] = partial[p];
#endif
    if (lookup == LOOKUP_CONSTANT)
        for (int p = 0; p < PAIR; p++) sums[p] *= job->default_f * job->default_f;
}

typedef void sweeper(const struct job *, const dvec[3][PAIR], dvec[PAIR]);

#define SWEEP(name, shape, lookup)                                                       \
    static void name(const struct job *job, const dvec q[3][PAIR], dvec sums[PAIR]) {    \
        sweep(job, q, sums, shape, lookup);                                              \
    }
#define SWEEPS(name, shape)                                                              \
    SWEEP(name##_constant, shape, LOOKUP_CONSTANT)                                       \
    SWEEP(name##_nearest, shape, LOOKUP_NEAREST)                                         \
    SWEEP(name##_tricubic, shape, LOOKUP_TRICUBIC)                                       \
    SWEEP(name##_scan, shape, LOOKUP_SCAN)

SWEEPS(square, SHAPE_SQUARE)
SWEEPS(round_, SHAPE_ROUND)
SWEEPS(gauss, SHAPE_GAUSS)
SWEEPS(tophat, SHAPE_TOPHAT)

static sweeper *const SWEEPERS[4][4] = {
    {square_constant, square_nearest, square_tricubic, square_scan},
    {round__constant, round__nearest, round__tricubic, round__scan},
    {gauss_constant, gauss_nearest, gauss_tricubic, gauss_scan},
    {tophat_constant, tophat_nearest, tophat_tricubic, tophat_scan},
};

/* Kahn factor (spec 9.3); cos(2 psi) follows from the components themselves. */
INLINE dvec polarization(const struct job *job, const dvec d[3], int source) {
    const double *k = job->incident + 3 * source;
    dvec cosine = d[0] * k[0] + d[1] * k[1] + d[2] * k[2];
    dvec square = cosine * cosine;
    if (job->kahn_factor == 0.0) return 0.5 * (1.0 + square);
    const double *m = job->magnetic + 3 * source, *e = job->electric + 3 * source;
    dvec b = d[0] * m[0] + d[1] * m[1] + d[2] * m[2];
    dvec a = d[0] * e[0] + d[1] * e[1] + d[2] * e[2];
    dvec length = a * a + b * b;
    dvec twice = choose(length == 0.0, all(1.0), (a * a - b * b) / length);
    return 0.5 * (1.0 + square - job->kahn_factor * twice * (1.0 - square));
}

/* Where the sub-pixel of a group is, seen from the sample: unit vector and distance. */
INLINE dvec look(const struct job *job, dvec fast, double slow, double depth, dvec d[3]) {
    dvec position[3];
    for (int axis = 0; axis < 3; axis++)
        position[axis] = fast * job->fast[axis] + (slow * job->slow[axis] +
                         (depth * job->normal[axis] + job->pix0_m[axis]));
    dvec distance = root(position[0] * position[0] + position[1] * position[1] +
                         position[2] * position[2]);
    dvec inverse = 1.0 / distance;
    for (int axis = 0; axis < 3; axis++) d[axis] = position[axis] * inverse;
    return inverse;
}

/* Photons of a group of pixels of one row; (spec section 9). */
static void group(const struct job *job, sweeper *sweep_all, int64_t slow, int64_t fast,
                  struct pair *values) {
    const double sub_m = job->pixel_m / job->oversample;
    const double area_m2 = job->pixel_m * job->pixel_m;
    const ivec everyone = (ivec){0} - 1;
    struct factor omega, capture, polar;
    factor_start(&omega, job->omega_rule, 0.0);
    factor_start(&capture, job->capture_rule, job->thick ? 0.0 : 1.0);
    factor_start(&polar, job->polarization_rule, job->polarized ? 0.0 : 1.0);
    struct pair total;
    dvec index[PAIR];
    for (int p = 0; p < PAIR; p++) {
        total.at[p] = all(job->lookup == LOOKUP_SCAN ? 0.0 : job->background);
        for (int lane = 0; lane < LANES; lane++)
            index[p][lane] = (double)((fast + p * LANES + lane) * job->oversample);
    }
    for (int layer = 0; layer < job->layers; layer++) {
        if (job->thick && capture.rule == RULE_FIRST)
            for (int p = 0; p < PAIR; p++) capture.in_force.at[p] = all(0.0);
        for (int v = 0; v < job->oversample; v++)
            for (int u = 0; u < job->oversample; u++) {
                dvec d[PAIR][3];
                double on_slow = sub_m * (double)(slow * job->oversample + v) + sub_m / 2.0;
                for (int p = 0; p < PAIR; p++) {
                    dvec on_fast = sub_m * (index[p] + (double)u) + sub_m / 2.0;
                    dvec inverse = look(job, on_fast, on_slow, job->depth_m[layer], d[p]);
                    dvec square = inverse * inverse;
                    dvec angle = job->point_pixel
                                     ? square
                                     : area_m2 * job->close_distance_m * square * inverse;
                    factor_add(&omega, p, angle, everyone);
                    if (job->thick) {
                        dvec path = -job->layer_thickness_m * job->attenuation_per_m /
                                    (d[p][0] * job->normal[0] + d[p][1] * job->normal[1] +
                                     d[p][2] * job->normal[2]);
                        dvec captured = exponential((double)layer * path) -
                                        exponential((double)(layer + 1) * path);
                        factor_add(&capture, p, captured, everyone);
                    }
                }
                for (int j = 0; j < job->sources; j++) {
                    const double *k = job->incident + 3 * j;
                    const double inverse_wavelength = 1.0 / job->wavelength_m[j];
                    dvec q[3][PAIR], sums[PAIR];
                    ivec accepted[PAIR];
                    ivec someone = (ivec){0};
                    for (int p = 0; p < PAIR; p++) {
                        for (int axis = 0; axis < 3; axis++)
                            q[axis][p] = (d[p][axis] - k[axis]) * inverse_wavelength;
                        accepted[p] = everyone;
                        if (job->dmin_m > 0.0) {
                            dvec stol = 0.5 * root(q[0][p] * q[0][p] + q[1][p] * q[1][p] +
                                                   q[2][p] * q[2][p]);
                            accepted[p] = ~((stol > 0.0) & (job->dmin_m > 0.5 / stol));
                        }
                        someone |= accepted[p];
                        if (job->polarized)
                            factor_add(&polar, p, polarization(job, d[p], j), accepted[p]);
                    }
                    if (*(volatile const int32_t *)job->cancelled) return;
                    if (!any(someone)) continue;
                    sweep_all(job, q, sums);
                    for (int p = 0; p < PAIR; p++) {
                        dvec weight = all(job->weight[j]);
                        if (omega.rule == RULE_PER_EVALUATION) weight *= omega.now.at[p];
                        if (capture.rule == RULE_PER_EVALUATION) weight *= capture.now.at[p];
                        if (polar.rule == RULE_PER_EVALUATION) weight *= polar.now.at[p];
                        if (job->lookup == LOOKUP_SCAN) weight = all(1.0);
                        total.at[p] += choose(accepted[p], sums[p] * weight, all(0.0));
                    }
                }
            }
    }
    for (int p = 0; p < PAIR; p++) {
        values->at[p] = total.at[p];
        if (job->lookup == LOOKUP_SCAN) continue;
        dvec value = job->scale * total.at[p] / job->steps;
        if (capture.rule != RULE_PER_EVALUATION) value *= capture.in_force.at[p];
        if (polar.rule != RULE_PER_EVALUATION) value *= polar.in_force.at[p];
        if (omega.rule != RULE_PER_EVALUATION) value *= omega.in_force.at[p];
        values->at[p] = value;
    }
}

/* Write the first `count` values of a group where the mask lets them; note what is remarkable. */
static void keep(const struct job *job, const struct pair *values, int64_t slow, int64_t fast,
                 int64_t count, struct outcome *outcome) {
    const int64_t raster = slow * job->fast_pixels + fast;
    for (int64_t n = 0; n < count; n++) {
        if (job->mask && !job->mask[raster + n]) continue;
        double value = values->at[n / LANES][n % LANES];
        if (job->lookup == LOOKUP_SCAN) {
            if (value != 0.0 && outcome->found < 0)
                outcome->found = (slow - job->roi_slow_min) * job->roi_width + fast + n -
                                 job->roi_fast_min;
            continue;
        }
        if (job->image64) {
            job->image64[raster + n] = value;
            outcome->not_finite += !isfinite(value);
        } else {
            job->image32[raster + n] = (float)value;
            outcome->not_finite += !isfinite((float)value);
        }
    }
}

static int is_masked(const struct job *job, int64_t raster, int64_t count) {
    if (!job->mask) return 0;
    for (int64_t n = 0; n < count; n++)
        if (job->mask[raster + n]) return 0;
    return 1;
}

void KERNEL(const struct job *job, int64_t start, int64_t stop, struct outcome *outcome) {
    sweeper *sweep_all = SWEEPERS[job->shape][job->lookup];
    outcome->not_finite = 0;
    outcome->found = -1;
    while (start < stop && outcome->found < 0) {
        const int64_t slow = job->roi_slow_min + start / job->roi_width;
        const int64_t column = start % job->roi_width;
        int64_t count = job->roi_width - column;
        if (count > stop - start) count = stop - start;
        if (count > GROUP) count = GROUP;
        const int64_t fast = job->roi_fast_min + column;
        if (!is_masked(job, slow * job->fast_pixels + fast, count)) {
            struct pair values;
            group(job, sweep_all, slow, fast, &values);
            if (*(volatile const int32_t *)job->cancelled) return;
            keep(job, &values, slow, fast, count, outcome);
        }
        start += count;
    }
}
