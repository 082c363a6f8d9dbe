#include "factors.h"

#include <math.h>

struct polarisation kahn(double kahn_factor, vec3 polar_axis, vec3 incident, vec3 diffracted)
{
    struct polarisation p;

    p.cos_2theta = vec3_dot(incident, diffracted);
    p.psi = 0.0;
    if (kahn_factor != 0.0) {
        vec3 magnetic = vec3_unit(vec3_cross(polar_axis, incident));
        vec3 electric = vec3_unit(vec3_cross(incident, magnetic));
        p.psi = -atan2(vec3_dot(diffracted, magnetic), vec3_dot(diffracted, electric));
    }
    double cos_squared = p.cos_2theta * p.cos_2theta;
    p.factor = 0.5 * (1.0 + cos_squared - kahn_factor * cos(2.0 * p.psi) * (1.0 - cos_squared));
    return p;
}

double capture_fraction(const struct sensor *sensor, int layer, double parallax)
{
    double dt = sensor->layer_m, mu = sensor->attenuation_per_m;
    return exp(-layer * dt * mu / parallax) - exp(-(layer + 1) * dt * mu / parallax);
}

struct factors factors_start(const struct scene *scene)
{
    const int *value = scene->semantics.value;
    struct factors f = {{0}, {0}, {0}};

    f.omega.rule = value[SEM_OMEGA];
    f.polar.rule = value[SEM_POLARIZATION];
    f.capture.rule = value[SEM_CAPTURE];
    /* Compounding factors are computed all the same (Q43, Q44). */
    f.polar.constant = scene->nopolar && f.polar.rule != FACTOR_COMPOUNDING;
    f.capture.constant = scene->sensor.thickness_m == 0.0 && f.capture.rule != FACTOR_COMPOUNDING;
    f.polar.in_force = scene->nopolar ? 1.0 : 0.0;
    f.capture.in_force = f.capture.constant ? 1.0 : 0.0;
    return f;
}

int factors_compound(const struct scene *scene)
{
    const int *value = scene->semantics.value;
    return value[SEM_OMEGA] == FACTOR_COMPOUNDING || value[SEM_POLARIZATION] == FACTOR_COMPOUNDING
           || value[SEM_CAPTURE] == FACTOR_COMPOUNDING;
}

void factors_start_layer(struct factors *f)
{
    if (f->capture.rule == FACTOR_FIRST && !f->capture.constant)
        f->capture.in_force = 0.0;
}

double factor_after_loop(const struct factor *f)
{
    if (f->rule == FACTOR_PER_EVALUATION || f->rule == FACTOR_COMPOUNDING)
        return 1.0;
    if (f->rule == FACTOR_MEAN && !f->constant)
        return f->count ? f->sum / (double)f->count : 0.0;
    return f->in_force;
}
