/* Orientations of the mosaic domains (spec 3.8, 8 and 12.4). */
#ifndef BRAGGSCOPE_MOSAIC_H
#define BRAGGSCOPE_MOSAIC_H

#include "options.h"
#include "random.h"
#include "vector.h"

struct mosaic {
    double spread_rad; /* eta: the largest rotation of a domain */
    int domains;
    triad *rotation; /* rows of U, one per domain; the first is the identity */
};

int mosaic_build(struct mosaic *mosaic, const struct options *options,
                 struct random_shuffle *shuffle);

void mosaic_free(struct mosaic *mosaic);

#endif
