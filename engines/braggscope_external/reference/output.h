/* Files that appear only when they are complete: all of them or none (spec 11). */
#ifndef BRAGGSCOPE_OUTPUT_H
#define BRAGGSCOPE_OUTPUT_H

#include <stdio.h>

enum { MAX_OUTPUTS = 6 };

struct output {
    const char *flag; /* for messages */
    const char *path;
    /* Writes the content; true when all of it went out. */
    int (*write)(FILE *stream, void *context);
    void *context;
    int optional; /* one that cannot be written is left out with a doubt */
    /* For this module alone. */
    char *target, *working;
    int skipped;
};

/* Can these files be written? Asked before the work begins; leaves nothing behind. */
int outputs_check(struct output *outputs, int count);

/* Each is written under a temporary name beside its target, and renamed when all are complete. */
int outputs_write(struct output *outputs, int count);

void outputs_free(struct output *outputs, int count);

#endif
