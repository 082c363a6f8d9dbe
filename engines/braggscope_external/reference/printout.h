/* -printout: every pixel as a paragraph on stdout (spec 11). */
#ifndef BRAGGSCOPE_PRINTOUT_H
#define BRAGGSCOPE_PRINTOUT_H

#include "image.h"

void printout_print(const struct image *image, const struct scene *scene,
                    const struct options *options);

#endif
