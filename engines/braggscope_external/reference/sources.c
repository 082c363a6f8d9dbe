#include "sources.h"

#include "messages.h"
#include "sampling.h"

/* Any distance does: the direction is normalised (spec 3.10). */
static const double SOURCE_DISTANCE_M = 10.0;

static int is_single(const struct grid_request *request)
{
    struct grid grid = grid_resolve(request);
    return grid.count == 1 && grid.range == 0.0;
}

static int refuse(const char *flags, const char *what)
{
    return fail("%s: %s is not implemented in this program; leave the flag out or use another "
                "engine",
                flags, what);
}

/* Spec 7.2 for one point in the middle of the grid. */
static struct source central_source(double wavelength_m, const struct basis *basis)
{
    vec3 vertical = vec3_unit(vec3_cross(basis->beam, basis->polar));
    vec3 towards = vec3_scaled(basis->beam, -SOURCE_DISTANCE_M);
    towards = vec3_rotated_about(towards, basis->polar, 0.0);
    towards = vec3_rotated_about(towards, vertical, 0.0);

    struct source source;
    source.incident = vec3_scaled(vec3_unit(towards), -1.0);
    source.wavelength_m = wavelength_m;
    return source;
}

int sources_build(struct sources *sources, const struct options *options, const struct basis *basis)
{
    if (!is_single(&options->hdiv))
        return refuse("-divergence/-divsteps/-hdivrange/-hdivstep/-hdivsteps", "beam divergence");
    if (!is_single(&options->vdiv))
        return refuse("-divergence/-divsteps/-vdivrange/-vdivstep/-vdivsteps", "beam divergence");
    if (!is_single(&options->dispersion))
        return refuse("-dispersion/-dispsteps", "a spread of wavelengths");
    sources->count = 1;
    sources->item[0] = central_source(options->wavelength_m, basis);
    return STATUS_OK;
}
