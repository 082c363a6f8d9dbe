/* braggscope-nanobragg: a diffraction simulator compatible with nanoBragg (see README.md). */
#include "image.h"
#include "messages.h"
#include "options.h"
#include "output.h"
#include "pixel.h"
#include "report.h"
#include "scene.h"
#include "statistics.h"
#include "trace.h"

#include <stdio.h>
#include <string.h>

#ifndef BRAGGSCOPE_VERSION
#define BRAGGSCOPE_VERSION "0.1.0"
#endif

static void print_capabilities(void)
{
#ifdef _OPENMP
    const char *openmp = "true";
#else
    const char *openmp = "false";
#endif
    printf("{\"program\":\"braggscope-nanobragg\",\"version\":\"%s\",\"float64file\":true,"
           "\"trace\":\"complete\",\"openmp\":%s}\n",
           BRAGGSCOPE_VERSION, openmp);
}

static void print_usage(void)
{
    static const char *const lines[] = {
        "usage: braggscope-nanobragg CELL FACTORS [flags]",
        "CELL      -cell a b c alpha beta gamma | -mat FILE",
        "FACTORS   -hkl FILE | -default_F F",
        "crystal   -misset RX RY RZ  -N -Na -Nb -Nc CELLS  -nointerpolate",
        "          -mosaic DEGREES  -mosaic_domains COUNT  -mosaic_seed SEED",
        "beam      -lambda ANGSTROM  -energy EV  -polar KAHN  -nopolar",
        "          -fluence PHOTONS_PER_M2  -flux PHOTONS_PER_S  -exposure S  -beamsize MM",
        "detector  -distance MM  -pixel MM  -detpixels[_f|_s] COUNT  -detsize[_f|_s] MM",
        "          -mosflm -xds -adxv -denzo -dials  -Xbeam -Ybeam MM  -ORGX -ORGY PIXELS",
        "          -roi FAST0 FAST1 SLOW0 SLOW1",
        "scan      -phi -osc -phistep DEGREES  -phisteps COUNT  -oversample COUNT",
        "output    -floatfile FILE  -float64file FILE  -trace_pixel SLOW FAST",
        "          -noprogress  -threads COUNT",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        puts(lines[i]);
    fflush(stdout);
}

/* Spec 2, step 5: a cell and a source of structure factors are the least a run needs. */
static int check_complete(const struct options *options)
{
    int has_cell = options->matrix_file || options->cell[0] > 0.0;
    int has_factors = options->hkl_file || options->default_f != 0.0;
    if (has_cell && has_factors)
        return STATUS_OK;
    print_usage();
    return has_cell ? fail("no structure factors: give -hkl FILE or a -default_F other than 0")
                    : fail("no unit cell: give -cell a b c alpha beta gamma, or -mat FILE");
}

static int check_trace_pixel(const struct options *options, const struct detector *detector)
{
    int slow = options->trace_slow, fast = options->trace_fast;
    if (!options->trace
        || (slow >= 0 && slow < detector->spixels && fast >= 0 && fast < detector->fpixels))
        return STATUS_OK;
    return fail("-trace_pixel %d %d: outside the detector of %d x %d pixels (slow x fast)", slow,
                fast, detector->spixels, detector->fpixels);
}

static void print_trace(const struct options *options, const struct scene *scene)
{
    struct trace trace = {stdout};

    if (!options->trace)
        return;
    scene_trace(scene, &trace);
    if (detector_roi_contains(&scene->detector, options->trace_slow, options->trace_fast))
        pixel_render(scene, options->trace_slow, options->trace_fast, &trace);
    else
        trace_text(&trace, trace_place('P'), "skipped", "roi");
    fflush(stdout);
}

/* The float image is written by default, but not when only the double one is asked for. */
static int list_outputs(struct output outputs[2], const struct options *options,
                        const struct image *image)
{
    size_t pixels = (size_t)image->fpixels * (size_t)image->spixels;
    const char *float_path = options->float_file;
    int count = 0;

    if (!float_path && !options->float64_file)
        float_path = "floatimage.bin";
    if (float_path)
        outputs[count++] = (struct output){"-floatfile",  float_path, image->float32,
                                           sizeof(float), pixels,     "4-byte floats"};
    if (options->float64_file)
        outputs[count++] =
            (struct output){"-float64file", options->float64_file, image->float64, sizeof(double),
                            pixels,         "8-byte floats"};
    return count;
}

static int simulate(const struct options *options, const struct scene *scene, struct image *image)
{
    struct output outputs[2];

    int status = check_trace_pixel(options, &scene->detector);
    if (status == STATUS_OK)
        status = image_allocate(image, &scene->detector, options->float64_file != NULL);
    if (status != STATUS_OK)
        return status;
    int count = list_outputs(outputs, options, image);
    if ((status = output_check(outputs, count)) != STATUS_OK)
        return status;

    report_print(scene);
    image_render(image, scene, options->threads, options->progress);
    print_trace(options, scene);
    statistics_print(image, scene);
    status = output_write(outputs, count);
    if (status == STATUS_OK)
        options_warn_unwritten(options);
    return status;
}

static int run(int argc, char **argv)
{
    struct options options;
    struct scene scene;
    struct image image = {0};

    int status = options_parse(&options, argc, argv);
    if (status == STATUS_OK)
        status = options_refuse_unimplemented(&options);
    if (status == STATUS_OK)
        status = check_complete(&options);
    if (status != STATUS_OK)
        return status;
    status = scene_build(&scene, &options);
    if (status == STATUS_OK)
        status = simulate(&options, &scene, &image);
    image_free(&image);
    scene_free(&scene);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--braggscope-capabilities") == 0) {
        print_capabilities();
        return STATUS_OK;
    }
    return run(argc, argv);
}
