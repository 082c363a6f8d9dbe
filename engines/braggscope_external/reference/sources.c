#include "sources.h"

#include "limits.h"
#include "messages.h"

#include <math.h>
#include <stdlib.h>

/* Only a direction in the end, but the last bits of a rotated vector depend on it (spec 3.10). */
static const double SOURCE_DISTANCE_M = 10.0;

static struct grid grid_without_count(double range, double step)
{
    struct grid grid = {1, 0.0, 0.0};
    if (range < 0.0 && step > 0.0)
        grid = (struct grid){2, step, step};
    else if (range >= 0.0 && step <= 0.0)
        grid = (struct grid){2, range, range};
    else if (range >= 0.0)
        grid = (struct grid){(int)fmin(ceil(range / step), 1e9), range, step};
    return grid;
}

static struct grid grid_with_count(int count, double range, double step)
{
    struct grid grid = {count, range, step};
    if (range < 0.0 && step <= 0.0)
        grid = (struct grid){count, 1.0, 1.0 / count};
    else if (range < 0.0)
        grid = (struct grid){2, step, step};
    else if (step <= 0.0) {
        grid.count = count > 2 ? count : 2;
        grid.step = range / (grid.count - 1);
    }
    return grid;
}

/* The GRID rule of spec 3.6. */
static struct grid resolve_grid(const struct grid_request *request)
{
    struct grid grid = request->count > 0
                           ? grid_with_count(request->count, request->range, request->step)
                           : grid_without_count(request->range, request->step);
    if (grid.range <= 0.0 || grid.step <= 0.0 || grid.count <= 0)
        grid = (struct grid){1, 0.0, 0.0};
    return grid;
}

int sources_add(struct sources *s, vec3 towards, double wavelength_m, double weight)
{
    /* The list doubles at every power of two. */
    if ((s->count & (s->count - 1)) == 0) {
        size_t capacity = s->count ? 2 * (size_t)s->count : 1;
        struct source *larger = realloc(s->item, capacity * sizeof *larger);
        if (!larger)
            return fail("not enough memory for %d sources", s->count + 1);
        s->item = larger;
    }
    struct source *source = &s->item[s->count++];
    source->incident = vec3_scaled(vec3_unit(towards), -1.0);
    source->wavelength_m = wavelength_m;
    source->weight = weight;
    return STATUS_OK;
}

/* One axis' part of the elliptical cut; NaN, which cuts nothing, for a range of zero (Q21). */
static double ellipse_part(const struct grid *grid, double angle)
{
    return (angle * angle - grid->step * grid->step / 4.0 * (1 - grid->count % 2)) / grid->range
           / grid->range;
}

static int add_wavelengths(struct sources *s, const struct options *options, vec3 towards)
{
    const struct grid *dispersion = &s->dispersion;
    int status = STATUS_OK;

    for (int i = 0; i < dispersion->count && status == STATUS_OK; i++) {
        double wavelength_m = options->beam.wavelength_m
                              * (1.0 + dispersion->step * i - dispersion->range / 2.0);
        if (!(wavelength_m > 0.0))
            return fail("-dispersion: the spread of %g %% makes wavelengths that are not positive",
                        100.0 * dispersion->range);
        status = sources_add(s, towards, wavelength_m, 1.0);
    }
    return status;
}

/* Spec 7.2. */
static int build_grid(struct sources *s, const struct options *options, const struct detector *d)
{
    const struct basis *basis = &d->basis;
    int status = STATUS_OK;

    for (int ih = 0; ih < s->hdiv.count; ih++)
        for (int iv = 0; iv < s->vdiv.count && status == STATUS_OK; iv++) {
            double hd = s->hdiv.step * ih - s->hdiv.range / 2.0;
            double vd = s->vdiv.step * iv - s->vdiv.range / 2.0;
            double ellipse = ellipse_part(&s->hdiv, hd) + ellipse_part(&s->vdiv, vd);
            if (options->beam.round_div && ellipse * 4.0 > 1.1)
                continue;
            vec3 towards = vec3_scaled(basis->beam, -SOURCE_DISTANCE_M);
            towards = vec3_rotated_about(towards, basis->polar, vd);
            towards = vec3_rotated_about(towards, d->vertical, hd);
            status = add_wavelengths(s, options, towards);
        }
    return status;
}

static int check_grid_size(const struct sources *s)
{
    double count = (double)s->hdiv.count * s->vdiv.count * s->dispersion.count;
    if (count <= MAX_SOURCES)
        return STATUS_OK;
    return fail("-divergence/-dispersion: %g sources are more than this program takes (%d)", count,
                MAX_SOURCES);
}

/* docs/semantics.md, source_weights. */
static int resolve_weights(struct sources *s, int used)
{
    double sum = 0.0;

    for (int j = 0; j < s->count; j++)
        sum += s->item[j].weight;
    if (used && s->count > 0 && !(isfinite(sum) && sum != 0.0))
        return fail("-sourcefile: the weights of the sources add up to %g", sum);
    for (int j = 0; j < s->count; j++) {
        s->item[j].weight = used ? s->item[j].weight * s->count / sum : 1.0; /* Q23 */
        s->weighted = s->weighted || s->item[j].weight != 1.0;
    }
    return STATUS_OK;
}

int sources_build(struct sources *s, const struct options *options, const struct detector *d)
{
    const struct beam_options *beam = &options->beam;
    int used = options->semantics.value[SEM_SOURCE_WEIGHTS] == WEIGHTS_USED;
    int status;

    s->from_file = beam->source_file != NULL;
    if (s->from_file) {
        s->hdiv = s->vdiv = s->dispersion = (struct grid){1, 0.0, 0.0};
        status = sources_read_file(s, beam->source_file, options, d->basis.beam);
    } else {
        s->hdiv = resolve_grid(&beam->hdiv);
        s->vdiv = resolve_grid(&beam->vdiv);
        s->dispersion = resolve_grid(&beam->dispersion);
        status = check_grid_size(s);
        if (status == STATUS_OK)
            status = build_grid(s, options, d);
        if (status == STATUS_OK && s->count == 0)
            status = doubt("-divsteps/-round_div: no source is left, so every pixel is not a "
                           "number (give -divergence, or -square_div)");
    }
    return status == STATUS_OK ? resolve_weights(s, used) : status;
}

void sources_free(struct sources *s)
{
    free(s->item);
    s->item = NULL;
}
