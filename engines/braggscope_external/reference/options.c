#include "options.h"

#include "constants.h"
#include "flag_special.h"
#include "flags.h"
#include "headers.h"
#include "messages.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void set_crystal_defaults(struct crystal_options *crystal)
{
    crystal->dump_file = "Fdump.bin";
    crystal->use_dump = 1;
    for (int i = 0; i < 3; i++)
        crystal->cells[i] = 1;
    crystal->shape = SHAPE_SQUARE;
    crystal->fudge = 1.0;
    crystal->interpolation = INTERPOLATE_AUTO;
    crystal->mosaic_spread_rad = -1.0;
    crystal->mosaic_domains = -1;
    crystal->mosaic_seed.given = 1;
    crystal->mosaic_seed.value = 12345678;
}

static void set_beam_defaults(struct beam_options *beam)
{
    beam->wavelength_m = METRES_PER_ANGSTROM;
    beam->fluence_per_m2 = DEFAULT_FLUENCE_PER_M2;
    beam->exposure_s = 1.0;
    beam->beamsize_m = 1e-4;
    beam->hdiv.count = beam->vdiv.count = beam->dispersion.count = -1;
    beam->hdiv.range = beam->vdiv.range = -1.0; /* the default dispersion is 0, not unset (3.6) */
    beam->hdiv.step = beam->vdiv.step = beam->dispersion.step = -1.0;
    beam->round_div = 1;
}

static void set_detector_defaults(struct detector_options *detector)
{
    /* CUSTOM's vectors, as far as none is given; its 2theta axis is not MOSFLM's (Q8). */
    static const struct basis custom = {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}, {1, 0, 0},
                                        {0, 0, 1}, {0, 0, 1},  {0, 1, 0}};
    detector->pixel_m = 1e-4;
    detector->detsize_m[0] = detector->detsize_m[1] = 0.1024;
    detector->distance_m = 0.1;
    detector->close_distance_m = NAN;
    detector->xbeam_m = detector->ybeam_m = detector->xclose_m = detector->yclose_m = NAN;
    detector->orgx_pixels = detector->orgy_pixels = NAN;
    detector->convention = MOSFLM;
    detector->custom = custom;
    detector->attenuation_per_m = -1.0;
    detector->layers = -1;
    for (int i = 0; i < 4; i++)
        detector->roi[i] = -1;
}

static void set_defaults(struct options *options)
{
    static const struct options zero = {0};
    *options = zero;
    set_crystal_defaults(&options->crystal);
    set_beam_defaults(&options->beam);
    set_detector_defaults(&options->detector);
    options->osc_rad = options->phistep_rad = -1.0;
    options->phisteps = -1;
    options->oversample = -1;
    options->output.adc = 40.0;
    options->output.printout_pixel[0] = options->output.printout_pixel[1] = -1;
    options->output.progress = 1;
}

/* One argument may trigger several rules (cli.md 1); *used := the most values that one took. */
static int apply_argument(struct options *options, int argc, char **argv, int i, int *used)
{
    int known = 0;
    int status = STATUS_OK;

    *used = 0;
    for (size_t r = 0; r < flag_rule_count && status == STATUS_OK; r++) {
        int taken;
        if (!flag_matches(&flag_rules[r], argv[i]))
            continue;
        known = 1;
        status =
            flag_apply(options, &flag_rules[r], argv[i], argv + i + 1, argc - i - 1, &taken);
        if (taken > *used)
            *used = taken;
    }
    if (!known && status == STATUS_OK && !text_is_number(argv[i]))
        status = doubt("%s: not a flag of this program, ignored", argv[i]);
    return status;
}

/* Values are not consumed (cli.md 1), but one that no flag took was hardly meant. */
static int apply_all(struct options *options, int argc, char **argv)
{
    int taken_up_to = 0;

    for (int i = 1; i < argc; i++) {
        int is_value = i <= taken_up_to, used = 0;
        int status = STATUS_OK;
        if (argv[i][0] == '-' && !(is_value && !flag_is_known(argv[i])))
            status = apply_argument(options, argc, argv, i, &used);
        if (status == STATUS_OK && !is_value && (argv[i][0] != '-' || text_is_number(argv[i])))
            status = doubt("%s: belongs to no flag, ignored", argv[i]);
        if (status != STATUS_OK)
            return status;
        if (i + used > taken_up_to)
            taken_up_to = i + used;
    }
    return STATUS_OK;
}

int options_parse(struct options *options, int argc, char **argv)
{
    set_defaults(options);
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-strict") == 0 || strcmp(argv[i], "--strict") == 0)
            messages_strict();
    int status = headers_read(options, argc, argv);
    if (status == STATUS_OK)
        status = apply_all(options, argc, argv);
    if (status == STATUS_OK)
        status = amorphous_profile_check(options);
    return status;
}

void options_free(struct options *options)
{
    free(options->detector.mask);
    options->detector.mask = NULL;
}
