#include "image.h"

#include "messages.h"
#include "progress.h"

#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

/* libgomp ends the whole program when the system refuses a thread. */
enum { MAX_THREADS = 256 };

/* One rendering of the image. */
struct rendering {
    struct image *image;
    const struct scene *scene;
    int bounds[4];
    int permanent; /* the first point outside the table ends interpolation (Q39) */
    int *off_from; /* per row: from this fast index on, pixels began without interpolation */
    struct progress progress;
};

static int is_before(struct place a, struct place b)
{
    return a.slow < b.slow || (a.slow == b.slow && a.fast < b.fast);
}

int image_allocate(struct image *image, const struct detector *detector, int with_float64)
{
    size_t pixels = (size_t)detector->fpixels * (size_t)detector->spixels;

    memset(image, 0, sizeof *image);
    image->fpixels = detector->fpixels;
    image->spixels = detector->spixels;
    image->first_sweep.slow = image->fallback.slow = -1;
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

/* The first pixel, in serial order, with an evaluation that is not rejected. Only asked for where
   the first sweep differs from the others. */
static struct place find_first_sweep(const struct scene *scene, const int bounds[4])
{
    struct place none = {-1, -1};

    if (scene->orientations.first_sweep_steps == 0 || scene->sources.count == 0)
        return none;
    for (int slow = bounds[2]; slow <= bounds[3]; slow++)
        for (int fast = bounds[0]; fast <= bounds[1]; fast++)
            if (!detector_masked(&scene->detector, slow, fast)
                && (scene->dmin_m <= 0.0 || !pixel_is_rejected(scene, slow, fast)))
                return (struct place){slow, fast};
    return none;
}

/* The earliest pixel known to have left the table. */
static struct place current_fallback(const struct image *image)
{
    struct place place;
#ifdef _OPENMP
#pragma omp critical(fallback)
#endif
    place = image->fallback;
    return place;
}

static void note_fallback(struct image *image, struct place place)
{
#ifdef _OPENMP
#pragma omp critical(fallback)
#endif
    if (image->fallback.slow < 0 || is_before(place, image->fallback))
        image->fallback = place;
}

static double render_pixel(struct rendering *r, struct place place, struct pixel_start start)
{
    struct image *image = r->image;
    size_t at = (size_t)place.slow * (size_t)image->fpixels + (size_t)place.fast;
    struct pixel_result result = pixel_render(r->scene, place.slow, place.fast, start, NULL, NULL);

    image->float32[at] = (float)result.photons;
    if (image->float64)
        image->float64[at] = result.photons;
    if (result.left_table && r->permanent)
        note_fallback(image, place);
    return result.solid_angle_sum;
}

static int is_first_sweep(const struct image *image, struct place place)
{
    return place.slow == image->first_sweep.slow && place.fast == image->first_sweep.fast;
}

static void render_row(struct rendering *r, int slow)
{
    struct image *image = r->image;
    struct progress_share share = {0};
    struct place place = {slow, 0};
    int interpolate = r->scene->interpolate;
    double solid_angle = 0.0;

    for (place.fast = r->bounds[0]; place.fast <= r->bounds[1]; place.fast++) {
        if (detector_masked(&r->scene->detector, slow, place.fast))
            continue;
        if (interpolate && r->permanent) {
            struct place fallback = current_fallback(image);
            interpolate = fallback.slow < 0 || !is_before(fallback, place);
            if (!interpolate)
                r->off_from[slow] = place.fast;
        }
        struct pixel_start start = {interpolate, is_first_sweep(image, place)};
        solid_angle += render_pixel(r, place, start);
        progress_pixel_done(&r->progress, &share);
    }
    image->row_solid_angle[slow] = solid_angle;
    progress_flush(&r->progress, &share);
}

/* Rows are rendered out of order: some pixels may have begun with interpolation although an earlier
   pixel, rendered later, turned it off. They are few, and rendered once more without it. */
static void correct_row(struct rendering *r, int slow)
{
    struct place place = {slow, 0};

    for (place.fast = r->bounds[0]; place.fast <= r->bounds[1]; place.fast++) {
        if (place.fast >= r->off_from[slow] || !is_before(r->image->fallback, place)
            || detector_masked(&r->scene->detector, slow, place.fast))
            continue;
        struct pixel_start start = {0, is_first_sweep(r->image, place)};
        render_pixel(r, place, start);
    }
}

static int prepare(struct rendering *r, int show_progress)
{
    const struct scene *scene = r->scene;
    int rows = r->image->spixels;

    detector_clipped_roi(&scene->detector, r->bounds);
    r->image->first_sweep = find_first_sweep(scene, r->bounds);
    r->permanent = scene->interpolate
                   && scene->semantics.value[SEM_INTERPOLATION_FALLBACK] == FALLBACK_PERMANENT;
    r->off_from = malloc((size_t)rows * sizeof *r->off_from);
    if (!r->off_from)
        return fail("not enough memory for an image of %d rows", rows);
    for (int slow = 0; slow < rows; slow++)
        r->off_from[slow] = r->bounds[1] + 1;
    r->progress = progress_start(r->bounds, scene->steps, show_progress);
    return STATUS_OK;
}

/* Pixels hardly depend on each other; where they do, the result is that of serial order. */
static void render_rows(struct rendering *r, int last)
{
    struct image *image = r->image;

#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic)
#endif
    for (int slow = r->bounds[2]; slow <= last; slow++)
        render_row(r, slow);
    if (image->fallback.slow < 0)
        return;
    int first = image->fallback.slow + 1;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic)
#endif
    for (int slow = first; slow <= last; slow++)
        correct_row(r, slow);
    warn("interpolation left the table of structure factors at pixel (slow %d, fast %d); from "
         "there on the nearest reflection is taken",
         image->fallback.slow, image->fallback.fast);
}

int image_render(struct image *image, const struct scene *scene, int threads, int show_progress)
{
    struct rendering r = {.image = image, .scene = scene};
    int status = prepare(&r, show_progress);

    set_thread_count(threads);
    if (status == STATUS_OK) {
        render_rows(&r, r.bounds[3]);
        progress_finish(&r.progress);
    }
    free(r.off_from);
    return status;
}

int image_prepare_row(struct image *image, const struct scene *scene, int threads, int slow)
{
    struct rendering r = {.image = image, .scene = scene};
    int status = prepare(&r, 0);

    set_thread_count(threads);
    if (status == STATUS_OK && r.permanent)
        render_rows(&r, slow < r.bounds[3] ? slow : r.bounds[3]);
    free(r.off_from);
    return status;
}

struct pixel_start image_start_of(const struct image *image, const struct scene *scene, int slow,
                                  int fast)
{
    struct place place = {slow, fast};
    struct pixel_start start = {scene->interpolate, is_first_sweep(image, place)};

    if (image->fallback.slow >= 0 && is_before(image->fallback, place))
        start.interpolate = 0;
    return start;
}

void image_free(struct image *image)
{
    free(image->float32);
    free(image->float64);
    free(image->row_solid_angle);
    memset(image, 0, sizeof *image);
}
