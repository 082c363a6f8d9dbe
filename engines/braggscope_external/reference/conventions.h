/* What a convention fixes: vectors, pivot and the meaning of the beam centre (spec 4.1). */
#ifndef BRAGGSCOPE_CONVENTIONS_H
#define BRAGGSCOPE_CONVENTIONS_H

#include "geometry.h"

/* Sets name, pivot, basis vectors and the beam centre; sizes and the near point are known. */
int convention_apply(struct detector *detector, const struct options *options);

#endif
