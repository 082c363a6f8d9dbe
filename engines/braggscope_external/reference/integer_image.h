/* Images of whole numbers: integer, noise and PGM (spec 11 and 13). */
#ifndef BRAGGSCOPE_INTEGER_IMAGE_H
#define BRAGGSCOPE_INTEGER_IMAGE_H

#include "image.h"
#include "statistics.h"

#include <stdio.h>

/* What the writers need, and what they find out. */
struct integer_images {
    const struct image *image;
    const struct scene *scene;
    double int_scale, pgm_scale, adc;
    double photons; /* on the noise image */
    long long overloads;
};

/* The scales as given, or chosen from the image. */
struct integer_images integer_images_prepare(const struct image *image, const struct scene *scene,
                                             const struct options *options,
                                             const struct statistics *statistics);

/* Writers for struct output; the context is a struct integer_images. */
int integer_image_write(FILE *stream, void *context);
int noise_image_write(FILE *stream, void *context);
int pgm_image_write(FILE *stream, void *context);

#endif
