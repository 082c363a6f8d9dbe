/* Flags that lose to others, or whose turn never comes: nanoBragg is silent about them. */
#include "flags.h"
#include "messages.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* The last argument that a rule with this text takes, or NULL. */
static const char *given(int argc, char **argv, const char *text)
{
    const char *last = NULL;
    for (size_t r = 0; r < flag_rule_count; r++)
        for (int i = 1; i < argc && strcmp(flag_rules[r].text, text) == 0; i++)
            if (argv[i][0] == '-' && flag_matches(&flag_rules[r], argv[i]))
                last = argv[i];
    return last;
}

/* Every flag of the list (up to a NULL) that was given is doubted with the same reason. */
static int doubt_each(int argc, char **argv, const char *const texts[], const char *reason)
{
    int status = STATUS_OK;
    for (int i = 0; texts[i] && status == STATUS_OK; i++) {
        const char *flag = given(argc, argv, texts[i]);
        if (flag)
            status = doubt("%s: has no effect, %s", flag, reason);
    }
    return status;
}

static int check_geometry(const struct detector_options *d, int argc, char **argv)
{
    static const char *const sizes[] = {"-detsize", "-detsize_f", "-detsize_s", NULL};
    static const char *const near[] = {"-Xclose", "-Yclose", "-ORGX", "-ORGY", NULL};
    static const char *const beam[] = {"-Xbeam", "-Ybeam", "-Xclose", "-Yclose", NULL};
    static const char *const pivot[] = {"-pivot", NULL};
    static const char *const distance[] = {"-distance", NULL};
    static const char *const corner[] = {"-pix0_vector", NULL};
    int status = STATUS_OK;

    if (d->detpixels[0] && d->detpixels[1])
        status = doubt_each(argc, argv, sizes, "as the numbers of pixels are given");
    if (status == STATUS_OK && !isnan(d->close_distance_m))
        status = doubt_each(argc, argv, distance, "as the close distance is given");
    if (status == STATUS_OK)
        status = doubt_each(argc, argv, corner,
                            "except that it selects the CUSTOM convention");
    if (status != STATUS_OK || d->convention == CUSTOM)
        return status;
    status = doubt_each(argc, argv, pivot, "as the convention fixes the pivot");
    if (status != STATUS_OK)
        return status;
    if (d->convention == XDS || d->convention == DIALS)
        return doubt_each(argc, argv, beam,
                          "except in headers: this convention uses -ORGX and -ORGY");
    return doubt_each(argc, argv, near, "as this convention uses -Xbeam and -Ybeam");
}

static int check_vectors(const struct detector_options *d, int argc, char **argv)
{
    static const char *const vectors[] = {"-fdet_vector",  "-sdet_vector",   "-odet_vector",
                                          "-beam_vector",  "-polar_vector",  "-spindle_axis",
                                          "-twotheta_axis", NULL};
    if (d->convention == CUSTOM)
        return STATUS_OK;
    return doubt_each(argc, argv, vectors, "as a convention was selected after it");
}

static int check_beam(const struct options *options, int argc, char **argv)
{
    static const char *const grid[] = {"-divergence", "-hdivrange", "-vdivrange", "-hdivstep",
                                       "-vdivstep",   "-hdivsteps", "-vdivsteps", "-divsteps",
                                       "-dispersion", "-dispsteps", NULL};
    static const char *const fluence[] = {"-fluence", NULL};
    const struct beam_options *beam = &options->beam;
    int status = STATUS_OK;

    if (beam->source_file)
        status = doubt_each(argc, argv, grid, "as the sources come from -sourcefile");
    if (status == STATUS_OK && beam->flux_per_s != 0.0 && beam->exposure_s > 0.0
        && beam->beamsize_m >= 0.0)
        status = doubt_each(argc, argv, fluence, "as -flux is given");
    return status;
}

static int check_crystal(const struct options *options, int argc, char **argv)
{
    static const char *const fudge[] = {"-fudge", NULL};
    static const char *const idle[] = {"-density", "-sample_den", "-MW", "-molec", "-coherent",
                                       "-stolout", "-stol", "-4stol", "-Q", NULL};
    int status = STATUS_OK;

    if (options->crystal.shape == SHAPE_SQUARE)
        status = doubt_each(argc, argv, fudge, "as the crystal is square");
    if (status == STATUS_OK)
        status = doubt_each(argc, argv, idle, "as in nanoBragg");
    return status;
}

static int check_sensor(const struct options *options, int argc, char **argv)
{
    static const char *const sensor[] = {"-detector_abs", "-detector_thicksteps", "-thicksteps",
                                         NULL};
    const struct detector_options *d = &options->detector;
    int compounding = options->semantics.value[SEM_CAPTURE] == FACTOR_COMPOUNDING;

    if (d->thickness_m > 0.0 && d->attenuation_per_m == 0.0)
        return doubt("-detector_abs inf: a sensor that absorbs nothing leaves every pixel 0");
    if (d->thickness_m > 0.0 || (d->thickness_m < 0.0 && d->layers > 0))
        return STATUS_OK;
    if (compounding)
        return doubt("-oversample_thick (capture=compounding): without a thickness every pixel is "
                     "0");
    return doubt_each(argc, argv, sensor, "as the sensor has no thickness");
}

/* Numbers that only a random orientation would use. */
static int check_randomness(const struct crystal_options *crystal, int argc, char **argv)
{
    static const char *const mosaic[] = {"-mosaic_dom", "-mosaic_seed", NULL};
    static const char *const misset[] = {"-misset_seed", NULL};
    int status = STATUS_OK;

    if (!(crystal->mosaic_spread_rad > 0.0))
        status = doubt_each(argc, argv, mosaic, "as there is no mosaic spread");
    if (status == STATUS_OK && !crystal->misset_random)
        status = doubt_each(argc, argv, misset, "as the misset is not random");
    return status;
}

int options_check_effects(const struct options *options, int argc, char **argv)
{
    int status = check_geometry(&options->detector, argc, argv);
    if (status == STATUS_OK)
        status = check_vectors(&options->detector, argc, argv);
    if (status == STATUS_OK)
        status = check_beam(options, argc, argv);
    if (status == STATUS_OK)
        status = check_crystal(options, argc, argv);
    if (status == STATUS_OK)
        status = check_sensor(options, argc, argv);
    if (status == STATUS_OK)
        status = check_randomness(&options->crystal, argc, argv);
    return status;
}
