#include "flags.h"

#include "constants.h"
#include "messages.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) offsetof(struct options, member)

/* Rows of the table, one macro per action. */
#define REAL(text, match, member, copies, unit) \
    {text, match, SET_REAL, AT(member), copies, unit, NULL, NULL}
#define INTEGER(text, match, member, copies) \
    {text, match, SET_INTEGER, AT(member), copies, 1.0, NULL, NULL}
#define TEXT(text, member) {text, ANYWHERE, SET_TEXT, AT(member), 1, 1.0, NULL, NULL}
#define SWITCH(text, member, value) {text, ANYWHERE, SET_SWITCH, AT(member), value, 1.0, NULL, NULL}
#define CLEAR(text, member) {text, ANYWHERE, CLEAR_TEXT, AT(member), 0, 1.0, NULL, NULL}
#define NOTE(text, member) {text, ANYWHERE, NOTE_FLAG, AT(member), 0, 1.0, NULL, NULL}
#define NUMBERS(text, match, count) {text, match, IGNORE_NUMBER, 0, count, 1.0, NULL, NULL}
#define WORDS(text, count) {text, ANYWHERE, IGNORE_TEXT, 0, count, 1.0, NULL, NULL}
#define ZERO(text, match, first, copies) {text, match, ZERO_ONLY, first, copies, 1.0, NULL, NULL}
#define REFUSED(text, reason) {text, ANYWHERE, REFUSE, 0, 0, 1.0, reason, NULL}
#define SPECIALLY(text, match, apply) {text, match, SPECIAL, 0, 0, 1.0, NULL, apply}

int flag_too_few_values(const char *flag, int wanted)
{
    return fail("%s: needs %d value%s after it", flag, wanted, wanted == 1 ? "" : "s");
}

static int read_reals(const char *flag, char **values, int available, int count, double *numbers)
{
    int status = available < count ? flag_too_few_values(flag, count) : STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = text_to_real(flag, values[i], &numbers[i]);
    return status;
}

static int read_integers(const char *flag, char **values, int available, int count, int *numbers)
{
    int status = available < count ? flag_too_few_values(flag, count) : STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = text_to_integer(flag, values[i], &numbers[i]);
    return status;
}

/* One to six values, up to the next argument that starts with '-' (cli.md section 2). */
static int apply_cell(struct options *options, const char *flag, char **values, int available)
{
    int count = 0;
    while (count < 6 && count < available && values[count][0] != '-')
        count++;
    if (count == 0)
        return fail("%s: needs one to six positive numbers (a b c alpha beta gamma)", flag);
    memset(options->cell, 0, sizeof options->cell);
    options->cell_values = count;
    return read_reals(flag, values, available, count, options->cell);
}

static int apply_misset(struct options *options, const char *flag, char **values, int available)
{
    /* "-misset_seed" contains "-misset"; it has a rule of its own (Q30). */
    if (strstr(flag, "-misset_seed"))
        return STATUS_OK;
    if (available > 0 && strstr(values[0], "rand")) {
        options->misset_random_flag = flag;
        return STATUS_OK;
    }
    double degrees[3];
    int status = read_reals(flag, values, available, 3, degrees);
    if (status != STATUS_OK)
        return status;
    for (int i = 0; i < 3; i++)
        options->misset_rad[i] = degrees[i] / DEGREES_PER_RADIAN;
    options->misset_random_flag = NULL;
    return STATUS_OK;
}

static int apply_energy(struct options *options, const char *flag, char **values, int available)
{
    double energy_ev;
    int status = read_reals(flag, values, available, 1, &energy_ev);
    if (status != STATUS_OK)
        return status;
    if (!(energy_ev > 0.0))
        return fail("%s %s: the photon energy must be positive", flag, values[0]);
    options->wavelength_m = PHOTON_ENERGY_EV_ANGSTROM / energy_ev / ANGSTROMS_PER_METRE;
    return STATUS_OK;
}

