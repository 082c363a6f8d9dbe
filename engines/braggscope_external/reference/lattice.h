/* The lattice factor: interference of all cells of the crystal (spec 9.2). */
#ifndef BRAGGSCOPE_LATTICE_H
#define BRAGGSCOPE_LATTICE_H

#include "constants.h"
#include "options.h"
#include "vector.h"

#include <math.h>

struct lattice {
    enum crystal_shape shape;
    double cells[3];
    double fudge;
    triad recip;  /* 1/Angstrom, at phi = 0 for good (spec 5.6) */
    int per_axis; /* spot radii count each axis by its own number of cells (docs/semantics.md) */
};

struct lattice_factor {
    double value;
    double axis[3]; /* SQUARE: the factor of each axis */
    double radius;  /* ROUND: squared distance from the peak in 1/cells; GAUSS, TOPHAT: rho */
};

/* Interference of n cells along one axis. x = pi*h is not reduced: that would change the rounding
   near peaks. */
static inline double lattice_axis_factor(double h, double n)
{
    double x = PI * h;
    if (!(n > 1.0))
        return 1.0;
    return x == 0.0 ? n : sin(x * n) / sin(x);
}

/* SQUARE, which nearly all runs use: kept in the loop that calls it. */
static inline void lattice_square(const struct lattice *l, vec3 hkl, struct lattice_factor *f)
{
    f->axis[0] = lattice_axis_factor(hkl.x, l->cells[0]);
    f->axis[1] = lattice_axis_factor(hkl.y, l->cells[1]);
    f->axis[2] = lattice_axis_factor(hkl.z, l->cells[2]);
    f->value = f->axis[0] * f->axis[1] * f->axis[2];
}

/* ROUND, GAUSS and TOPHAT: spots that depend on the distance from the nearest peak alone. */
void lattice_spot(const struct lattice *lattice, vec3 hkl, vec3 hkl0,
                  struct lattice_factor *factor);

#endif
