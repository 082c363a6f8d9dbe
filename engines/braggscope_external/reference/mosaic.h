/* Orientations of the mosaic domains (spec 3.8, 8 and 12.4). */
#ifndef BRAGGSCOPE_MOSAIC_H
#define BRAGGSCOPE_MOSAIC_H

#include "options.h"
#include "random.h"
#include "rotation.h"
#include "trace.h"
#include "vector.h"

struct mosaic {
    double spread_rad; /* eta: the largest rotation of a domain */
    int domains;
    triad *rotation; /* rows of U, one per domain; the first is the identity */
    /* For the trace: the domains can be drawn once more. */
    int64_t seed;
    int in_double;
    struct random_shuffle shuffle_before;
};

int mosaic_build(struct mosaic *mosaic, const struct options *options,
                 struct random_shuffle *shuffle);

/* The draws of every domain, and the generator before and after. */
void mosaic_trace(const struct mosaic *mosaic, const struct trace *trace);

void mosaic_free(struct mosaic *mosaic);

#endif
