/* Geometry from the headers of SMV images: -mask and -img (spec 3.1). */
#ifndef BRAGGSCOPE_HEADERS_H
#define BRAGGSCOPE_HEADERS_H

#include "options.h"

/* Looks for -mask and -img alone; the mask comes first, then the image overwrites its values. */
int headers_read(struct options *options, int argc, char **argv);

#endif
