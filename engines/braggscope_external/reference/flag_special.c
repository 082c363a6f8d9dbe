#include "flag_special.h"

#include "constants.h"
#include "messages.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int read_reals(const char *flag, char **values, int count, double *numbers)
{
    int status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = text_to_real(flag, values[i], &numbers[i]);
    return status;
}

static int read_integers(const char *flag, char **values, int count, int *numbers)
{
    int status = STATUS_OK;
    for (int i = 0; i < count && status == STATUS_OK; i++)
        status = text_to_integer(flag, values[i], &numbers[i]);
    return status;
}

static int ignored(const char *flag, const char *needs)
{
    return doubt("%s: ignored, as it needs %s after it", flag, needs);
}

/* One to six values, up to the next argument that starts with '-' (cli.md section 2). */
FLAG_FUNCTION(apply_cell)
{
    int count = 0;
    while (count < 6 && count < available && values[count][0] != '-')
        count++;
    *used = count;
    if (count == 0)
        return ignored(flag, "one to six positive numbers (a b c alpha beta gamma)");
    memset(options->crystal.cell, 0, sizeof options->crystal.cell);
    options->crystal.cell_values = count;
    return read_reals(flag, values, count, options->crystal.cell);
}

FLAG_FUNCTION(apply_misset)
{
    struct crystal_options *crystal = &options->crystal;
    int is_seed = strstr(flag, "-misset_seed") != NULL; /* it contains "-misset" (Q30) */

    *used = 0;
    if (available > 0 && strstr(values[0], "rand")) {
        *used = 1;
        crystal->misset_random = 1;
        return STATUS_OK;
    }
    if (available < 3)
        return is_seed ? STATUS_OK : ignored(flag, "\"random\" or three numbers");
    int status = STATUS_OK;
    if (is_seed)
        status = doubt("%s %s %s %s: also read as -misset with these three numbers, as nanoBragg "
                       "does; give -misset after it",
                       flag, values[0], values[1], values[2]);
    for (int i = 0; i < 3 && status == STATUS_OK; i++) {
        double degrees = 0.0;
        if (!is_seed)
            status = text_to_real(flag, values[i], &degrees);
        else if (!isfinite(degrees = strtod(values[i], NULL)))
            status = fail("%s: '%s' is not a finite number", flag, values[i]);
        crystal->misset_rad[i] = degrees / DEGREES_PER_RADIAN;
    }
    *used = is_seed ? 1 : 3;
    crystal->misset_random = 0;
    return status;
}

static int read_seed(const char *flag, char **values, struct seed_request *seed)
{
    seed->given = 1;
    return text_to_integer(flag, values[0], &seed->value);
}

/* The seed is not set where its text only requests a random misset (Q30). */
FLAG_FUNCTION(apply_misset_seed)
{
    (void)available;
    (void)used;
    if (strstr(values[0], "rand"))
        return doubt("%s %s: read as -misset random; no seed is set", flag, values[0]);
    return read_seed(flag, values, &options->crystal.misset_seed);
}

FLAG_FUNCTION(apply_mosaic_seed)
{
    (void)available;
    (void)used;
    return read_seed(flag, values, &options->crystal.mosaic_seed);
}

FLAG_FUNCTION(apply_noise_seed)
{
    (void)available;
    (void)used;
    return read_seed(flag, values, &options->output.seed);
}

FLAG_FUNCTION(apply_shape)
{
    (void)values;
    (void)available;
    (void)used;
    options->crystal.shape = strstr(flag, "-square_xtal")  ? SHAPE_SQUARE
                             : strstr(flag, "-round_xtal") ? SHAPE_ROUND
                             : strstr(flag, "-gauss_xtal") ? SHAPE_GAUSS
                                                           : SHAPE_TOPHAT;
    return STATUS_OK;
}

FLAG_FUNCTION(apply_stol)
{
    (void)available;
    (void)used;
    options->crystal.profile_flag = flag;
    options->crystal.profile_file = values[0];
    return STATUS_OK;
}

/* Profiles of amorphous scattering are read and not used; one without numbers is an error (Q49).
   Only the last that was given is read. */
int amorphous_profile_check(const struct options *options)
{
    const char *flag = options->crystal.profile_flag, *path = options->crystal.profile_file;
    if (!path)
        return STATUS_OK;
    char *text = text_read_file(flag, path);
    if (!text)
        return STATUS_BAD_INPUT;
    char *end, *last;
    strtod(text, &end);
    strtod(end, &last);
    int status = end == text || last == end
                     ? fail("%s: the file '%s' holds no two columns of numbers", flag, path)
                     : STATUS_OK;
    free(text);
    return status;
}

FLAG_FUNCTION(apply_energy)
{
    double energy_ev = 0.0;
    (void)available;
    (void)used;
    int status = read_reals(flag, values, 1, &energy_ev);
    if (status == STATUS_OK && !(energy_ev > 0.0))
        status = fail("%s %s: the photon energy must be positive", flag, values[0]);
    options->beam.wavelength_m = PHOTON_ENERGY_EV_ANGSTROM / energy_ev / ANGSTROMS_PER_METRE;
    return status;
}

FLAG_FUNCTION(apply_polar)
{
    (void)available;
    (void)used;
    options->beam.nopolar = 0;
    return read_reals(flag, values, 1, &options->beam.kahn_factor);
}

