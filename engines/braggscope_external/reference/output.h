/* Image files: raw numbers in native byte order, no header (spec 11). */
#ifndef BRAGGSCOPE_OUTPUT_H
#define BRAGGSCOPE_OUTPUT_H

#include <stddef.h>

struct output {
    const char *flag; /* for messages */
    const char *path;
    const void *data;
    size_t item_bytes, items;
    const char *kind; /* for the report */
};

/* Can these files be written? Asked before the work begins; leaves nothing behind. */
int output_check(const struct output *outputs, int count);

/* Writes all of them or none: each under a temporary name beside its target, renamed at the end. */
int output_write(const struct output *outputs, int count);

#endif
