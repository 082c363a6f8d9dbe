#include "mosaic.h"

#include "constants.h"
#include "messages.h"

#include <math.h>
#include <stdlib.h>

enum { DOMAINS_WITHOUT_COUNT = 10, MAX_DOMAINS = 1000000 };

static const triad identity = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/* Active rotation by `angle` about a unit axis, as rows. */
static triad rotation_about(vec3 n, double angle)
{
    double c = cos(angle), s = sin(angle), rest = 1.0 - c;
    triad u = {{{c + rest * n.x * n.x, rest * n.x * n.y - s * n.z, rest * n.x * n.z + s * n.y},
                {rest * n.y * n.x + s * n.z, c + rest * n.y * n.y, rest * n.y * n.z - s * n.x},
                {rest * n.z * n.x - s * n.y, rest * n.z * n.y + s * n.x, c + rest * n.z * n.z}}};
    return u;
}

/* CAP of spec 12.4: axis uniform on the sphere, angle within the cap. The angle is computed in
   single precision with the C library's powf; any other power differs in the last bits (Q28). */
static triad random_cap(struct random_shuffle *shuffle, int64_t *seed, float cap_rad)
{
    double r1 = 2.0 * random_next(shuffle, seed) - 1.0;
    double r2 = 2.0 * random_next(shuffle, seed) - 1.0;
    double r3 = 2.0 * random_next(shuffle, seed) - 1.0;

    double xy = sqrt(1.0 - r2 * r2);
    vec3 axis = vec3_make(xy * sin(PI * r1), xy * cos(PI * r1), r2);
    float angle = cap_rad * powf((float)(1.0 - r3 * r3), (float)(1.0 / 3.0));
    return rotation_about(axis, angle);
}

/* Spec 3.8. */
static int resolve_counts(struct mosaic *mosaic, const struct options *options)
{
    mosaic->spread_rad = options->mosaic_spread_rad > 0.0 ? options->mosaic_spread_rad : 0.0;
    mosaic->domains = 1;
    if (mosaic->spread_rad > 0.0)
        mosaic->domains =
            options->mosaic_domains > 0 ? options->mosaic_domains : DOMAINS_WITHOUT_COUNT;
    if (mosaic->domains > MAX_DOMAINS)
        return fail("-mosaic_domains %d: more than this program takes (%d)", mosaic->domains,
                    MAX_DOMAINS);
    return STATUS_OK;
}

int mosaic_build(struct mosaic *mosaic, const struct options *options,
                 struct random_shuffle *shuffle)
{
    int status = resolve_counts(mosaic, options);
    if (status != STATUS_OK)
        return status;
    mosaic->rotation = malloc((size_t)mosaic->domains * sizeof *mosaic->rotation);
    if (!mosaic->rotation)
        return fail("-mosaic_domains %d: not enough memory", mosaic->domains);

    int64_t seed = -(int64_t)options->mosaic_seed;
    for (int m = 0; m < mosaic->domains; m++)
        mosaic->rotation[m] = random_cap(shuffle, &seed, (float)mosaic->spread_rad);
    mosaic->rotation[0] = identity; /* its deviates are drawn all the same (Q27) */
    return STATUS_OK;
}

void mosaic_free(struct mosaic *mosaic)
{
    free(mosaic->rotation);
    mosaic->rotation = NULL;
}
