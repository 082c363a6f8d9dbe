#include "rotation.h"

#include "constants.h"

#include <math.h>

/* Active rotation by `angle` about a unit axis, as rows. */
static triad rotation_about(vec3 n, double angle)
{
    double c = cos(angle), s = sin(angle), rest = 1.0 - c;
    triad u = {{{c + rest * n.x * n.x, rest * n.x * n.y - s * n.z, rest * n.x * n.z + s * n.y},
                {rest * n.y * n.x + s * n.z, c + rest * n.y * n.y, rest * n.y * n.z - s * n.x},
                {rest * n.z * n.x - s * n.y, rest * n.z * n.y + s * n.x, c + rest * n.z * n.z}}};
    return u;
}

struct cap_rotation rotation_random(struct random_shuffle *shuffle, int64_t *seed, double cap,
                                    int in_double)
{
    struct cap_rotation r;

    for (int i = 0; i < 3; i++)
        r.deviates[i] = 2.0 * random_next(shuffle, seed) - 1.0;
    double xy = sqrt(1.0 - r.deviates[1] * r.deviates[1]);
    double turn = PI * r.deviates[0];
    double base = 1.0 - r.deviates[2] * r.deviates[2];

    /* Single precision and the C library's powf: any other power differs in the last bits (Q28). */
    r.angle = in_double ? cap * pow(base, 1.0 / 3.0)
                        : (double)((float)cap * powf((float)base, (float)(1.0 / 3.0)));
    r.rows = rotation_about(vec3_make(xy * sin(turn), xy * cos(turn), r.deviates[1]), r.angle);
    return r;
}

void rotation_to_angles(const triad *rows, double angles_rad[3])
{
    vec3 x = vec3_unit(rows->v[0]), y = vec3_unit(rows->v[1]), z = vec3_unit(rows->v[2]);

    if (z.x * z.x < 1.0) {
        angles_rad[0] = atan2(z.y, z.z);
        angles_rad[1] = atan2(-z.x, sqrt(z.y * z.y + z.z * z.z));
        angles_rad[2] = atan2(y.x, x.x);
    } else {
        angles_rad[0] = PI;
        angles_rad[1] = PI / 2.0;
        angles_rad[2] = atan2(x.y, -y.y);
    }
}
