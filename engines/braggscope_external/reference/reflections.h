/* The table of structure factors (spec 6). */
#ifndef BRAGGSCOPE_REFLECTIONS_H
#define BRAGGSCOPE_REFLECTIONS_H

#include "options.h"
#include "vector.h"

struct reflections {
    long long known; /* "hkls": groups of four numbers in the file */
    double default_f;
    int min[3], max[3];
    long long range[3];
    double *table; /* h slowest, l fastest; NULL without a file */
};

int reflections_read(struct reflections *reflections, const struct options *options);

/* Nearest lookup at whole-numbered indices (spec 6.4). */
double reflections_nearest(const struct reflections *reflections, vec3 hkl0);

void reflections_free(struct reflections *reflections);

#endif
