/* Solid angle, polarisation and capture, and the rules by which they count (docs/semantics.md). */
#ifndef BRAGGSCOPE_FACTORS_H
#define BRAGGSCOPE_FACTORS_H

#include "scene.h"

struct factor {
    int rule;        /* one of enum factor_rule */
    int constant;    /* always 1: not computed at all */
    double in_force; /* first: the cached value; else the value of this evaluation */
    double sum;
    long long count;
};

struct factors {
    struct factor omega, polar, capture;
};

/* Kahn's polarisation factor (spec 9.3). */
struct polarisation {
    double cos_2theta, psi, factor;
};

struct polarisation kahn(double kahn_factor, vec3 polar_axis, vec3 incident, vec3 diffracted);

/* Fraction of photons that stop in layer T, at the cosine c of direction and normal (spec 4.6). */
double capture_fraction(const struct sensor *sensor, int layer, double parallax);

struct factors factors_start(const struct scene *scene);

/* Does some factor multiply the running total? */
int factors_compound(const struct scene *scene);

/* A new layer: with the rule "first" its capture is computed once more. */
void factors_start_layer(struct factors *factors);

/* Must the factor be computed here? With "first" only while it is 0 (Q41). */
static inline int factor_is_due(const struct factor *f)
{
    return !f->constant && (f->rule != FACTOR_FIRST || f->in_force == 0.0);
}

static inline void factor_take(struct factor *f, double now)
{
    f->in_force = now;
    if (f->rule == FACTOR_MEAN) {
        f->sum += now;
        f->count++;
    }
}

/* The factor applied after the loop; 1 where every evaluation had its own. */
double factor_after_loop(const struct factor *f);

#endif
