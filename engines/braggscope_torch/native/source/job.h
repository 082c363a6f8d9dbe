/* What the kernel is told of a run: the mirror of job.py. Vectors are lab frame, lengths in m. */
#ifndef BRAGGSCOPE_JOB_H
#define BRAGGSCOPE_JOB_H

#include <stdint.h>

/* Terms of the polynomial that is sin(N x)/sin(x) of few cells. */
enum { MOST_TERMS = 6 };

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
    /* The first sweep of a run sees other cells (spec Q19); pixel -1: it does not. */
    const double *first_cells_m;
    int64_t first_slow, first_fast;
    int32_t first_layer, first_v, first_u, first_source;
    double reciprocal_per_A[3][3];
    double n_cells[3];
    double whole_cells[3];        /* n_cells, but 1 where it is less */
    double ratio[3][MOST_TERMS];  /* of few cells, highest power first */
    float ratio_single[3][MOST_TERMS];
    int32_t ratio_terms;          /* 0: there are many cells */
    int32_t even[3];
    double fudge;
    /* What h, k and l must be off a reflection for the rounding of nanoBragg's sines not to show. */
    double delicate;
    int32_t shape, per_axis_radius;
    /* structure factors */
    const double *factors; /* [sizes[0] + 2][sizes[1] + 2][sizes[2] + 2] with a border of
                              default_f, or NULL */
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
