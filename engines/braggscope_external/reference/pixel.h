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

/* The last evaluation, for -printout. */
struct pixel_last {
    vec3 position;
    double stol;
    vec3 hkl;
    double f_cell, f_latt;
};

struct pixel_result {
    double photons;
    double intensity;
    double polar, omega, capture; /* applied after the loop, else the last ones */
    double solid_angle_sum;       /* over sub-pixels, for the statistics */
    int left_table;               /* an evaluation could not be interpolated */
    struct pixel_last last;
};

/* With a trace, every step is printed on the way; the result is the same. */
struct pixel_result pixel_render(const struct scene *scene, int slow, int fast,
                                 struct pixel_start start, const struct trace *trace);

/* Does every evaluation of the pixel lie beyond the resolution limit? */
int pixel_is_rejected(const struct scene *scene, int slow, int fast);

#endif
