#include "lattice.h"

static double sphere_transform(double x)
{
    return x == 0.0 ? 1.0 : 3.0 * (sin(x) / x - cos(x)) / (x * x);
}

/* Squared distance from the peak, each axis in units of 1/cells. */
static double radius_in_cells(const struct lattice *l, vec3 d)
{
    const double *n = l->cells;
    return d.x * d.x * n[0] * n[0] + d.y * d.y * n[1] * n[1] + d.z * d.z * n[2] * n[2];
}

/* rho of GAUSS and TOPHAT, with 1/Angstrom and the product of all cells in it (Q48). */
static double spot_radius(const struct lattice *l, vec3 d)
{
    const double *n = l->cells;
    if (l->per_axis)
        return radius_in_cells(l, d);
    const vec3 *star = l->recip.v;
    vec3 v = vec3_make(d.x * star[0].x + d.y * star[1].x + d.z * star[2].x,
                       d.x * star[0].y + d.y * star[1].y + d.z * star[2].y,
                       d.x * star[0].z + d.y * star[1].z + d.z * star[2].z);
    return vec3_dot(v, v) * n[0] * n[0] * n[1] * n[1] * n[2] * n[2];
}

void lattice_spot(const struct lattice *l, vec3 hkl, vec3 hkl0, struct lattice_factor *f)
{
    double all = l->cells[0] * l->cells[1] * l->cells[2];
    vec3 d = vec3_difference(hkl, hkl0);

    if (l->shape == SHAPE_ROUND) {
        f->radius = radius_in_cells(l, d);
        f->value = all * 0.723601254558268 * sphere_transform(PI * sqrt(f->radius * l->fudge));
        return;
    }
    f->radius = spot_radius(l, d);
    if (l->shape == SHAPE_GAUSS)
        f->value = all * exp(-(f->radius / 0.63 * l->fudge));
    else
        f->value = f->radius * l->fudge < 0.3969 ? all : 0.0;
}
