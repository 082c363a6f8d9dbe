#include "geometry.h"

#include "messages.h"

#include <float.h>
#include <math.h>

/* Largest image that this program takes on: 16384 x 16384. */
static const double MAX_PIXELS = 268435456.0;

struct convention_row {
    const char *name;
    struct basis basis;
    int pivot_is_sample;
};

/* Spec 4.1, in the order of enum convention. Vectors in the order of struct basis. */
static const struct convention_row convention_rows[] = {
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
};

static double given_or(double value, double otherwise)
{
    return isnan(value) ? otherwise : value;
}

/* Spec 3.2: counts beat the size in millimetres, which is not rounded to whole pixels (Q14). */
static int resolve_size(struct detector *d, const struct options *options)
{
    d->pixel_m = options->pixel_m;
    if (!(d->pixel_m > 0.0))
        return fail("-pixel: the pixel size must be positive (%g mm)", d->pixel_m * 1000.0);
    d->detsize_f_m =
        options->detpixels[0] ? d->pixel_m * options->detpixels[0] : options->detsize_m[0];
    d->detsize_s_m =
        options->detpixels[1] ? d->pixel_m * options->detpixels[1] : options->detsize_m[1];

    double fpixels = ceil(d->detsize_f_m / d->pixel_m - 0.5);
    double spixels = ceil(d->detsize_s_m / d->pixel_m - 0.5);
    if (!(fpixels >= 1.0 && spixels >= 1.0))
        return fail("-detpixels/-detsize: a detector of %g x %g pixels has no pixel", fpixels,
                    spixels);
    if (!(fpixels * spixels <= MAX_PIXELS))
        return fail("-detpixels/-detsize: %g x %g pixels are more than this program takes (%.0f)",
                    fpixels, spixels, MAX_PIXELS);
    d->fpixels = (int)fpixels;
    d->spixels = (int)spixels;
    return STATUS_OK;
}

/* Spec 3.4. */
static void resolve_close_and_roi(struct detector *d, const struct options *options)
{
    double orgx = options->orgx_pixels, orgy = options->orgy_pixels;

    d->fclose_in_m = isnan(orgx) ? d->detsize_f_m / 2.0 : (orgx - 0.5) * d->pixel_m;
    d->sclose_in_m = isnan(orgy) ? d->detsize_s_m / 2.0 : (orgy - 0.5) * d->pixel_m;
    d->xclose_m = given_or(options->xclose_m, d->fclose_in_m);
    d->yclose_m = given_or(options->yclose_m, d->sclose_in_m);

    const int defaults[4] = {0, d->fpixels, 0, d->spixels};
    for (int i = 0; i < 4; i++)
        d->roi[i] = options->roi[i] < 0 ? defaults[i] : options->roi[i];
}

/* The last five columns of the table in spec 4.1. */
static void resolve_beam_centre(struct detector *d, const struct options *options)
{
    double half_f = (d->detsize_f_m + d->pixel_m) / 2.0;
    double half_s = (d->detsize_s_m + d->pixel_m) / 2.0;

    switch (options->convention) {
    case ADXV:
        d->xbeam_m = given_or(options->xbeam_m, half_f);
        d->ybeam_m = given_or(options->ybeam_m, (d->detsize_s_m - d->pixel_m) / 2.0);
        d->fbeam_in_m = d->xbeam_m;
        d->sbeam_in_m = d->detsize_s_m - d->ybeam_m;
        break;
    case MOSFLM:
    case DENZO: {
        /* MOSFLM counts from pixel centres: half a pixel more than DENZO (Q2). */
        double shift = options->convention == MOSFLM ? 0.5 * d->pixel_m : 0.0;
        d->xbeam_m = given_or(options->xbeam_m, half_s);
        d->ybeam_m = given_or(options->ybeam_m, half_f);
        d->fbeam_in_m = d->ybeam_m + shift;
        d->sbeam_in_m = d->xbeam_m + shift;
        break;
    }
    case XDS:
    case DIALS:
        d->xbeam_m = given_or(options->xbeam_m, d->xclose_m);
        d->ybeam_m = given_or(options->ybeam_m, d->yclose_m);
        d->fbeam_in_m = d->xbeam_m;
        d->sbeam_in_m = d->ybeam_m;
        break;
    }
}

