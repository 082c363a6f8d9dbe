#include "run.h"

#include "constants.h"
#include "image.h"
#include "integer_image.h"
#include "messages.h"
#include "output.h"
#include "pixel.h"
#include "pixel_list.h"
#include "printout.h"
#include "report.h"
#include "statistics.h"
#include "trace.h"

#include <stdio.h>

/* The files of a run, and what they are written from. */
struct files {
    struct output output[MAX_OUTPUTS];
    int count;
    struct integer_images integer_images;
    struct image *image;
};

static size_t pixel_count(const struct image *image)
{
    return (size_t)image->fpixels * (size_t)image->spixels;
}

static int write_float32(FILE *stream, void *context)
{
    const struct image *image = context;
    return fwrite(image->float32, sizeof *image->float32, pixel_count(image), stream)
           == pixel_count(image);
}

static int write_float64(FILE *stream, void *context)
{
    const struct image *image = context;
    return fwrite(image->float64, sizeof *image->float64, pixel_count(image), stream)
           == pixel_count(image);
}

static int write_dump(FILE *stream, void *context)
{
    return dump_write(stream, context);
}

static void add(struct files *files, const char *flag, const char *path, const char *default_path,
                int (*write)(FILE *, void *), void *context)
{
    struct output output = {.flag = flag,
                            .path = path ? path : default_path,
                            .write = write,
                            .context = context};
    files->output[files->count++] = output;
}

/* Like nanoBragg, all images are written under default names unless told otherwise (spec 11). */
static void list_files(struct files *files, const struct options *options,
                       const struct scene *scene)
{
    const struct output_options *o = &options->output;
    void *integers = &files->integer_images;

    if (!o->no_float)
        add(files, "-floatfile", o->float_file, "floatimage.bin", write_float32, files->image);
    if (o->float64_file)
        add(files, "-float64file", o->float64_file, NULL, write_float64, files->image);
    if (!o->no_int)
        add(files, "-intfile", o->int_file, "intimage.img", integer_image_write, integers);
    if (!o->no_pgm)
        add(files, "-pgmfile", o->pgm_file, "image.pgm", pgm_image_write, integers);
    if (!o->no_noise)
        add(files, "-noisefile", o->noise_file, "noiseimage.img", noise_image_write, integers);
    if (options->crystal.hkl_file && options->crystal.use_dump) {
        add(files, "-dump", options->crystal.dump_file, NULL, write_dump,
            (void *)&scene->reflections);
        /* A folder that cannot be written to is no reason to refuse a run that names its files. */
        files->output[files->count - 1].optional = 1;
    }
}

/* The lines of spec 10, in nanoBragg's order. */
static void print_results(const struct files *files, const struct statistics *s)
{
    const struct integer_images *images = &files->integer_images;
    unsigned long long pixels = pixel_count(files->image);

    for (int i = 0; i < files->count; i++)
        if (files->output[i].write == write_dump && !files->output[i].skipped)
            printf("writing dump file for next time: %s\n", files->output[i].path);
    printf("\nsolid angle subtended by detector = %g steradian ( %g%% sphere)\n", s->solid_angle,
           100.0 * s->solid_angle / (4.0 * PI));
    for (int i = 0; i < files->count; i++) {
        const struct output *o = &files->output[i];
        if (o->write == write_float32)
            printf("writing %s as %llu 4-byte floats\n", o->path, pixels);
        else if (o->write == write_float64)
            printf("writing %s as %llu 8-byte floats\n", o->path, pixels);
    }
    printf("max_I = %g  at %g %g\n", s->max, s->max_fast_m, s->max_slow_m);
    printf("mean= %g rms= %g rmsd= %g\n", s->mean, s->rms, s->rmsd);
    printf("intfile_scale = %g\n", images->int_scale);
    for (int i = 0; i < files->count; i++) {
        const struct output *o = &files->output[i];
        if (o->write == integer_image_write)
            printf("writing %s as 2-byte integers\n", o->path);
        else if (o->write == pgm_image_write)
            printf("pgm_scale = %g\nwriting %s as 1-byte integers\n", images->pgm_scale, o->path);
        else if (o->write == noise_image_write)
            printf("%.0f photons on noise image (%lld overloads)\nwriting %s as 2-byte integers\n",
                   images->photons, images->overloads, o->path);
    }
}

