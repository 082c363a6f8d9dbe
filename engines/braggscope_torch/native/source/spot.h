/* One evaluation of a SQUARE crystal with every operation rounded as nanoBragg does. */
#ifndef BRAGGSCOPE_SPOT_H
#define BRAGGSCOPE_SPOT_H

#include "job.h"

/* A sub-pixel in a layer of the sensor, and a source. */
struct spot {
    int64_t slow, fast;
    int32_t layer, v, u, source;
};

/* F_latt of rows a, b, c of a cell. */
double braggscope_rounded_factor(const struct job *job, struct spot spot, const double *cell);

#endif
