#include "image.h"

#include "messages.h"
#include "pixel.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* libgomp ends the whole program when the system refuses a thread. */
enum { MAX_THREADS = 256 };

int image_allocate(struct image *image, const struct detector *detector, int with_float64)
{
    size_t pixels = (size_t)detector->fpixels * (size_t)detector->spixels;

    memset(image, 0, sizeof *image);
    image->fpixels = detector->fpixels;
    image->spixels = detector->spixels;
    image->float32 = calloc(pixels, sizeof *image->float32);
    image->row_solid_angle = calloc((size_t)detector->spixels, sizeof *image->row_solid_angle);
    if (with_float64)
        image->float64 = calloc(pixels, sizeof *image->float64);
    if (!image->float32 || !image->row_solid_angle || (with_float64 && !image->float64))
        return fail("not enough memory for an image of %d x %d pixels", detector->fpixels,
                    detector->spixels);
    return STATUS_OK;
}

static void set_thread_count(int threads)
{
#ifdef _OPENMP
    if (threads > 0)
        omp_set_num_threads(threads < MAX_THREADS ? threads : MAX_THREADS);
#else
    (void)threads;
#endif
}

static void render_row(struct image *image, const struct scene *scene, int slow,
                       const int bounds[4], struct progress *progress)
{
    struct progress_share share = {0};
    double solid_angle = 0.0;

    for (int fast = bounds[0]; fast <= bounds[1]; fast++) {
        size_t at = (size_t)slow * (size_t)image->fpixels + (size_t)fast;
        struct pixel_result result = pixel_render(scene, slow, fast, NULL);
        image->float32[at] = (float)result.photons;
        if (image->float64)
            image->float64[at] = result.photons;
        solid_angle += result.solid_angle_sum;
        progress_pixel_done(progress, &share);
    }
    image->row_solid_angle[slow] = solid_angle;
    progress_flush(progress, &share);
}

void image_render(struct image *image, const struct scene *scene, int threads, int show_progress)
{
    int bounds[4];
    detector_clipped_roi(&scene->detector, bounds);
    struct progress progress = progress_start(bounds, scene->steps, show_progress);

    /* Pixels are independent of each other, so the image does not depend on who renders which row.
     */
    set_thread_count(threads);
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic)
#endif
    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        render_row(image, scene, slow, bounds, &progress);
    progress_finish(&progress);
}

void image_free(struct image *image)
{
    free(image->float32);
    free(image->float64);
    free(image->row_solid_angle);
    memset(image, 0, sizeof *image);
}
