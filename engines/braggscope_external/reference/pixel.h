/* The diffraction into one pixel (spec 9). */
#ifndef BRAGGSCOPE_PIXEL_H
#define BRAGGSCOPE_PIXEL_H

#include "scene.h"
#include "trace.h"

struct pixel_result {
    double photons;
    double solid_angle_sum; /* over sub-pixels, for the statistics */
};

/* With a trace, every step is printed on the way; the result is the same. */
struct pixel_result pixel_render(const struct scene *scene, int slow, int fast,
                                 const struct trace *trace);

/* Kahn's polarisation factor (spec 9.3). */
struct polarisation {
    double cos_2theta, psi, factor;
};

struct polarisation kahn(double kahn_factor, vec3 polar_axis, vec3 incident, vec3 diffracted);

#endif
