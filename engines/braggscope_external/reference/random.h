/* The generators of spec 12, bit for bit. */
#ifndef BRAGGSCOPE_RANDOM_H
#define BRAGGSCOPE_RANDOM_H

#include <stdint.h>

/* Shared by all streams of a run; each stream only owns its seed variable. Starts as all zeros. */
struct random_shuffle {
    int64_t table[32];
    int64_t last;
};

/* Uniform between 0 and 1: Park-Miller with a Bays-Durham shuffle (spec 12.1). */
float random_next(struct random_shuffle *shuffle, int64_t *seed);

/* One stream of Poisson deviates, with the Gaussian that was drawn and not used yet. */
struct random_noise {
    struct random_shuffle *shuffle;
    int64_t seed;
    int has_spare;
    float spare;
};

/* Spec 12.3. */
float random_gaussian(struct random_noise *noise);

/* Spec 12.6. A mean that is not a number has no deviate: 0. */
float random_poisson(struct random_noise *noise, float mean);

#endif
