/* The rendered image, fast index contiguous. */
#ifndef BRAGGSCOPE_IMAGE_H
#define BRAGGSCOPE_IMAGE_H

#include "pixel.h"
#include "scene.h"

/* A pixel's place in the serial order of the image: slow outer, fast inner. */
struct place {
    int slow, fast;
};

struct image {
    int fpixels, spixels;
    float *float32;
    double *float64;         /* NULL unless asked for */
    double *row_solid_angle; /* per slow index: solid angles summed over sub-pixels */
    /* Run-wide events in serial order; slow is negative where there was none. */
    struct place first_sweep; /* the pixel of the run's first sweep (spec 9.5) */
    struct place fallback;    /* the first pixel that left the table while interpolating */
};

int image_allocate(struct image *image, const struct detector *detector, int with_float64);

/* Renders all pixels of the region of interest; the others stay 0. */
int image_render(struct image *image, const struct scene *scene, int threads, int show_progress);

/* Only finds out what the pixels of a row will find: renders no more than that takes. */
int image_prepare_row(struct image *image, const struct scene *scene, int threads, int slow);

/* What a pixel finds when its turn comes, once the image is rendered. */
struct pixel_start image_start_of(const struct image *image, const struct scene *scene, int slow,
                                  int fast);

void image_free(struct image *image);

#endif
