/* Numbers about the whole image (spec 10). */
#ifndef BRAGGSCOPE_STATISTICS_H
#define BRAGGSCOPE_STATISTICS_H

#include "image.h"

struct statistics {
    double solid_angle;
    double max, max_fast_m, max_slow_m;
    double mean, rms, rmsd;
    long long not_finite;
};

struct statistics statistics_of(const struct image *image, const struct scene *scene);

#endif
