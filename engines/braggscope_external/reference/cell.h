/* Unit cell and orientation (spec 5). */
#ifndef BRAGGSCOPE_CELL_H
#define BRAGGSCOPE_CELL_H

#include "options.h"
#include "random.h"
#include "vector.h"

struct cell {
    int from_cell, from_matrix; /* which of -cell and -mat were given */
    double misset_rad[3];
    /* The stages, for the trace: reciprocal vectors in 1/Angstrom, direct ones in Angstrom. */
    triad recip_default, recip_matrix_scaled, recip_misset, direct_angstrom, recip_regenerated;
    double v_star, volume; /* 1/Angstrom^3, Angstrom^3; negative for a left-handed matrix */
    triad direct_m;        /* a, b, c at phi = 0 in metres */
};

/* misset_seed: the seed variable of the misset stream. */
int cell_build(struct cell *cell, const struct options *options, int64_t misset_seed,
               struct random_shuffle *shuffle);

#endif
