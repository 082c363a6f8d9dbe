#include "random.h"

static const int64_t MULTIPLIER = 16807;
static const int64_t MODULUS = 2147483647;
static const int64_t SLOT_WIDTH = 67108864;

static void initialise(struct random_shuffle *shuffle, int64_t *seed)
{
    *seed = -*seed < 1 ? 1 : -*seed;
    for (int j = 39; j >= 0; j--) {
        *seed = MULTIPLIER * *seed % MODULUS;
        if (j < 32)
            shuffle->table[j] = *seed;
    }
    shuffle->last = shuffle->table[0];
}

float random_next(struct random_shuffle *shuffle, int64_t *seed)
{
    const double largest = 1.0 - 1.2e-7;

    if (*seed <= 0 || shuffle->last == 0)
        initialise(shuffle, seed);
    *seed = MULTIPLIER * *seed % MODULUS;
    int64_t slot = shuffle->last / SLOT_WIDTH;
    shuffle->last = shuffle->table[slot];
    shuffle->table[slot] = *seed;
    float deviate = (float)((double)shuffle->last * (1.0 / 2147483647.0));
    return (double)deviate > largest ? (float)largest : deviate;
}
