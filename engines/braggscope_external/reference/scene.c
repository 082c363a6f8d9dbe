#include "scene.h"

#include "constants.h"
#include "messages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rotated cells kept in memory: phi steps times domains. */
static const double MAX_ROTATED_CELLS = 4e6;

/* Spec 3.3: flux beats fluence, in any order. */
static int resolve_fluence(struct scene *scene, const struct options *options)
{
    scene->fluence_per_m2 = options->fluence_per_m2;
    if (options->flux_per_s != 0.0 && options->exposure_s > 0.0 && options->beamsize_m >= 0.0)
        scene->fluence_per_m2 =
            options->flux_per_s * options->exposure_s / options->beamsize_m / options->beamsize_m;
    if (!isfinite(scene->fluence_per_m2))
        return fail(
            "-flux/-exposure/-beamsize: the fluence is not finite; give a beam size above 0");
    scene->scale = CLASSICAL_RADIUS_SQUARED_M2 * scene->fluence_per_m2;
    return STATUS_OK;
}

static int resolve_beam(struct scene *scene, const struct options *options)
{
    if (!(options->wavelength_m > 0.0))
        return fail("-lambda: the wavelength must be positive (%g Angstrom)",
                    options->wavelength_m * ANGSTROMS_PER_METRE);
    scene->wavelength_m = options->wavelength_m;
    scene->kahn_factor = options->kahn_factor;
    scene->nopolar = options->nopolar;
    return resolve_fluence(scene, options);
}

/* The cell of every phi step and domain (spec 9): the same for all pixels, so turned only once. */
static int rotate_cells(struct scene *scene)
{
    size_t steps = (size_t)scene->phi.steps, domains = (size_t)scene->mosaic.domains;

    if ((double)steps * (double)domains > MAX_ROTATED_CELLS)
        return fail(
            "-phisteps/-mosaic_domains: %g orientations are more than this program takes (%g)",
            (double)steps * (double)domains, MAX_ROTATED_CELLS);
    scene->phi_cells = malloc(steps * sizeof *scene->phi_cells);
    scene->domain_cells = malloc(steps * domains * sizeof *scene->domain_cells);
    if (!scene->phi_cells || !scene->domain_cells)
        return fail("-phisteps/-mosaic_domains: not enough memory for %g orientations",
                    (double)steps * (double)domains);

    for (size_t k = 0; k < steps; k++) {
        double phi_rad = phi_scan_angle(&scene->phi, (int)k);
        triad cell = scene->cell.direct_m;
        if (phi_rad != 0.0)
            for (int i = 0; i < 3; i++)
                cell.v[i] = vec3_rotated_about(cell.v[i], scene->detector.basis.spindle, phi_rad);
        scene->phi_cells[k] = cell;
        for (size_t m = 0; m < domains; m++) {
            triad turned = cell;
            if (scene->mosaic.spread_rad > 0.0)
                for (int i = 0; i < 3; i++)
                    turned.v[i] = triad_apply(&scene->mosaic.rotation[m], cell.v[i]);
            scene->domain_cells[k * domains + m] = turned;
        }
    }
    return STATUS_OK;
}

static void count_steps(struct scene *scene)
{
    scene->steps = (long long)scene->sources.count * scene->mosaic.domains * scene->phi.steps
                   * scene->oversample * scene->oversample;
}

/* The order is that of spec 2; a later step uses what an earlier one has resolved. */
int scene_build(struct scene *scene, const struct options *options)
{
    int status;

    memset(scene, 0, sizeof *scene);
    if ((status = resolve_beam(scene, options)) != STATUS_OK
        || (status = phi_scan_resolve(&scene->phi, options)) != STATUS_OK
        || (status = detector_build(&scene->detector, options)) != STATUS_OK
        || (status = cell_build(&scene->cell, options)) != STATUS_OK)
        return status;
    crystal_cells_resolve(scene->crystal_cells, options);
    if ((status = oversample_resolve(&scene->oversample, options, &scene->cell,
                                     scene->crystal_cells, &scene->detector))
            != STATUS_OK
        || (status = reflections_read(&scene->reflections, options)) != STATUS_OK
        || (status = interpolation_resolve(options, scene->reflections.known)) != STATUS_OK
        || (status = sources_build(&scene->sources, options, &scene->detector.basis)) != STATUS_OK
        || (status = mosaic_build(&scene->mosaic, options, &scene->shuffle)) != STATUS_OK
        || (status = rotate_cells(scene)) != STATUS_OK)
        return status;
    count_steps(scene);
    return STATUS_OK;
}

void scene_free(struct scene *scene)
{
    mosaic_free(&scene->mosaic);
    reflections_free(&scene->reflections);
    free(scene->phi_cells);
    free(scene->domain_cells);
    scene->phi_cells = scene->domain_cells = NULL;
}
