/* The set-up report on stdout. */
#ifndef BRAGGSCOPE_REPORT_H
#define BRAGGSCOPE_REPORT_H

#include "scene.h"

void report_print(const struct scene *scene);

#endif
