/* The diffraction into one pixel (spec 9). */
#ifndef BRAGGSCOPE_PIXEL_H
#define BRAGGSCOPE_PIXEL_H

#include "scene.h"
#include "trace.h"

/* Where a pixel stands in the run: what earlier pixels have left behind. */
struct pixel_start {
    int interpolate; /* the switch that the first evaluation outside the table turns off (Q39) */
    int first_sweep; /* the run's first sweep over phi is in this pixel (spec 9.5) */
};

/* One phi step and mosaic domain. */
struct evaluation {
    vec3 hkl, hkl0;
    struct lattice_factor lattice;
    int live;        /* not skipped for a lattice factor of zero */
    int interpolate; /* was the switch on before it? */
    double f_cell, term;
};

struct pixel_result {
    double photons;
    double intensity;
    double polar, omega, capture; /* applied after the loop, else the last ones */
    double solid_angle_sum;       /* over sub-pixels, for the statistics */
    int left_table;               /* an evaluation could not be interpolated */
    vec3 position; /* of the last sub-pixel */
    double stol;   /* of the last source there */
};

/* With a trace, every step is printed on the way; the result is the same. `last`, if not NULL,
   receives the last evaluation, unless all were beyond the resolution limit. */
struct pixel_result pixel_render(const struct scene *scene, int slow, int fast,
                                 struct pixel_start start, const struct trace *trace,
                                 struct evaluation *last);

/* Does every evaluation of the pixel lie beyond the resolution limit? */
int pixel_is_rejected(const struct scene *scene, int slow, int fast);

#endif