static int check_pixel(const char *flag, int slow, int fast, const struct detector *detector)
{
    if (slow >= 0 && slow < detector->spixels && fast >= 0 && fast < detector->fpixels)
        return STATUS_OK;
    return fail("%s %d %d: outside the detector of %d x %d pixels (slow x fast)", flag, slow, fast,
                detector->spixels, detector->fpixels);
}

static void print_pixel(const struct trace *trace, const struct scene *scene,
                        const struct image *image, int slow, int fast)
{
    if (!detector_roi_contains(&scene->detector, slow, fast))
        trace_text(trace, trace_place('P'), "skipped", "roi");
    else if (detector_masked(&scene->detector, slow, fast))
        trace_text(trace, trace_place('P'), "skipped", "mask");
    else
        pixel_render(scene, slow, fast, image_start_of(image, scene, slow, fast), trace, NULL);
}

static void print_trace(const struct output_options *output, const struct scene *scene,
                        const struct image *image)
{
    struct trace trace = {stdout, scene->sensor.layers};

    if (!output->trace)
        return;
    scene_trace(scene, &trace);
    print_pixel(&trace, scene, image, output->trace_slow, output->trace_fast);
    fflush(stdout);
}

/* The pixels of -trace_list, one after the other: what belongs to the run is printed once. */
static int trace_pixels(const struct options *options, const struct scene *scene,
                        struct image *image)
{
    const struct detector *detector = &scene->detector;
    struct trace trace = {stdout, scene->sensor.layers};
    struct pixel_list list;

    int status = pixel_list_read(&list, options->output.trace_list);
    for (size_t i = 0; i < list.count && status == STATUS_OK; i++)
        status = check_pixel("-trace_list", list.slow[i], list.fast[i], detector);
    if (status == STATUS_OK)
        status = image_prepare_row(image, scene, options->threads, pixel_list_last_row(&list));
    if (status == STATUS_OK) {
        scene_trace(scene, &trace);
        for (size_t i = 0; i < list.count; i++) {
            printf("TRACE2 level=P pixel %d %d\n", list.slow[i], list.fast[i]);
            print_pixel(&trace, scene, image, list.slow[i], list.fast[i]);
        }
        fflush(stdout);
    }
    pixel_list_free(&list);
    return status;
}

static int render_and_write(const struct options *options, const struct scene *scene,
                            struct files *files)
{
    const struct output_options *output = &options->output;
    struct image *image = files->image;

    report_print(scene);
    int status = image_render(image, scene, options->threads,
                              output->progress && !output->printout);
    if (status != STATUS_OK)
        return status;
    print_trace(output, scene, image);
    printout_print(image, scene, options);
    struct statistics statistics = statistics_of(image, scene);
    files->integer_images = integer_images_prepare(image, scene, options, &statistics);
    status = outputs_write(files->output, files->count);
    if (status != STATUS_OK)
        return status;
    print_results(files, &statistics);
    if (statistics.not_finite > 0)
        warn("%lld pixels are not finite numbers; look for extreme values on the command line",
             statistics.not_finite);
    return STATUS_OK;
}

int run_simulation(const struct options *options, const struct scene *scene)
{
    struct image image = {0};
    struct files files = {.image = &image};

    const struct output_options *output = &options->output;
    int status = STATUS_OK;
    if (output->trace)
        status = check_pixel("-trace_pixel", output->trace_slow, output->trace_fast,
                             &scene->detector);
    if (status == STATUS_OK)
        status = image_allocate(&image, &scene->detector, output->float64_file != NULL);
    if (status == STATUS_OK && output->trace_list) {
        status = trace_pixels(options, scene, &image);
        image_free(&image);
        return status;
    }
    if (status == STATUS_OK && output->trace && output->trace_only) {
        status = image_prepare_row(&image, scene, options->threads, output->trace_slow);
        if (status == STATUS_OK)
            print_trace(output, scene, &image);
        image_free(&image);
        return status;
    }
    if (status == STATUS_OK) {
        list_files(&files, options, scene);
        status = outputs_check(files.output, files.count);
    }
    if (status == STATUS_OK)
        status = render_and_write(options, scene, &files);
    outputs_free(files.output, files.count);
    image_free(&image);
    return status;
}
