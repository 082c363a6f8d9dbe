/* What the kernel is told of a run: the mirror of job.py. Vectors are lab frame, lengths in m. */
#ifndef BRAGGSCOPE_JOB_H
#define BRAGGSCOPE_JOB_H

#include <stdint.h>

/* Bits of a whole number of cells below its highest one: the doublings that lead to it. */
enum { MOST_BITS = 62 };

enum shape { SHAPE_SQUARE, SHAPE_ROUND, SHAPE_GAUSS, SHAPE_TOPHAT };
enum rule { RULE_FIRST, RULE_LAST, RULE_MEAN, RULE_PER_EVALUATION };
/* Where structure factors come from; SCAN looks for evaluations that cannot be interpolated. */
enum lookup { LOOKUP_CONSTANT, LOOKUP_NEAREST, LOOKUP_TRICUBIC, LOOKUP_SCAN };

struct job {
    /* detector */
    double fast[3], slow[3], normal[3], pix0_m[3];
    double pixel_m, close_distance_m;
    double layer_thickness_m, attenuation_per_m;
    const double *depth_m; /* [layers] */
    const uint8_t *mask;   /* [slow_pixels · fast_pixels], 0 is left out; NULL: no mask */
    int64_t fast_pixels;
    int64_t roi_fast_min, roi_slow_min, roi_width;
    int32_t layers, oversample;
    int32_t point_pixel, thick;
    /* beam */
    const double *incident;     /* [sources][3] */
    const double *wavelength_m; /* [sources] */
    const double *weight;       /* [sources] */
    const double *magnetic;     /* [sources][3] B of the Kahn factor */
    const double *electric;     /* [sources][3] E of the Kahn factor */
    double kahn_factor, dmin_m;
    int32_t sources, polarized;
    /* crystal */
    const double *cells_m; /* [orientations][3][3] rows a, b, c */
    int64_t orientations;
    double reciprocal_per_A[3][3];
    double n_cells[3];
    int64_t doublings[3]; /* how many; 0 where one cell or none is across */
    uint8_t odd[3][MOST_BITS];
    double fudge;
    int32_t shape, per_axis_radius;
    /* structure factors */
    const double *factors; /* [sizes[0]][sizes[1]][sizes[2]], or NULL */
    int64_t low[3], sizes[3];
    double default_f;
    int32_t lookup;
    /* what becomes of it */
    int32_t omega_rule, polarization_rule, capture_rule;
    double background, scale, steps;
    double *image64; /* [slow_pixels · fast_pixels], or NULL */
    float *image32;
    const int32_t *cancelled; /* set from outside: the work ends soon */
};

/* A stretch of the region of interest, in raster order: what it gave.
   Not finite: pixels whose value is NaN or infinite. Found: the first pixel, counted in the region,
   of which an evaluation cannot be interpolated (LOOKUP_SCAN), or -1. */
struct outcome {
    int64_t not_finite, found;
};

#endif
