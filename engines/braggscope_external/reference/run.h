/* One run: the image, its files and what is told about it. */
#ifndef BRAGGSCOPE_RUN_H
#define BRAGGSCOPE_RUN_H

#include "options.h"
#include "scene.h"

int run_simulation(const struct options *options, const struct scene *scene);

#endif
