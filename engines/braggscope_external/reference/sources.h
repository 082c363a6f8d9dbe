/* The incident beams (spec 7). */
#ifndef BRAGGSCOPE_SOURCES_H
#define BRAGGSCOPE_SOURCES_H

#include "geometry.h"
#include "options.h"
#include "vector.h"

struct source {
    vec3 incident; /* unit vector along the beam */
    double wavelength_m;
};

enum { MAX_SOURCES = 1 }; /* divergence and dispersion are refused */

struct sources {
    struct source item[MAX_SOURCES];
    int count;
};

int sources_build(struct sources *sources, const struct options *options,
                  const struct basis *basis);

#endif
