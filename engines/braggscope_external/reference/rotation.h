/* Random rotations (spec 12.4) and rotation matrices as misset angles (spec 12.5). */
#ifndef BRAGGSCOPE_ROTATION_H
#define BRAGGSCOPE_ROTATION_H

#include "random.h"
#include "vector.h"

/* One rotation within a cap, with what it was made from. */
struct cap_rotation {
    double deviates[3]; /* r1, r2, r3 in [-1, 1] */
    double angle;
    triad rows;
};

/* CAP of spec 12.4. in_double: all of the angle in double precision (docs/semantics.md). */
struct cap_rotation rotation_random(struct random_shuffle *shuffle, int64_t *seed, double cap,
                                    int in_double);

void rotation_to_angles(const triad *rows, double angles_rad[3]);

#endif