static struct basis normalised(struct basis basis)
{
    basis.beam = vec3_unit(basis.beam);
    basis.fast = vec3_unit(basis.fast);
    basis.slow = vec3_unit(basis.slow);
    basis.normal = vec3_unit(basis.normal);
    basis.polar = vec3_unit(basis.polar);
    basis.spindle = vec3_unit(basis.spindle);
    return basis;
}

/* -first*fast - second*slow + depth*along, in the order of spec 4.3. */
static vec3 corner(const struct basis *basis, double first, double second, double depth, vec3 along)
{
    vec3 in_plane = vec3_sum(vec3_scaled(basis->fast, -first), vec3_scaled(basis->slow, -second));
    return vec3_sum(in_plane, vec3_scaled(along, depth));
}

/* Spec 4.2 and 4.3. There are no detector rotations here: the final basis is the initial one. */
static void place_corner(struct detector *d)
{
    const struct basis *basis = &d->basis;

    d->ratio = vec3_dot(basis->beam, basis->normal);
    if (d->ratio == 0.0)
        d->ratio = DBL_MIN;
    d->close_distance_in_m = fabs(d->ratio * d->distance_in_m);
    double distance_m = d->close_distance_in_m / d->ratio;

    if (d->pivot_is_sample)
        d->pix0_m =
            corner(basis, d->fclose_in_m, d->sclose_in_m, d->close_distance_in_m, basis->normal);
    else
        d->pix0_m = corner(basis, d->fbeam_in_m, d->sbeam_in_m, distance_m, basis->beam);
}

/* Spec 4.4. */
static void derive_from_corner(struct detector *d)
{
    const struct basis *basis = &d->basis;

    d->fclose_m = -vec3_dot(d->pix0_m, basis->fast);
    d->sclose_m = -vec3_dot(d->pix0_m, basis->slow);
    d->close_distance_m = vec3_dot(d->pix0_m, basis->normal);
    d->distance_m = d->close_distance_m / d->ratio;
    vec3 beam_spot = vec3_difference(vec3_scaled(basis->beam, d->distance_m), d->pix0_m);
    d->fbeam_m = vec3_dot(basis->fast, beam_spot);
    d->sbeam_m = vec3_dot(basis->slow, beam_spot);
    d->orgx_pixels = d->fclose_m / d->pixel_m + 0.5;
    d->orgy_pixels = d->sclose_m / d->pixel_m + 0.5;
}

int detector_build(struct detector *d, const struct options *options)
{
    const struct convention_row *row = &convention_rows[options->convention];

    int status = resolve_size(d, options);
    if (status != STATUS_OK)
        return status;
    if (options->distance_m == 0.0)
        return fail("-distance: the detector cannot be at distance 0");
    d->convention = row->name;
    d->pivot_is_sample = row->pivot_is_sample; /* forced by the convention (Q1) */
    d->distance_in_m = options->distance_m;
    resolve_close_and_roi(d, options);
    resolve_beam_centre(d, options);
    d->basis = normalised(row->basis);
    place_corner(d);
    derive_from_corner(d);
    return STATUS_OK;
}

int detector_roi_contains(const struct detector *d, int slow, int fast)
{
    return fast >= d->roi[0] && fast <= d->roi[1] && slow >= d->roi[2] && slow <= d->roi[3];
}

void detector_clipped_roi(const struct detector *d, int bounds[4])
{
    bounds[0] = d->roi[0];
    bounds[1] = d->roi[1] < d->fpixels ? d->roi[1] : d->fpixels - 1;
    bounds[2] = d->roi[2];
    bounds[3] = d->roi[3] < d->spixels ? d->roi[3] : d->spixels - 1;
}

vec3 detector_position(const struct detector *d, double fast_m, double slow_m, double depth_m)
{
    const struct basis *basis = &d->basis;
    vec3 position = vec3_sum(vec3_scaled(basis->fast, fast_m), vec3_scaled(basis->slow, slow_m));
    position = vec3_sum(position, vec3_scaled(basis->normal, depth_m));
    return vec3_sum(position, d->pix0_m);
}

double detector_solid_angle(const struct detector *d, double r_m)
{
    return d->pixel_m * d->pixel_m / r_m / r_m * d->close_distance_m / r_m;
}
