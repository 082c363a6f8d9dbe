/* Everything a pixel needs, resolved once per run and constant from then on. */
#ifndef BRAGGSCOPE_SCENE_H
#define BRAGGSCOPE_SCENE_H

#include "cell.h"
#include "geometry.h"
#include "mosaic.h"
#include "options.h"
#include "random.h"
#include "reflections.h"
#include "sampling.h"
#include "sources.h"
#include "trace.h"

struct scene {
    double wavelength_m, fluence_per_m2, kahn_factor;
    int nopolar;
    struct detector detector;
    struct cell cell;
    struct phi_scan phi;
    struct random_shuffle shuffle;
    struct mosaic mosaic;
    struct sources sources;
    struct reflections reflections;
    double crystal_cells[3];
    int oversample;
    long long steps; /* evaluations per pixel, the divisor of the final scaling */
    double scale;    /* r_e^2 * fluence */

    triad *phi_cells;    /* a, b, c in metres, one per phi step */
    triad *domain_cells; /* one per phi step and mosaic domain, domain fastest */
};

int scene_build(struct scene *scene, const struct options *options);

/* The run-level lines of a trace, and those of sources, domains and phi steps. */
void scene_trace(const struct scene *scene, const struct trace *trace);

void scene_free(struct scene *scene);

#endif