static int apply_polar(struct options *options, const char *flag, char **values, int available)
{
    options->nopolar = 0;
    return read_reals(flag, values, available, 1, &options->kahn_factor);
}

static int apply_shape(struct options *options, const char *flag, char **values, int available)
{
    (void)values;
    (void)available;
    options->shape_flag = flag;
    options->shape = strstr(flag, "-square_xtal")  ? SHAPE_SQUARE
                     : strstr(flag, "-round_xtal") ? SHAPE_ROUND
                     : strstr(flag, "-gauss_xtal") ? SHAPE_GAUSS
                                                   : SHAPE_TOPHAT;
    return STATUS_OK;
}

static int apply_convention(struct options *options, const char *flag, char **values, int available)
{
    static const struct {
        const char *text;
        enum convention convention;
    } names[] = {
        {"-mosflm", MOSFLM}, {"-xds", XDS}, {"-adxv", ADXV}, {"-denzo", DENZO}, {"-dials", DIALS}};

    (void)values;
    (void)available;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(flag, names[i].text))
            options->convention = names[i].convention;
    options->custom_flag = NULL; /* a named convention overwrites the vectors given before it */
    return STATUS_OK;
}

static int apply_vector(struct options *options, const char *flag, char **values, int available)
{
    double components[3];
    options->custom_flag = flag;
    return read_reals(flag, values, available, 3, components);
}

/* "inf" or 0 zeroes the thickness given so far; other depths matter only with one (Q26). */
static int apply_attenuation(struct options *options, const char *flag, char **values,
                             int available)
{
    double depth_um = 0.0;
    int endless = available > 0 && strstr(values[0], "inf") != NULL;
    int status = endless ? STATUS_OK : read_reals(flag, values, available, 1, &depth_um);
    if (endless || depth_um == 0.0)
        options->zero_only[ZERO_THICKNESS].value = 0.0;
    return status;
}

/* Profiles of amorphous scattering are read and not used; one without numbers is an error (Q49). */
static int apply_stol(struct options *options, const char *flag, char **values, int available)
{
    (void)options;
    if (available < 1)
        return flag_too_few_values(flag, 1);
    char *text = text_read_file(flag, values[0]);
    if (!text)
        return STATUS_BAD_INPUT;
    char *end, *last;
    strtod(text, &end);
    strtod(end, &last);
    int status = end == text || last == end
                     ? fail("%s: the file '%s' holds no two columns of numbers", flag, values[0])
                     : STATUS_OK;
    free(text);
    return status;
}

static int apply_roi(struct options *options, const char *flag, char **values, int available)
{
    return read_integers(flag, values, available, 4, options->roi);
}

static int apply_threads(struct options *options, const char *flag, char **values, int available)
{
    int status = read_integers(flag, values, available, 1, &options->threads);
    if (status == STATUS_OK && options->threads < 1)
        return fail("%s %s: needs at least one thread", flag, values[0]);
    return status;
}

static int apply_trace_pixel(struct options *options, const char *flag, char **values,
                             int available)
{
    int pixel[2];
    int status = read_integers(flag, values, available, 2, pixel);
    if (status != STATUS_OK)
        return status;
    options->trace = 1;
    options->trace_slow = pixel[0];
    options->trace_fast = pixel[1];
    return STATUS_OK;
}