FLAG_FUNCTION(apply_convention)
{
    static const struct {
        const char *text;
        enum convention convention;
        int pivot_is_sample;
    } names[] = {{"-adxv", ADXV, 0},
                 {"-mosflm", MOSFLM, 0},
                 {"-denzo", DENZO, 0},
                 {"-xds", XDS, 1},
                 {"-dials", DIALS, 0}};

    (void)values;
    (void)available;
    (void)used;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(flag, names[i].text)) {
            options->detector.convention = names[i].convention;
            options->detector.pivot_is_sample = names[i].pivot_is_sample;
        }
    return STATUS_OK;
}

static vec3 *vector_of(struct basis *basis, const char *flag)
{
    const struct {
        const char *text;
        vec3 *vector;
    } names[] = {{"-fdet_vector", &basis->fast},     {"-sdet_vector", &basis->slow},
                 {"-odet_vector", &basis->normal},   {"-beam_vector", &basis->beam},
                 {"-polar_vector", &basis->polar},   {"-spindle_axis", &basis->spindle},
                 {"-twotheta_axis", &basis->twotheta}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(flag, names[i].text))
            return names[i].vector;
    return NULL; /* -pix0_vector: its numbers are lost (Q7) */
}

FLAG_FUNCTION(apply_vector)
{
    double c[3] = {0, 0, 0};
    (void)available;
    (void)used;
    int status = read_reals(flag, values, 3, c);
    vec3 *vector = vector_of(&options->detector.custom, flag);
    if (vector)
        *vector = vec3_make(c[0], c[1], c[2]);
    options->detector.convention = CUSTOM;
    return status;
}

FLAG_FUNCTION(apply_pivot)
{
    (void)available;
    (void)used;
    if (strstr(values[0], "sample"))
        options->detector.pivot_is_sample = 1;
    else if (strstr(values[0], "beam"))
        options->detector.pivot_is_sample = 0;
    else
        return doubt("%s %s: neither \"sample\" nor \"beam\", ignored", flag, values[0]);
    return STATUS_OK;
}

/* Ignored as the last argument (Q15). */
FLAG_FUNCTION(apply_curved)
{
    (void)values;
    (void)used;
    if (available < 1)
        return doubt("%s: ignored, as nanoBragg does with it as the last argument", flag);
    options->detector.curved = 1;
    return STATUS_OK;
}

/* "inf" or 0 zeroes the thickness given so far and the attenuation (spec 3.7, Q26). */
FLAG_FUNCTION(apply_attenuation)
{
    struct detector_options *detector = &options->detector;
    double depth_um = 0.0;
    (void)available;
    (void)used;
    int endless = strstr(values[0], "inf") != NULL;
    int status = endless ? STATUS_OK : read_reals(flag, values, 1, &depth_um);
    if (endless || depth_um == 0.0) {
        detector->thickness_m = 0.0;
        detector->attenuation_per_m = 0.0;
    } else {
        detector->attenuation_per_m = 1.0 / (depth_um * 1e-6);
    }
    return status;
}

FLAG_FUNCTION(apply_roi)
{
    (void)available;
    (void)used;
    return read_integers(flag, values, 4, options->detector.roi);
}

/* -oversample_thick, _polar and _omega select compounding factors (docs/semantics.md). */
FLAG_FUNCTION(apply_oversample_factor)
{
    int *value = options->semantics.value;
    (void)values;
    (void)available;
    (void)used;
    if (strstr(flag, "-oversample_thick"))
        value[SEM_CAPTURE] = FACTOR_COMPOUNDING;
    if (strstr(flag, "-oversample_polar"))
        value[SEM_POLARIZATION] = FACTOR_COMPOUNDING;
    if (strstr(flag, "-oversample_omega"))
        value[SEM_OMEGA] = FACTOR_COMPOUNDING;
    return STATUS_OK;
}

FLAG_FUNCTION(apply_pgm_file)
{
    (void)flag;
    (void)available;
    (void)used;
    options->output.pgm_file = values[0];
    options->output.no_pgm = 0;
    return STATUS_OK;
}

FLAG_FUNCTION(apply_pgm_scale)
{
    (void)available;
    (void)used;
    options->output.no_pgm = 0;
    return read_reals(flag, values, 1, &options->output.pgm_scale);
}

FLAG_FUNCTION(apply_noise_file)
{
    (void)flag;
    (void)available;
    (void)used;
    options->output.noise_file = values[0];
    options->output.no_noise = 0;
    return STATUS_OK;
}

/* Fast, then slow; the flag contains "-printout", whose rule switches the report on (Q59). */
FLAG_FUNCTION(apply_printout_pixel)
{
    (void)available;
    (void)used;
    return read_integers(flag, values, 2, options->output.printout_pixel);
}

FLAG_FUNCTION(apply_threads)
{
    (void)available;
    (void)used;
    int status = read_integers(flag, values, 1, &options->threads);
    if (status == STATUS_OK && options->threads < 1)
        return fail("%s %s: needs at least one thread", flag, values[0]);
    return status;
}

FLAG_FUNCTION(apply_trace_pixel)
{
    int pixel[2] = {0, 0};
    (void)available;
    (void)used;
    int status = read_integers(flag, values, 2, pixel);
    options->output.trace = 1;
    options->output.trace_slow = pixel[0];
    options->output.trace_fast = pixel[1];
    return status;
}

FLAG_FUNCTION(apply_semantics)
{
    (void)flag;
    (void)available;
    (void)used;
    return semantics_set(&options->semantics, values[0]);
}
