/* The lattice factor: interference of all cells of the crystal (spec 9.2). */
#ifndef BRAGGSCOPE_LATTICE_H
#define BRAGGSCOPE_LATTICE_H

#include "options.h"
#include "vector.h"

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

struct lattice_factor lattice_factor(const struct lattice *lattice, vec3 hkl, vec3 hkl0);

#endif
