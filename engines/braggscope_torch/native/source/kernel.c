/* The kernel: a stretch of pixels in, photons out (spec section 9). Compiled once for every kind of
   processor and precision; lanes are neighbouring pixels of a row. */

#include "sweep.h"

#ifndef KERNEL
#error "KERNEL names the function"
#endif

/* Groups of a row go through each stage together, for the same reason. */
enum { GROUPS = 8, TILE = GROUPS * GROUP };

struct pair {
    dvec at[PAIR];
};

/* One pixel factor under its rule: what is in force, and over how many values. */
struct factor {
    int rule, settled;
    struct pair now[GROUPS], in_force[GROUPS], count[GROUPS];
};

INLINE void factor_start(struct factor *factor, int rule, double start, int groups) {
    factor->rule = rule;
    factor->settled = 0;
    for (int g = 0; g < groups; g++)
        for (int p = 0; p < PAIR; p++) {
            factor->now[g].at[p] = factor->in_force[g].at[p] = all(start);
            if (rule == RULE_MEAN) factor->count[g].at[p] = all(0.0);
        }
}

/* Note whether further values would change nothing. */
INLINE void factor_settle(struct factor *factor, int groups) {
    if (factor->rule != RULE_FIRST) return;
    ivec open = (ivec){0};
    for (int g = 0; g < groups; g++)
        for (int p = 0; p < PAIR; p++) open |= factor->in_force[g].at[p] == 0.0;
    factor->settled = !any(open);
}

/* Take in the values of one evaluation, of the lanes that accept it. */
INLINE void factor_add(struct factor *factor, int g, int p, dvec now, ivec accepted) {
    dvec in_force = factor->in_force[g].at[p];
    factor->now[g].at[p] = now;
    if (factor->rule == RULE_MEAN) {
        dvec count = factor->count[g].at[p];
        dvec so_far = choose(count > 0.0, in_force, all(0.0));
        count = count - __builtin_convertvector(accepted, dvec);
        dvec mean = so_far + (now - so_far) / choose(count > 1.0, count, all(1.0));
        factor->count[g].at[p] = count;
        factor->in_force[g].at[p] = choose(accepted, mean, in_force);
        return;
    }
    if (factor->rule == RULE_FIRST) accepted &= in_force == 0.0;
    factor->in_force[g].at[p] = choose(accepted, now, in_force);
}

/* Kahn factor (spec 9.3). E, B and k are at right angles and d is a unit vector: (1 - c^2) cos 2psi
   is the difference of the squared components along E and B. */
INLINE dvec polarization(const struct job *job, const dvec d[3], int source) {
    const double *k = job->incident + 3 * source;
    dvec cosine = d[0] * k[0] + d[1] * k[1] + d[2] * k[2];
    dvec square = cosine * cosine;
    if (job->kahn_factor == 0.0) return 0.5 * (1.0 + square);
    const double *m = job->magnetic + 3 * source, *e = job->electric + 3 * source;
    dvec b = d[0] * m[0] + d[1] * m[1] + d[2] * m[2];
    dvec a = d[0] * e[0] + d[1] * e[1] + d[2] * e[2];
    dvec turned = a * a - b * b;
    /* The axis along the beam: psi is 0. */
    if (m[0] == 0.0 && m[1] == 0.0 && m[2] == 0.0) turned = 1.0 - square;
    return 0.5 * (1.0 + square - job->kahn_factor * turned);
}

/* Where the sub-pixel of a group is, seen from the sample: unit vector; returns 1 / distance. */
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

/* A tile on its way through the physics.
   d, inverse: unit vectors to a sub-pixel, and 1/R; q, accepted: scattering vectors of a source and
   who accepts them. */
struct tile {
    const struct job *job;
    sweeper *sweep_all;
    int64_t slow, fast;
    int groups;
    struct factor omega, capture, polar;
    dvec d[GROUPS][PAIR][3], inverse[GROUPS][PAIR], q[GROUPS][3][PAIR];
    ivec accepted[GROUPS][PAIR];
    struct pair total[GROUPS];
};

