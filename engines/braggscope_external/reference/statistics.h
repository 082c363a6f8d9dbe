/* The numbers printed after rendering (spec 10). */
#ifndef BRAGGSCOPE_STATISTICS_H
#define BRAGGSCOPE_STATISTICS_H

#include "image.h"

void statistics_print(const struct image *image, const struct scene *scene);

#endif
