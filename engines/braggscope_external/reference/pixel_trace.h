/* The lines that a traced pixel prints on the way (trace.md section 4). */
#ifndef BRAGGSCOPE_PIXEL_TRACE_H
#define BRAGGSCOPE_PIXEL_TRACE_H

#include "factors.h"
#include "pixel.h"
#include "trace.h"

/* One point of the sensor. */
struct sub_pixel {
    vec3 fso; /* fast, slow, depth */
    vec3 flat, position, diffracted;
    double r_m;
    double omega_now, parallax, capture_now; /* only where they are due, or traced */
};

void pixel_trace_sub_pixel(const struct trace *trace, struct trace_place place,
                           const struct scene *scene, const struct sub_pixel *s,
                           const struct factors *factors);
void pixel_trace_source(const struct trace *trace, struct trace_place place, vec3 q, double stol,
                        int rejected);
void pixel_trace_polarisation(const struct trace *trace, struct trace_place place,
                              const struct polarisation *now, double in_force);
/* unrotated: steps below this number see the unrotated cell, in the run's first sweep. */
void pixel_trace_phi(const struct trace *trace, struct trace_place place,
                     const struct scene *scene, int carried, int unrotated);
void pixel_trace_evaluation(const struct trace *trace, struct trace_place place,
                            const struct scene *scene, const struct evaluation *e,
                            const struct factors *factors, double intensity);
void pixel_trace_end(const struct trace *trace, const struct scene *scene,
                     const struct pixel_result *result, const struct factors *factors,
                     long long n_live);

#endif
