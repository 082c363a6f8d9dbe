/* The table of structure factors (spec 6). */
#ifndef BRAGGSCOPE_REFLECTIONS_H
#define BRAGGSCOPE_REFLECTIONS_H

#include "options.h"
#include "vector.h"

#include <stdio.h>

struct reflections {
    long long known; /* "hkls": groups of four numbers in the file */
    double default_f;
    int min[3], max[3];
    long long range[3];
    double *table; /* h slowest, l fastest; NULL without a file */
};

/* From -hkl, else from a dump file if there is one (Q36), else the default alone. */
int reflections_read(struct reflections *reflections, const struct options *options);

/* A table of zeros for the ranges of min and max. `what` begins the message where it is too big. */
int reflections_allocate(struct reflections *reflections, const char *what, const char *path);

/* Where the value of indices within the ranges lies. */
static inline size_t reflections_entry(const struct reflections *r, int h, int k, int l)
{
    long long row = (h - (long long)r->min[0]) * r->range[1] + (k - (long long)r->min[1]);
    return (size_t)(row * r->range[2] + (l - (long long)r->min[2]));
}

/* Nearest lookup at whole-numbered indices (spec 6.4). */
double reflections_nearest(const struct reflections *reflections, vec3 hkl0);

/* Tricubic interpolation (spec 6.5): is the neighbourhood of this point within the table? */
int reflections_can_interpolate(const struct reflections *reflections, vec3 hkl);
double reflections_interpolate(const struct reflections *reflections, vec3 hkl);

/* nanoBragg's binary copy of the table (spec 6.2 and 6.3). */
int dump_read(struct reflections *reflections, const char *path);
int dump_write(FILE *stream, const void *reflections);

void reflections_free(struct reflections *reflections);

#endif
