/* The SMV header of integer and noise images (spec 11). */
#ifndef BRAGGSCOPE_SMV_H
#define BRAGGSCOPE_SMV_H

#include "scene.h"

#include <stdio.h>

/* True when all of it went out. */
int smv_write_header(FILE *stream, const struct scene *scene);

#endif
