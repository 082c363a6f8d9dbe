#include "mosaic.h"

#include "limits.h"
#include "messages.h"

#include <math.h>
#include <stdlib.h>

enum { DOMAINS_WITHOUT_COUNT = 10 };

static const triad identity = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/* Spec 3.8. */
static int resolve_counts(struct mosaic *mosaic, const struct crystal_options *crystal)
{
    mosaic->spread_rad = crystal->mosaic_spread_rad > 0.0 ? crystal->mosaic_spread_rad : 0.0;
    mosaic->domains = 1;
    if (mosaic->spread_rad > 0.0)
        mosaic->domains =
            crystal->mosaic_domains > 0 ? crystal->mosaic_domains : DOMAINS_WITHOUT_COUNT;
    if (mosaic->domains > MAX_DOMAINS)
        return fail("-mosaic_domains %d: more than this program takes (%d)", mosaic->domains,
                    MAX_DOMAINS);
    return STATUS_OK;
}

int mosaic_build(struct mosaic *mosaic, const struct options *options,
                 struct random_shuffle *shuffle)
{
    int status = resolve_counts(mosaic, &options->crystal);
    if (status != STATUS_OK)
        return status;
    mosaic->rotation = malloc((size_t)mosaic->domains * sizeof *mosaic->rotation);
    if (!mosaic->rotation)
        return fail("-mosaic_domains %d: not enough memory", mosaic->domains);

    mosaic->in_double =
        options->semantics.value[SEM_MOSAIC_GENERATOR] == GENERATOR_FLOAT64;
    mosaic->seed = -(int64_t)options->crystal.mosaic_seed.value;
    mosaic->shuffle_before = *shuffle;
    int64_t seed = mosaic->seed;
    for (int m = 0; m < mosaic->domains; m++)
        mosaic->rotation[m] =
            rotation_random(shuffle, &seed, mosaic->spread_rad, mosaic->in_double).rows;
    mosaic->rotation[0] = identity; /* its deviates are drawn all the same (Q27) */
    return STATUS_OK;
}

void mosaic_trace(const struct mosaic *mosaic, const struct trace *trace)
{
    struct random_shuffle shuffle = mosaic->shuffle_before;
    struct trace_place domain = trace_place('M');
    int64_t seed = mosaic->seed;

    for (domain.m = 0; domain.m < mosaic->domains; domain.m++) {
        const double before[2] = {(double)seed, (double)shuffle.last};
        struct cap_rotation drawn =
            rotation_random(&shuffle, &seed, mosaic->spread_rad, mosaic->in_double);
        const double after[2] = {(double)seed, (double)shuffle.last};
        trace_reals(trace, domain, "rng_before", 2, before);
        trace_real(trace, domain, "r1", drawn.deviates[0]);
        trace_real(trace, domain, "r2", drawn.deviates[1]);
        trace_real(trace, domain, "r3", drawn.deviates[2]);
        trace_reals(trace, domain, "rng_after", 2, after);
        trace_real(trace, domain, "angle_f32", drawn.angle);
        trace_triad(trace, domain, "U", &mosaic->rotation[domain.m]);
    }
}

void mosaic_free(struct mosaic *mosaic)
{
    free(mosaic->rotation);
    mosaic->rotation = NULL;
}
