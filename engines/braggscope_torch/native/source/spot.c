/* Compiled without contraction of products and sums: each of them is rounded (spec section 14). */
#include "spot.h"
#include <math.h>

static const double PI = 3.14159265358979323846, TINY = 1e-300;

static double place_of(const struct job *job, int64_t pixel, int32_t sub_pixel) {
    const double sub_m = job->pixel_m / job->oversample;
    return sub_m * (double)(pixel * job->oversample + sub_pixel) + sub_m / 2.0;
}

static double dot(const double *u, const double *v) {
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
}

static void scattering_vector(const struct job *job, struct spot spot, double q[3]) {
    const double on_fast = place_of(job, spot.fast, spot.u);
    const double on_slow = place_of(job, spot.slow, spot.v);
    const double depth = job->depth_m[spot.layer];
    double position[3];
    for (int axis = 0; axis < 3; axis++) {
        position[axis] = on_fast * job->fast[axis] + on_slow * job->slow[axis];
        if (depth != 0.0) position[axis] += depth * job->normal[axis];
        position[axis] += job->pix0_m[axis];
    }
    const double distance = sqrt(dot(position, position));
    for (int axis = 0; axis < 3; axis++)
        q[axis] = (position[axis] / distance - job->incident[3 * spot.source + axis]) /
                  job->wavelength_m[spot.source];
}

double braggscope_rounded_factor(const struct job *job, struct spot spot, const double *cell) {
    double q[3], product = 1.0;
    scattering_vector(job, spot, q);
    for (int axis = 0; axis < 3; axis++) {
        const double h = dot(cell + 3 * axis, q), cells = job->n_cells[axis];
        if (!(cells > 1.0)) continue;
        const double x = h * PI + TINY;
        product *= sin(x * cells) / sin(x);
    }
    return product;
}
