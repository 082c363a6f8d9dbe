/* Tricubic interpolation between structure factors (spec 6.5). */
#include "reflections.h"

#include <math.h>

/* Cubic Lagrange weights of the nodes at -1, 0, 1 and 2 for a point t between 0 and 1. */
static void lagrange_weights(double t, double w[4])
{
    w[0] = -t * (t - 1.0) * (t - 2.0) / 6.0;
    w[1] = (t + 1.0) * (t - 1.0) * (t - 2.0) / 2.0;
    w[2] = -(t + 1.0) * t * (t - 2.0) / 2.0;
    w[3] = (t + 1.0) * t * (t - 1.0) / 6.0;
}

static double weighted(const double w[4], const double f[4])
{
    return w[0] * f[0] + w[1] * f[1] + w[2] * f[2] + w[3] * f[3];
}

/* Two reflections from each edge of the table, inclusive (Q40). */
int reflections_can_interpolate(const struct reflections *r, vec3 hkl)
{
    const double x[3] = {hkl.x, hkl.y, hkl.z};
    for (int i = 0; i < 3; i++)
        if (!(x[i] - r->min[i] + 3.0 <= (double)r->range[i] && x[i] - 2.0 >= r->min[i]))
            return 0;
    return 1;
}

/* Contracts l first, then k, then h. */
double reflections_interpolate(const struct reflections *r, vec3 hkl)
{
    const double x[3] = {hkl.x, hkl.y, hkl.z};
    double w[3][4], plane[4], line[4];
    int node[3];

    for (int i = 0; i < 3; i++) {
        double below = floor(x[i]);
        node[i] = (int)below - 1;
        lagrange_weights(x[i] - below, w[i]);
    }
    for (int h = 0; h < 4; h++) {
        for (int k = 0; k < 4; k++)
            line[k] = weighted(
                w[2], &r->table[reflections_entry(r, node[0] + h, node[1] + k, node[2])]);
        plane[h] = weighted(w[1], line);
    }
    return weighted(w[0], plane);
}
