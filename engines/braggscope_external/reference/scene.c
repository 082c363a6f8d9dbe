#include "scene.h"

#include "constants.h"
#include "limits.h"
#include "messages.h"

#include <math.h>
#include <string.h>
#include <time.h>

/* Spec 3.3: flux beats fluence, in any order. */
static int resolve_fluence(struct scene *scene, const struct beam_options *beam)
{
    double exposure_s = beam->exposure_s, beamsize_m = beam->beamsize_m;
    int status = STATUS_OK;

    scene->fluence_per_m2 = beam->fluence_per_m2;
    if (beam->flux_per_s != 0.0 && exposure_s > 0.0 && beamsize_m >= 0.0)
        scene->fluence_per_m2 = beam->flux_per_s * exposure_s / beamsize_m / beamsize_m;
    if (!isfinite(scene->fluence_per_m2))
        return fail(
            "-flux/-exposure/-beamsize: the fluence is not finite; give a beam size above 0");
    if (scene->fluence_per_m2 < 0.0)
        status = doubt("-fluence/-flux: a fluence is not negative (%g)", scene->fluence_per_m2);
    scene->scale = CLASSICAL_RADIUS_SQUARED_M2 * scene->fluence_per_m2;
    return status;
}

static int resolve_beam(struct scene *scene, const struct options *options)
{
    const struct beam_options *beam = &options->beam;

    if (!(beam->wavelength_m > 0.0 && isfinite(beam->wavelength_m)))
        return fail("-lambda: the wavelength must be positive (%g Angstrom)",
                    beam->wavelength_m * ANGSTROMS_PER_METRE);
    scene->wavelength_m = beam->wavelength_m;
    scene->kahn_factor = beam->kahn_factor;
    scene->nopolar = beam->nopolar;
    scene->dmin_m = options->dmin_m;
    return resolve_fluence(scene, beam);
}

/* Unset seeds follow the wall clock (spec 3.10). */
static void resolve_seeds(struct scene *scene, const struct options *options)
{
    int64_t now = (int64_t)time(NULL);
    const struct seed_request *misset = &options->crystal.misset_seed;
    const struct seed_request *noise = &options->output.seed;

    scene->misset_seed = misset->given ? -(int64_t)misset->value : -now;
    scene->noise_seed = noise->given ? -(int64_t)noise->value : -now;
}

static int count_steps(struct scene *scene)
{
    double sub_pixels = (double)scene->oversample * scene->oversample;
    double steps = (double)scene->sources.count * scene->mosaic.domains * scene->phi.steps
                   * sub_pixels;

    if (steps * scene->sensor.layers > MAX_EVALUATIONS_PER_PIXEL)
        return fail("-oversample/-phisteps/-mosaic_domains/-detector_thicksteps: %g steps per "
                    "pixel are more than this program takes (%g)",
                    steps * scene->sensor.layers, MAX_EVALUATIONS_PER_PIXEL);
    scene->steps = (long long)steps;
    return STATUS_OK;
}

/* Spec 9.4, and docs/semantics.md for the right scale. */
static int resolve_water(struct scene *scene, const struct options *options)
{
    double w = options->crystal.water_m;

    scene->water_m = w;
    if (scene->semantics.value[SEM_WATER_SCALE] == WATER_ONCE)
        scene->background = 2.57 * 2.57 * w * w * w * 1e6 * AVOGADRO_PER_MOL / 18.0
                            * (double)scene->steps;
    else
        scene->background = 2.57 * 2.57 * CLASSICAL_RADIUS_SQUARED_M2 * scene->fluence_per_m2 * w
                            * w * w * 1e6 * AVOGADRO_PER_MOL / 18.0;
    return isfinite(scene->background) ? STATUS_OK : fail("-water: too much water to count");
}

static int build_lattice(struct scene *scene, const struct options *options)
{
    struct lattice *lattice = &scene->lattice;

    lattice->shape = options->crystal.shape;
    lattice->fudge = options->crystal.fudge;
    lattice->recip = scene->cell.recip_regenerated;
    lattice->per_axis = scene->semantics.value[SEM_SPOT_RADIUS] == RADIUS_PER_AXIS;
    return crystal_cells_resolve(lattice->cells, options, &scene->cell);
}

/* Cell, size, sub-pixels and structure factors (steps 8 and 9 of spec 2). */
static int build_crystal(struct scene *scene, const struct options *options)
{
    int status;

    scene->interpolate = interpolation_resolve(options);
    if ((status = cell_build(&scene->cell, options, scene->misset_seed, &scene->shuffle))
            != STATUS_OK
        || (status = build_lattice(scene, options)) != STATUS_OK
        || (status = oversample_resolve(&scene->oversample, options, &scene->cell,
                                        scene->lattice.cells, &scene->detector))
               != STATUS_OK
        || (status = reflections_read(&scene->reflections, options)) != STATUS_OK)
        return status;
    scene->sub_pixel_m = scene->detector.pixel_m / scene->oversample;
    if (scene->reflections.known == 0)
        scene->interpolate = 0;
    return STATUS_OK;
}

/* The order is that of spec 2; a later step uses what an earlier one has resolved. */
int scene_build(struct scene *scene, const struct options *options)
{
    int status;

    memset(scene, 0, sizeof *scene);
    scene->semantics = options->semantics;
    int carry_over = scene->semantics.value[SEM_PHI_CARRY_OVER] == CARRY_OVER_ON;
    resolve_seeds(scene, options);
    if ((status = resolve_beam(scene, options)) != STATUS_OK
        || (status = phi_scan_resolve(&scene->phi, options)) != STATUS_OK
        || (status = sensor_resolve(&scene->sensor, options)) != STATUS_OK
        || (status = detector_build(&scene->detector, options)) != STATUS_OK
        || (status = build_crystal(scene, options)) != STATUS_OK
        || (status = sources_build(&scene->sources, options, &scene->detector)) != STATUS_OK
        || (status = mosaic_build(&scene->mosaic, options, &scene->shuffle)) != STATUS_OK
        || (status = count_steps(scene)) != STATUS_OK
        || (status = resolve_water(scene, options)) != STATUS_OK)
        return status;
    return orientations_build(&scene->orientations, &scene->cell.direct_m,
                              scene->detector.basis.spindle, &scene->phi, &scene->mosaic,
                              carry_over);
}

void scene_free(struct scene *scene)
{
    mosaic_free(&scene->mosaic);
    reflections_free(&scene->reflections);
    sources_free(&scene->sources);
    orientations_free(&scene->orientations);
}
