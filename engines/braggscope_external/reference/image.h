/* The rendered image, fast index contiguous. */
#ifndef BRAGGSCOPE_IMAGE_H
#define BRAGGSCOPE_IMAGE_H

#include "scene.h"

struct image {
    int fpixels, spixels;
    float *float32;
    double *float64;         /* NULL unless asked for */
    double *row_solid_angle; /* per slow index: solid angles summed over sub-pixels */
};

int image_allocate(struct image *image, const struct detector *detector, int with_float64);

/* Renders all pixels of the region of interest; the others stay 0. */
void image_render(struct image *image, const struct scene *scene, int threads, int show_progress);

void image_free(struct image *image);

#endif
