#include "report.h"

#include "constants.h"

#include <stdio.h>

static void print_detector(const struct detector *d)
{
    printf("%s convention, detector pivots around the %s\n", d->convention,
           d->pivot_is_sample ? "sample" : "direct beam spot");
    printf("detector: %d x %d pixels of %g m (fast x slow), %g x %g m%s%s\n", d->fpixels,
           d->spixels, d->pixel_m, d->detsize_f_m, d->detsize_s_m, d->curved ? ", curved" : "",
           d->mask ? ", masked" : "");
    printf("distance= %g close_distance= %g Fbeam= %g Sbeam= %g Fclose= %g Sclose= %g m\n",
           d->distance_m, d->close_distance_m, d->fbeam_m, d->sbeam_m, d->fclose_m, d->sclose_m);
    printf("roi: %d <= fast <= %d, %d <= slow <= %d\n", d->roi[0], d->roi[1], d->roi[2], d->roi[3]);
}

static void print_vectors(const char *title, const triad *t)
{
    printf("%s\n", title);
    for (int i = 0; i < 3; i++)
        printf("  %c: %.8f %.8f %.8f\n", "abc"[i], t->v[i].x, t->v[i].y, t->v[i].z);
}

static void print_crystal(const struct scene *scene)
{
    static const char *const shapes[] = {"square", "round", "gaussian", "tophat"};
    const struct lattice *lattice = &scene->lattice;

    printf("cell volume = %g A^3\n", scene->cell.volume);
    print_vectors("real-space cell vectors (Angstrom), x y z:", &scene->cell.direct_angstrom);
    print_vectors("reciprocal-space cell vectors (1/Angstrom), x y z:",
                  &scene->cell.recip_regenerated);
    printf("crystal: %g x %g x %g cells, %s\n", lattice->cells[0], lattice->cells[1],
           lattice->cells[2], shapes[lattice->shape]);
    printf("%lld reflections known, all others = %g%s\n", scene->reflections.known,
           scene->reflections.default_f, scene->interpolate ? ", interpolated" : "");
}

void report_print(const struct scene *scene)
{
    print_detector(&scene->detector);
    print_crystal(scene);
    printf("wavelength= %g m, Kahn factor= %g%s, fluence= %g photons/m^2\n", scene->wavelength_m,
           scene->kahn_factor, scene->nopolar ? " (not used)" : "", scene->fluence_per_m2);
    printf("sensor: %g m thick in %d layers, attenuation= %g 1/m\n", scene->sensor.thickness_m,
           scene->sensor.layers, scene->sensor.attenuation_per_m);
    printf("%d sources, %d mosaic domains over %g degrees, %d phi steps from %g degrees, %dx%d "
           "sub-pixels\n",
           scene->sources.count, scene->mosaic.domains,
           scene->mosaic.spread_rad * DEGREES_PER_RADIAN, scene->phi.steps,
           scene->phi.start_rad * DEGREES_PER_RADIAN, scene->oversample, scene->oversample);
    /* What was taken from the wall clock can be given again. */
    printf("seeds: misset %lld, mosaic %lld, noise %lld\n", (long long)-scene->misset_seed,
           (long long)-scene->mosaic.seed, (long long)-scene->noise_seed);
    for (int i = 0; i < SEM_COUNT; i++)
        if (scene->semantics.value[i] != 0)
            printf("semantics: %s=%s\n", semantics_name((enum semantic_option)i),
                   semantics_value(&scene->semantics, (enum semantic_option)i));
    fflush(stdout);
}