/* Where a sub-pixel of all pixels is, its solid angle and captured fraction. */
INLINE void take_place(struct tile *tile, int layer, int v, int u) {
    const struct job *job = tile->job;
    const ivec everyone = (ivec){0} - 1;
    const double sub_m = job->pixel_m / job->oversample, many = job->oversample;
    const double on_slow = sub_m * (double)(tile->slow * job->oversample + v) + sub_m / 2.0;
    const double area_m2 = job->pixel_m * job->pixel_m;
    for (int g = 0; g < tile->groups; g++)
        for (int p = 0; p < PAIR; p++) {
            dvec pixel = (double)(tile->fast + g * GROUP + p * LANES) + ramp();
            dvec on_fast = sub_m * (pixel * many + (double)u) + sub_m / 2.0;
            tile->inverse[g][p] = look(job, on_fast, on_slow, job->depth_m[layer], tile->d[g][p]);
        }
    if (!tile->omega.settled) {
        for (int g = 0; g < tile->groups; g++)
            for (int p = 0; p < PAIR; p++) {
                dvec inverse = tile->inverse[g][p], square = inverse * inverse;
                dvec angle = job->point_pixel
                                 ? square
                                 : area_m2 * job->close_distance_m * square * inverse;
                factor_add(&tile->omega, g, p, angle, everyone);
            }
        factor_settle(&tile->omega, tile->groups);
    }
    if (!job->thick || tile->capture.settled) return;
    for (int g = 0; g < tile->groups; g++)
        for (int p = 0; p < PAIR; p++) {
            const dvec *d = tile->d[g][p];
            dvec path = -job->layer_thickness_m * job->attenuation_per_m /
                        (d[0] * job->normal[0] + d[1] * job->normal[1] + d[2] * job->normal[2]);
            dvec captured =
                exponential((double)layer * path) - exponential((double)(layer + 1) * path);
            factor_add(&tile->capture, g, p, captured, everyone);
        }
    factor_settle(&tile->capture, tile->groups);
}

/* Scattering vectors of a source, who accepts it within the resolution cut-off, and its
   polarisation. */
