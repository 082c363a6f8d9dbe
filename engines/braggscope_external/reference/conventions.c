#include "conventions.h"

#include "messages.h"

#include <math.h>

struct convention_row {
    const char *name;
    struct basis basis;
    int pivot_is_sample;
};

/* In the order of enum convention; vectors in the order of struct basis. CUSTOM takes what the
   command line gives instead. */
static const struct convention_row rows[] = {
    {"MOSFLM",
     {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}, {1, 0, 0}, {0, 0, 1}, {0, 0, 1}, {0, 0, -1}},
     0},
    {"XDS",
     {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 1}, {1, 0, 0}, {1, 0, 0}, {1, 0, 0}},
     1},
    {"ADXV",
     {{1, 0, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, 1}, {1, 0, 0}, {1, 0, 0}, {-1, 0, 0}},
     0},
    {"DENZO",
     {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}, {1, 0, 0}, {0, 0, 1}, {0, 0, 1}, {0, 0, -1}},
     0},
    {"DIALS",
     {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 1}, {0, 1, 0}, {0, 1, 0}, {0, 1, 0}},
     1},
    {"CUSTOM", {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, 0},
};

static double given_or(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* XDS, DIALS and CUSTOM: X is fast, Y slow. */
static void plain_centre(struct detector *d, const struct detector_options *given)
{
    d->xbeam_m = given_or(given->xbeam_m, d->xclose_m);
    d->ybeam_m = given_or(given->ybeam_m, d->yclose_m);
    d->fbeam_in_m = d->xbeam_m;
    d->sbeam_in_m = d->ybeam_m;
}

/* MOSFLM and DENZO: X is slow, Y fast; MOSFLM counts from pixel centres, half a pixel more (Q2). */
static void swapped_centre(struct detector *d, const struct detector_options *given, double shift)
{
    d->xbeam_m = given_or(given->xbeam_m, (d->detsize_s_m + d->pixel_m) / 2.0);
    d->ybeam_m = given_or(given->ybeam_m, (d->detsize_f_m + d->pixel_m) / 2.0);
    d->fbeam_in_m = d->ybeam_m + shift;
    d->sbeam_in_m = d->xbeam_m + shift;
}

/* The last columns of the table in spec 4.1. */
static void resolve_beam_centre(struct detector *d, const struct detector_options *given)
{
    switch (given->convention) {
    case ADXV:
        d->xbeam_m = given_or(given->xbeam_m, (d->detsize_f_m + d->pixel_m) / 2.0);
        d->ybeam_m = given_or(given->ybeam_m, (d->detsize_s_m - d->pixel_m) / 2.0);
        d->fbeam_in_m = d->xbeam_m;
        d->sbeam_in_m = d->detsize_s_m - d->ybeam_m;
        break;
    case MOSFLM:
        swapped_centre(d, given, 0.5 * d->pixel_m);
        break;
    case DENZO:
        swapped_centre(d, given, 0.0);
        break;
    case XDS:
    case DIALS:
        plain_centre(d, given);
        break;
    case CUSTOM:
        plain_centre(d, given);
        d->fclose_in_m = d->xbeam_m; /* Q5 */
        d->sclose_in_m = d->ybeam_m;
        break;
    }
}

static void normalise(struct detector *d, struct basis basis)
{
    d->odet_regenerated = vec3_length(basis.normal) != 1.0;
    basis.beam = vec3_unit(basis.beam);
    basis.fast = vec3_unit(basis.fast);
    basis.slow = vec3_unit(basis.slow);
    basis.normal = vec3_unit(basis.normal);
    basis.polar = vec3_unit(basis.polar);
    basis.spindle = vec3_unit(basis.spindle);
    /* Only a normal whose length is not exactly 1 is made anew (Q6). */
    if (d->odet_regenerated)
        basis.normal = vec3_unit(vec3_cross(basis.fast, basis.slow));
    d->vertical = vec3_unit(vec3_cross(basis.beam, basis.polar));
    d->initial = basis;
}

static int check_vectors(const struct basis *basis)
{
    const struct {
        const char *flag;
        const vec3 *vector;
    } needed[] = {{"-fdet_vector", &basis->fast},
                  {"-sdet_vector", &basis->slow},
                  {"-odet_vector", &basis->normal},
                  {"-beam_vector", &basis->beam}};
    for (int i = 0; i < 4; i++)
        if (vec3_length(*needed[i].vector) == 0.0)
            return fail("%s: the vector has no length, or its axes are parallel", needed[i].flag);
    if (vec3_length(basis->polar) == 0.0)
        return doubt("-polar_vector 0 0 0: the vector has no length");
    if (vec3_length(basis->spindle) == 0.0)
        return doubt("-spindle_axis 0 0 0: the vector has no length");
    return STATUS_OK;
}

int convention_apply(struct detector *d, const struct options *options)
{
    const struct detector_options *given = &options->detector;
    const struct convention_row *row = &rows[given->convention];
    int custom = given->convention == CUSTOM;

    d->convention = row->name;
    /* Named conventions force the pivot (Q1). */
    d->pivot_is_sample = custom ? given->pivot_is_sample : row->pivot_is_sample;
    resolve_beam_centre(d, given);
    normalise(d, custom ? given->custom : row->basis);
    return check_vectors(&d->initial);
}
