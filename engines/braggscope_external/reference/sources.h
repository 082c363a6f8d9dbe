/* The incident beams (spec 3.6 and 7). */
#ifndef BRAGGSCOPE_SOURCES_H
#define BRAGGSCOPE_SOURCES_H

#include "geometry.h"
#include "options.h"
#include "vector.h"

struct source {
    vec3 incident; /* unit vector along the beam */
    double wavelength_m;
    double weight; /* of its share in the sum: 1, or as docs/semantics.md defines it */
};

/* Divergence and dispersion as spec 3.6 resolves them. */
struct grid {
    int count;
    double range, step;
};

struct sources {
    struct source *item;
    int count;
    int from_file;
    int weighted; /* some weight is not 1 */
    struct grid hdiv, vdiv, dispersion;
};

int sources_build(struct sources *sources, const struct options *options,
                  const struct detector *detector);

void sources_free(struct sources *sources);

/* Adds a source, given the vector from the sample towards it; a status. */
int sources_add(struct sources *sources, vec3 towards, double wavelength_m, double weight);

/* Spec 7.1. */
int sources_read_file(struct sources *sources, const char *path, const struct options *options,
                      vec3 beam);

#endif