const struct flag_rule flag_rules[] = {
    /* crystal and structure factors */
    TEXT("-mat", matrix_file),
    SPECIALLY("-cell", ANYWHERE, apply_cell),
    SPECIALLY("-misset", ANYWHERE, apply_misset),
    REFUSED("-misset_seed", "random missetting is"),
    TEXT("-hkl", hkl_file),
    REAL("-default_F", ANYWHERE, default_f, 1, 1.0),
    REFUSED("-dump", "structure-factor dump files are"),
    INTEGER("-Na", ANYWHERE, crystal_cells[0], 1),
    INTEGER("-Nb", ANYWHERE, crystal_cells[1], 1),
    INTEGER("-Nc", ANYWHERE, crystal_cells[2], 1),
    INTEGER("-N", EXACT, crystal_cells, 3),
    ZERO("-samplesize", ANYWHERE, ZERO_SAMPLE_X, 3),
    ZERO("-sample_size", ANYWHERE, ZERO_SAMPLE_X, 3),
    ZERO("-xtalsize", ANYWHERE, ZERO_SAMPLE_X, 3),
    ZERO("-xtal_size", ANYWHERE, ZERO_SAMPLE_X, 3),
    ZERO("-sample_thick", ANYWHERE, ZERO_SAMPLE_X, 1),
    ZERO("-sample_x", ANYWHERE, ZERO_SAMPLE_X, 1),
    ZERO("-xtal_thick", ANYWHERE, ZERO_SAMPLE_X, 1),
    ZERO("-xtal_x", ANYWHERE, ZERO_SAMPLE_X, 1),
    ZERO("-sample_width", ANYWHERE, ZERO_SAMPLE_Y, 1),
    ZERO("-sample_y", ANYWHERE, ZERO_SAMPLE_Y, 1),
    ZERO("-xtal_width", ANYWHERE, ZERO_SAMPLE_Y, 1),
    ZERO("-xtal_y", ANYWHERE, ZERO_SAMPLE_Y, 1),
    ZERO("-width", ANYWHERE, ZERO_SAMPLE_Y, 1),
    ZERO("-sample_heigh", ANYWHERE, ZERO_SAMPLE_Z, 1),
    ZERO("-sample_z", ANYWHERE, ZERO_SAMPLE_Z, 1),
    ZERO("-xtal_heigh", ANYWHERE, ZERO_SAMPLE_Z, 1),
    ZERO("-xtal_z", ANYWHERE, ZERO_SAMPLE_Z, 1),
    ZERO("-heigh", ANYWHERE, ZERO_SAMPLE_Z, 1),
    SPECIALLY("-square_xtal", ANYWHERE, apply_shape),
    SPECIALLY("-round_xtal", ANYWHERE, apply_shape),
    SPECIALLY("-gauss_xtal", ANYWHERE, apply_shape),
    SPECIALLY("-binary_spots", ANYWHERE, apply_shape),
    SPECIALLY("-tophat_spots", ANYWHERE, apply_shape),
    NUMBERS("-fudge", ANYWHERE, 1), /* unused by the SQUARE shape (spec 9.2) */
    SWITCH("-interpolate", interpolation, INTERPOLATE_ON),
    SWITCH("-nointerpolate", interpolation, INTERPOLATE_OFF),
    REAL("-mosaic", EXACT, mosaic_spread_rad, 1, DEGREES_PER_RADIAN),
    REAL("-mosaici", ANYWHERE, mosaic_spread_rad, 1, DEGREES_PER_RADIAN),
    REAL("-mosaic_spr", ANYWHERE, mosaic_spread_rad, 1, DEGREES_PER_RADIAN),
    INTEGER("-mosaic_dom", ANYWHERE, mosaic_domains, 1),
    INTEGER("-mosaic_seed", ANYWHERE, mosaic_seed, 1),
    NUMBERS("-density", ANYWHERE, 1),
    NUMBERS("-sample_den", ANYWHERE, 1),
    NUMBERS("-MW", EXACT, 1),
    NUMBERS("-molec", ANYWHERE, 1),
    ZERO("-water", ANYWHERE, ZERO_WATER, 1),
    SPECIALLY("-stol", EXACT, apply_stol),
    SPECIALLY("-4stol", EXACT, apply_stol),
    SPECIALLY("-Q", EXACT, apply_stol),
    WORDS("-stolout", 1),

    /* beam */
    REAL("-lambda", ANYWHERE, wavelength_m, 1, ANGSTROMS_PER_METRE),
    REAL("-wave", ANYWHERE, wavelength_m, 1, ANGSTROMS_PER_METRE),
    SPECIALLY("-energy", ANYWHERE, apply_energy),
    REAL("-fluence", ANYWHERE, fluence_per_m2, 1, 1.0),
    REAL("-flux", ANYWHERE, flux_per_s, 1, 1.0),
    REAL("-exposure", ANYWHERE, exposure_s, 1, 1.0),
    REAL("-beamsize", ANYWHERE, beamsize_m, 1, MILLIMETRES_PER_METRE),
    SPECIALLY("-polar", EXACT, apply_polar),
    SWITCH("-nopolar", nopolar, 1),
    REAL("-dispersion", ANYWHERE, dispersion.range, 1, 100.0),
    INTEGER("-dispsteps", ANYWHERE, dispersion.count, 1),
    REAL("-divergence", ANYWHERE, hdiv.range, 1, 1000.0),
    REAL("-divergence", ANYWHERE, vdiv.range, 1, 1000.0),
    REAL("-hdivrange", ANYWHERE, hdiv.range, 1, 1000.0),
    REAL("-vdivrange", ANYWHERE, vdiv.range, 1, 1000.0),
    REAL("-hdivstep", EXACT, hdiv.step, 1, 1000.0),
    REAL("-vdivstep", EXACT, vdiv.step, 1, 1000.0),
    INTEGER("-hdivsteps", ANYWHERE, hdiv.count, 1),
    INTEGER("-vdivsteps", ANYWHERE, vdiv.count, 1),
    INTEGER("-divsteps", ANYWHERE, hdiv.count, 1),
    INTEGER("-divsteps", ANYWHERE, vdiv.count, 1),
    WORDS("-round_div", 0),
    WORDS("-square_div", 0),
    REFUSED("-sourcefile", "lists of sources are"),
    WORDS("-coherent", 0),

    /* detector */
    REFUSED("-img", "image headers are"),
    REFUSED("-mask", "mask images are"),
    REAL("-pixel", ANYWHERE, pixel_m, 1, MILLIMETRES_PER_METRE),
    REAL("-detsize", EXACT, detsize_m, 2, MILLIMETRES_PER_METRE),
    REAL("-detsize_f", ANYWHERE, detsize_m[0], 1, MILLIMETRES_PER_METRE),
    REAL("-detsize_s", ANYWHERE, detsize_m[1], 1, MILLIMETRES_PER_METRE),
    INTEGER("-detpixels", EXACT, detpixels, 2),
    INTEGER("-detpixels_f", ANYWHERE, detpixels[0], 1),
    INTEGER("-detpixels_x", ANYWHERE, detpixels[0], 1),
    INTEGER("-detpixels_s", ANYWHERE, detpixels[1], 1),
    INTEGER("-detpixels_y", ANYWHERE, detpixels[1], 1),
    REAL("-distance", ANYWHERE, distance_m, 1, MILLIMETRES_PER_METRE),
    REFUSED("-close_distance", "a given closest distance is"),
    REAL("-Xbeam", ANYWHERE, xbeam_m, 1, MILLIMETRES_PER_METRE),
    REAL("-Ybeam", ANYWHERE, ybeam_m, 1, MILLIMETRES_PER_METRE),
    REAL("-Xclose", ANYWHERE, xclose_m, 1, MILLIMETRES_PER_METRE),
    REAL("-Yclose", ANYWHERE, yclose_m, 1, MILLIMETRES_PER_METRE),
    REAL("-ORGX", ANYWHERE, orgx_pixels, 1, 1.0),
    REAL("-ORGY", ANYWHERE, orgy_pixels, 1, 1.0),
    SPECIALLY("-mosflm", ANYWHERE, apply_convention),
    SPECIALLY("-xds", ANYWHERE, apply_convention),
    SPECIALLY("-adxv", ANYWHERE, apply_convention),
    SPECIALLY("-denzo", ANYWHERE, apply_convention),
    SPECIALLY("-dials", ANYWHERE, apply_convention),
    SPECIALLY("-fdet_vector", ANYWHERE, apply_vector),
    SPECIALLY("-sdet_vector", ANYWHERE, apply_vector),
    SPECIALLY("-odet_vector", ANYWHERE, apply_vector),
    SPECIALLY("-beam_vector", ANYWHERE, apply_vector),
    SPECIALLY("-polar_vector", ANYWHERE, apply_vector),
    SPECIALLY("-spindle_axis", ANYWHERE, apply_vector),
    SPECIALLY("-twotheta_axis", ANYWHERE, apply_vector),
    SPECIALLY("-pix0_vector", ANYWHERE, apply_vector),
    /* Also takes the first component of -twotheta_axis, which contains this text (Q10). */
    ZERO("-twotheta", ANYWHERE, ZERO_TWOTHETA, 1),
    ZERO("-detector_rotx", ANYWHERE, ZERO_ROTX, 1),
    ZERO("-detector_roty", ANYWHERE, ZERO_ROTY, 1),
    ZERO("-detector_rotz", ANYWHERE, ZERO_ROTZ, 1),
    WORDS("-pivot", 1), /* named conventions force the pivot (Q1) */
    REFUSED("-curved_det", "the curved detector is"),
    REFUSED("-point_pixel", "the solid angle without obliquity is"),
    SPECIALLY("-detector_abs", ANYWHERE, apply_attenuation),
    ZERO("-detector_thick", EXACT, ZERO_THICKNESS, 1),
    NUMBERS("-detector_thicksteps", ANYWHERE, 1),
    NUMBERS("-thicksteps", ANYWHERE, 1),
    SPECIALLY("-roi", ANYWHERE, apply_roi),

    /* scan and sampling */
    REAL("-phi", EXACT, phi_rad, 1, DEGREES_PER_RADIAN),
    REAL("-osc", ANYWHERE, osc_rad, 1, DEGREES_PER_RADIAN),
    REAL("-phistep", EXACT, phistep_rad, 1, DEGREES_PER_RADIAN),
    INTEGER("-phisteps", ANYWHERE, phisteps, 1),
    INTEGER("-oversample", ANYWHERE, oversample, 1),
    REFUSED("-oversample_thick", "a capture fraction per sub-pixel is"),
    REFUSED("-oversample_polar", "a polarisation factor per sub-pixel is"),
    REFUSED("-oversample_omega", "a solid angle per sub-pixel is"),
    ZERO("-dmin", ANYWHERE, ZERO_DMIN, 1),

    /* output and diagnostics */
    TEXT("-floatfile", float_file),
    TEXT("-floatimage", float_file),
    TEXT("-float64file", float64_file),
    TEXT("-intfile", int_file),
    TEXT("-intimage", int_file),
    NUMBERS("-scale", ANYWHERE, 1),
    NUMBERS("-adc", ANYWHERE, 1),
    TEXT("-pgmfile", pgm_file),
    TEXT("-pgmimage", pgm_file),
    NUMBERS("-pgmscale", ANYWHERE, 1),
    CLEAR("-nopgm", pgm_file),
    TEXT("-noisefile", noise_file),
    TEXT("-noiseimage", noise_file),
    CLEAR("-nonoise", noise_file),
    NUMBERS("-seed", ANYWHERE, 1),
    NOTE("-printout", printout_flag),
    NUMBERS("-printout_pixel", ANYWHERE, 2),
    SWITCH("-progress", progress, 1),
    SWITCH("-noprogress", progress, 0),
    SPECIALLY("-threads", ANYWHERE, apply_threads),
    SPECIALLY("-trace_pixel", ANYWHERE, apply_trace_pixel),
};

const size_t flag_rule_count = sizeof flag_rules / sizeof flag_rules[0];

int flag_matches(const struct flag_rule *rule, const char *argument)
{
    if (rule->match == EXACT)
        return strcmp(argument, rule->text) == 0;
    /* These three never reach the -oversample rule (cli.md section 5). */
    if (strcmp(rule->text, "-oversample") == 0
        && (strstr(argument, "-oversample_thick") || strstr(argument, "-oversample_polar")
            || strstr(argument, "-oversample_omega")))
        return 0;
    return strstr(argument, rule->text) != NULL;
}
