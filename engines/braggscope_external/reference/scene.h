/* Everything a pixel needs, resolved once per run and constant from then on. */
#ifndef BRAGGSCOPE_SCENE_H
#define BRAGGSCOPE_SCENE_H

#include "cell.h"
#include "geometry.h"
#include "lattice.h"
#include "mosaic.h"
#include "options.h"
#include "orientations.h"
#include "random.h"
#include "reflections.h"
#include "sampling.h"
#include "sources.h"
#include "trace.h"

struct scene {
    struct semantics semantics;
    double wavelength_m, fluence_per_m2, kahn_factor;
    int nopolar;
    double dmin_m;
    struct detector detector;
    struct sensor sensor;
    struct cell cell;
    struct phi_scan phi;
    struct random_shuffle shuffle;
    struct mosaic mosaic;
    struct sources sources;
    struct reflections reflections;
    struct lattice lattice;
    struct orientations orientations;
    int oversample;
    double sub_pixel_m; /* edge of a sub-pixel */
    int interpolate;
    long long steps; /* evaluations per pixel and layer, the divisor of the final scaling */
    double scale;    /* r_e^2 * fluence */
    double water_m;
    double background; /* I_bg */
    /* Seeds as they enter the generator. */
    int64_t misset_seed, noise_seed;
};

/* The scene may keep pointers into options. */
int scene_build(struct scene *scene, const struct options *options);

/* The run-level lines of a trace, and those of sources, domains and phi steps. */
void scene_trace(const struct scene *scene, const struct trace *trace);

void scene_free(struct scene *scene);

#endif
