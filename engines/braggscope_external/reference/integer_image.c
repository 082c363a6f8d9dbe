#include "integer_image.h"

#include "smv.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

struct integer_images integer_images_prepare(const struct image *image, const struct scene *scene,
                                             const struct options *options,
                                             const struct statistics *s)
{
    struct integer_images images = {.image = image, .scene = scene};

    images.adc = options->output.adc;
    images.int_scale = options->output.int_scale;
    if (!(images.int_scale > 0.0))
        images.int_scale = s->max > 0.0 ? 55000.0 / s->max : 1.0;
    images.pgm_scale = options->output.pgm_scale;
    if (!(images.pgm_scale > 0.0))
        images.pgm_scale = s->rmsd > 0.0 ? 250.0 / (5.0 * s->rmsd) : images.int_scale;
    return images;
}

static uint16_t scaled(const struct integer_images *images, float value, void *unused)
{
    double t = value * images->int_scale + images->adc;
    (void)unused;
    if (!(t > 0.0)) /* NaN too */
        t = 0.0;
    if (t > 65535.0)
        t = 65535.0;
    return (uint16_t)floorf((float)(t + 0.5));
}

struct noise_state {
    struct random_shuffle shuffle;
    struct random_noise noise;
    struct integer_images *images;
};

/* Spec 13; a negative count wraps (Q55). */
static uint16_t noisy(const struct integer_images *unused, float value, void *context)
{
    struct noise_state *state = context;
    (void)unused;
    double t = random_poisson(&state->noise, value);
    state->images->photons += t;
    t += state->images->adc;
    if (t > 65535.0) {
        t = 65535.0;
        state->images->overloads++;
    }
    /* Outside this range the conversion to a whole number is undefined. */
    return t > -2147483648.0 ? (uint16_t)(int32_t)t : 0;
}

/* Pixels in raster order; 0 outside the region of interest. Masked pixels are within (Q50). */
static int write_pixels(FILE *stream, const struct integer_images *images,
                        uint16_t (*convert)(const struct integer_images *, float, void *),
                        void *context)
{
    const struct image *image = images->image;
    size_t width = (size_t)image->fpixels;
    uint16_t *row = malloc(width * sizeof *row);
    int complete = row != NULL;

    for (int slow = 0; slow < image->spixels && complete; slow++) {
        const float *values = image->float32 + (size_t)slow * width;
        for (int fast = 0; fast < image->fpixels; fast++)
            row[fast] = detector_roi_contains(&images->scene->detector, slow, fast)
                            ? convert(images, values[fast], context)
                            : 0;
        complete = fwrite(row, sizeof *row, width, stream) == width;
    }
    free(row);
    return complete;
}

int integer_image_write(FILE *stream, void *context)
{
    struct integer_images *images = context;
    return smv_write_header(stream, images->scene) && write_pixels(stream, images, scaled, NULL);
}

int noise_image_write(FILE *stream, void *context)
{
    struct integer_images *images = context;
    struct noise_state state = {.shuffle = images->scene->shuffle, .images = images};

    state.noise.shuffle = &state.shuffle;
    state.noise.seed = images->scene->noise_seed;
    images->photons = 0.0;
    images->overloads = 0;
    return smv_write_header(stream, images->scene) && write_pixels(stream, images, noisy, &state);
}

/* A negative value wraps as in the original; one that is not a number has no grey. */
static unsigned char grey(double t)
{
    if (t > 255.0)
        return 255;
    return t > -2147483648.0 ? (unsigned char)(int)t : 0;
}

int pgm_image_write(FILE *stream, void *context)
{
    const struct integer_images *images = context;
    const struct image *image = images->image;

    fprintf(stream, "P5\n%d %d\n# pixels scaled by %g\n255\n", image->fpixels, image->spixels,
            images->pgm_scale);
    for (int slow = 0; slow < image->spixels; slow++)
        for (int fast = 0; fast < image->fpixels; fast++) {
            float value = image->float32[(size_t)slow * (size_t)image->fpixels + (size_t)fast];
            int inside = detector_roi_contains(&images->scene->detector, slow, fast);
            putc(inside ? grey(value * images->pgm_scale) : 0, stream);
        }
    return !ferror(stream);
}
