/* The uniform generator of spec 12.1, bit for bit: Park-Miller with a Bays-Durham shuffle. */
#ifndef BRAGGSCOPE_RANDOM_H
#define BRAGGSCOPE_RANDOM_H

#include <stdint.h>

/* Shared by all streams of a run; each stream only owns its seed variable. Starts as all zeros. */
struct random_shuffle {
    int64_t table[32];
    int64_t last;
};

float random_next(struct random_shuffle *shuffle, int64_t *seed);

#endif