INLINE void take_source(struct tile *tile, int source) {
    const struct job *job = tile->job;
    const double *k = job->incident + 3 * source;
    const double inverse_wavelength = 1.0 / job->wavelength_m[source];
    for (int g = 0; g < tile->groups; g++)
        for (int p = 0; p < PAIR; p++) {
            dvec q[3];
            for (int axis = 0; axis < 3; axis++) {
                q[axis] = (tile->d[g][p][axis] - k[axis]) * inverse_wavelength;
                tile->q[g][axis][p] = q[axis];
            }
            tile->accepted[g][p] = (ivec){0} - 1;
            if (job->dmin_m > 0.0) {
                dvec stol = 0.5 * root(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
                tile->accepted[g][p] = ~((stol > 0.0) & (job->dmin_m > 0.5 / stol));
            }
        }
    if (!job->polarized || tile->polar.settled) return;
    for (int g = 0; g < tile->groups; g++)
        for (int p = 0; p < PAIR; p++)
            factor_add(&tile->polar, g, p, polarization(job, tile->d[g][p], source),
                       tile->accepted[g][p]);
    factor_settle(&tile->polar, tile->groups);
}

/* The sum of one pixel of a group in the first sweep of the run. */
static void first_sweep(const struct tile *tile, int64_t pixel, const struct spot *spot,
                        const dvec q[3][PAIR], dvec sums[PAIR]) {
    dvec first[PAIR];
    tile->sweep_all(tile->job, tile->job->first_cells_m, spot, q, first);
    sums[pixel / LANES][pixel % LANES] = first[pixel / LANES][pixel % LANES];
}

/* Add the evaluations of a source, of which `spot` is the tile's first, to a group's sums; 0 when the
   work was cancelled. */
INLINE int add_group(struct tile *tile, int g, struct spot spot, int is_first) {
    const struct job *job = tile->job;
    const int is_scan = job->lookup == LOOKUP_SCAN;
    if (*(volatile const int32_t *)job->cancelled) return 0;
    ivec someone = (ivec){0};
    for (int p = 0; p < PAIR; p++) someone |= tile->accepted[g][p];
    if (job->dmin_m > 0.0 && !any(someone)) return 1;
    dvec sums[PAIR];
    spot.fast += g * GROUP;
    tile->sweep_all(job, job->cells_m, &spot, tile->q[g], sums);
    const int64_t pixel = job->first_fast - spot.fast;
    if (is_first && pixel >= 0 && pixel < GROUP) first_sweep(tile, pixel, &spot, tile->q[g], sums);
    for (int p = 0; p < PAIR; p++) {
        dvec weight = all(job->weight[spot.source]);
        if (tile->omega.rule == RULE_PER_EVALUATION) weight *= tile->omega.now[g].at[p];
        if (tile->capture.rule == RULE_PER_EVALUATION) weight *= tile->capture.now[g].at[p];
        if (tile->polar.rule == RULE_PER_EVALUATION) weight *= tile->polar.now[g].at[p];
        if (is_scan) weight = all(1.0);
        tile->total[g].at[p] += choose(tile->accepted[g][p], sums[p] * weight, all(0.0));
    }
    return 1;
}

/* Photons of neighbouring pixels of one row, in tile->total (spec section 9); 0 when cancelled. */
static int render_tile(struct tile *tile) {
    const struct job *job = tile->job;
    const int is_scan = job->lookup == LOOKUP_SCAN, groups = tile->groups;
    factor_start(&tile->omega, job->omega_rule, 0.0, groups);
    factor_start(&tile->capture, job->capture_rule, job->thick ? 0.0 : 1.0, groups);
    factor_start(&tile->polar, job->polarization_rule, job->polarized ? 0.0 : 1.0, groups);
    for (int g = 0; g < groups; g++)
        for (int p = 0; p < PAIR; p++)
            tile->total[g].at[p] = all(is_scan ? 0.0 : job->background);
    for (int layer = 0; layer < job->layers; layer++) {
        if (job->thick && job->capture_rule == RULE_FIRST)
            factor_start(&tile->capture, job->capture_rule, 0.0, groups);
        for (int v = 0; v < job->oversample; v++)
            for (int u = 0; u < job->oversample; u++) {
                take_place(tile, layer, v, u);
                for (int j = 0; j < job->sources; j++) {
                    const struct spot spot = {tile->slow, tile->fast, layer, v, u, j};
                    const int is_first = job->first_slow == tile->slow &&
                                         job->first_layer == layer && job->first_v == v &&
                                         job->first_u == u && job->first_source == j;
                    take_source(tile, j);
                    for (int g = 0; g < groups; g++)
                        if (!add_group(tile, g, spot, is_first)) return 0;
                }
            }
    }
    if (is_scan) return 1;
    const double scale = job->scale / job->steps;
    for (int g = 0; g < groups; g++)
        for (int p = 0; p < PAIR; p++) {
            dvec value = tile->total[g].at[p] * scale;
            if (job->capture_rule != RULE_PER_EVALUATION) value *= tile->capture.in_force[g].at[p];
            if (job->polarization_rule != RULE_PER_EVALUATION)
                value *= tile->polar.in_force[g].at[p];
            if (job->omega_rule != RULE_PER_EVALUATION) value *= tile->omega.in_force[g].at[p];
            tile->total[g].at[p] = value;
        }
    return 1;
}

/* Write a whole group at once; the number of its values that are not finite. */
INLINE int64_t store(const struct job *job, const struct pair *values, int64_t raster) {
#if MIXED
    svec narrow = narrowed(values->at[0], values->at[1]);
    memcpy(job->image32 + raster, &narrow, sizeof narrow);
    const dvec written[PAIR] = {widened(narrow, 0), widened(narrow, 1)};
#else
    const dvec *written = values->at;
    memcpy(job->image64 + raster, values->at, sizeof values->at);
#endif
    int64_t count = 0;
    ivec odd = (ivec){0};
    for (int p = 0; p < PAIR; p++) odd |= written[p] - written[p] != 0.0;
    if (any(odd))
        for (int n = 0; n < GROUP; n++) count += !isfinite(written[n / LANES][n % LANES]);
    return count;
}

/* Write the first `count` values of a group where the mask lets them; note what is remarkable. */
static void keep(const struct job *job, const struct pair *values, int64_t slow, int64_t fast,
                 int64_t count, struct outcome *outcome) {
    const int64_t raster = slow * job->fast_pixels + fast;
    const int is_scan = job->lookup == LOOKUP_SCAN;
    if (count == GROUP && !job->mask && !is_scan) {
        outcome->not_finite += store(job, values, raster);
        return;
    }
    for (int64_t n = 0; n < count; n++) {
        if (job->mask && !job->mask[raster + n]) continue;
        double value = values->at[n / LANES][n % LANES];
        if (is_scan) {
            if (value != 0.0 && outcome->found < 0)
                outcome->found = (slow - job->roi_slow_min) * job->roi_width + fast + n -
                                 job->roi_fast_min;
            continue;
        }
#if MIXED
        job->image32[raster + n] = (float)value;
        outcome->not_finite += !isfinite((float)value);
#else
        job->image64[raster + n] = value;
        outcome->not_finite += !isfinite(value);
#endif
    }
}

static int is_masked(const struct job *job, int64_t raster, int64_t count) {
    if (!job->mask) return 0;
    for (int64_t n = 0; n < count; n++)
        if (job->mask[raster + n]) return 0;
    return 1;
}

void KERNEL(const struct job *job, int64_t start, int64_t stop, struct outcome *outcome) {
    struct tile tile = {.job = job, .sweep_all = sweeper_of(job)};
    outcome->not_finite = 0;
    outcome->found = -1;
    int64_t column = start % job->roi_width;
    tile.slow = job->roi_slow_min + start / job->roi_width;
    for (int64_t left = stop - start; left > 0 && outcome->found < 0;) {
        int64_t count = job->roi_width - column < left ? job->roi_width - column : left;
        if (count > TILE) count = TILE;
        tile.fast = job->roi_fast_min + column;
        tile.groups = (int)((count + GROUP - 1) / GROUP);
        if (!is_masked(job, tile.slow * job->fast_pixels + tile.fast, count)) {
            if (!render_tile(&tile)) return;
            for (int g = 0; g < tile.groups; g++) {
                int64_t rest = count - g * GROUP;
                keep(job, &tile.total[g], tile.slow, tile.fast + g * GROUP,
                     rest < GROUP ? rest : GROUP, outcome);
            }
        }
        left -= count;
        column += count;
        if (column == job->roi_width) {
            column = 0;
            tile.slow++;
        }
    }
}
