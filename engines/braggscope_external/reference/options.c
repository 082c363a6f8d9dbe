#include "options.h"

#include "constants.h"
#include "flags.h"
#include "messages.h"
#include "text.h"

#include <math.h>
#include <string.h>

static void set_defaults(struct options *options)
{
    static const struct options zero = {0};
    *options = zero;
    for (int i = 0; i < 3; i++)
        options->crystal_cells[i] = 1;
    options->interpolation = INTERPOLATE_AUTO;
    options->mosaic_spread_rad = -1.0;
    options->mosaic_domains = -1;
    options->mosaic_seed = 12345678;
    options->wavelength_m = METRES_PER_ANGSTROM;
    options->fluence_per_m2 = DEFAULT_FLUENCE_PER_M2;
    options->exposure_s = 1.0;
    options->beamsize_m = 1e-4;
    options->hdiv.count = options->vdiv.count = options->dispersion.count = -1;
    options->hdiv.range = options->vdiv.range =
        -1.0; /* the default dispersion is 0, not unset (3.6) */
    options->hdiv.step = options->vdiv.step = options->dispersion.step = -1.0;
    options->pixel_m = 1e-4;
    options->detsize_m[0] = options->detsize_m[1] = 0.1024;
    options->distance_m = 0.1;
    options->xbeam_m = options->ybeam_m = options->xclose_m = options->yclose_m = NAN;
    options->orgx_pixels = options->orgy_pixels = NAN;
    options->convention = MOSFLM;
    for (int i = 0; i < 4; i++)
        options->roi[i] = -1;
    options->osc_rad = options->phistep_rad = -1.0;
    options->phisteps = -1;
    options->oversample = -1;
    options->progress = 1;
}

static int set_real(struct options *options, const struct flag_rule *rule, const char *flag,
                    const char *value)
{
    double number;
    int status = text_to_real(flag, value, &number);
    if (status != STATUS_OK)
        return status;
    double *target = (double *)((char *)options + rule->target);
    for (int i = 0; i < rule->extra; i++)
        target[i] = number / rule->unit;
    return STATUS_OK;
}

static int set_integer(struct options *options, const struct flag_rule *rule, const char *flag,
                       const char *value)
{
    int number;
    int status = text_to_integer(flag, value, &number);
    if (status != STATUS_OK)
        return status;
    int *target = (int *)((char *)options + rule->target);
    for (int i = 0; i < rule->extra; i++)
        target[i] = number;
    return STATUS_OK;
}

static int set_zero_only(struct options *options, const struct flag_rule *rule, const char *flag,
                         const char *value)
{
    double number;
    int status = text_to_real(flag, value, &number);
    if (status != STATUS_OK)
        return status;
    for (int i = 0; i < rule->extra; i++) {
        options->zero_only[rule->target + (size_t)i].flag = flag;
        options->zero_only[rule->target + (size_t)i].value = number;
    }
    return STATUS_OK;
}

static int check_numbers(const struct flag_rule *rule, const char *flag, char **values)
{
    int status = STATUS_OK;
    double number;
    for (int i = 0; i < rule->extra && status == STATUS_OK; i++)
        status = text_to_real(flag, values[i], &number);
    return status;
}

static int values_wanted(const struct flag_rule *rule)
{
    switch (rule->action) {
    case SET_REAL:
    case SET_INTEGER:
    case SET_TEXT:
    case ZERO_ONLY:
        return 1;
    case IGNORE_NUMBER:
    case IGNORE_TEXT:
        return rule->extra;
    default: /* SPECIAL rules count for themselves */
        return 0;
    }
}

/* The simple actions: those that only store a word. */
static int store_word(struct options *options, const struct flag_rule *rule, const char *flag,
                      char **values)
{
    const char **text = (const char **)((char *)options + rule->target);

    if (rule->action == SET_SWITCH)
        *(int *)((char *)options + rule->target) = rule->extra;
    else if (rule->action == SET_TEXT)
        *text = values[0];
    else if (rule->action == CLEAR_TEXT)
        *text = NULL;
    else if (rule->action == NOTE_FLAG)
        *text = flag;
    else if (rule->action == REFUSE && !options->refused_flag) {
        options->refused_flag = flag;
        options->refused_reason = rule->reason;
    }
    return STATUS_OK;
}

static int apply_rule(struct options *options, const struct flag_rule *rule, const char *flag,
                      char **values, int available)
{
    int wanted = values_wanted(rule);
    if (available < wanted)
        return flag_too_few_values(flag, wanted);
    switch (rule->action) {
    case SET_REAL:
        return set_real(options, rule, flag, values[0]);
    case SET_INTEGER:
        return set_integer(options, rule, flag, values[0]);
    case ZERO_ONLY:
        return set_zero_only(options, rule, flag, values[0]);
    case IGNORE_NUMBER:
        return check_numbers(rule, flag, values);
    case SPECIAL:
        return rule->apply(options, flag, values, available);
    default:
        return store_word(options, rule, flag, values);
    }
}

int options_parse(struct options *options, int argc, char **argv)
{
    set_defaults(options);
    for (int i = 1; i < argc; i++) {
        int known = 0;
        if (argv[i][0] != '-')
            continue;
        /* Values are not consumed: each argument is examined, and may trigger several rules (cli.md
         * 1). */
        for (size_t r = 0; r < flag_rule_count; r++) {
            if (!flag_matches(&flag_rules[r], argv[i]))
                continue;
            known = 1;
            int status = apply_rule(options, &flag_rules[r], argv[i], argv + i + 1, argc - i - 1);
            if (status != STATUS_OK)
                return status;
        }
        if (!known && !text_is_number(argv[i]))
            warn("%s: not a flag of this program, ignored", argv[i]);
    }
    return STATUS_OK;
}

static int refuse(const char *flag, const char *what)
{
    return fail("%s: %s not implemented in this program; leave the flag out or use another engine",
                flag, what);
}

static int refuse_nonzero(const struct options *options)
{
    static const char *const what[ZERO_ONLY_COUNT] = {
        "detector rotations are",           "detector rotations are",
        "detector rotations are",           "the two-theta swing of the detector is",
        "the thickness of the sensor is",   "a resolution limit is",
        "the water background is",          "a crystal size in millimetres is",
        "a crystal size in millimetres is", "a crystal size in millimetres is",
    };
    for (int i = 0; i < ZERO_ONLY_COUNT; i++)
        if (options->zero_only[i].value != 0.0)
            return fail("%s: %s not implemented in this program (value %g); set it to 0 or use "
                        "another engine",
                        options->zero_only[i].flag, what[i], options->zero_only[i].value);
    return STATUS_OK;
}

int options_refuse_unimplemented(const struct options *options)
{
    if (options->refused_flag)
        return refuse(options->refused_flag, options->refused_reason);
    if (options->custom_flag)
        return refuse(options->custom_flag,
                      "own detector, beam and axis vectors (CUSTOM convention) are");
    if (options->misset_random_flag)
        return refuse(options->misset_random_flag, "random missetting is");
    if (options->shape != SHAPE_SQUARE)
        return refuse(options->shape_flag, "crystal shapes other than -square_xtal are");
    return refuse_nonzero(options);
}

void options_warn_unwritten(const struct options *options)
{
    if (options->int_file)
        warn("-intfile %s: not written yet by this program", options->int_file);
    if (options->pgm_file)
        warn("-pgmfile %s: not written yet by this program", options->pgm_file);
    if (options->noise_file)
        warn("-noisefile %s: not written yet by this program", options->noise_file);
    if (options->printout_flag)
        warn("%s: pixels are not printed by this program; use -trace_pixel SLOW FAST",
             options->printout_flag);
}
