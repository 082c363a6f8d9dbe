#include "geometry.h"

#include "conventions.h"
#include "limits.h"
#include "messages.h"

#include <float.h>
#include <math.h>
#include <stddef.h>

/* Spec 3.2: counts beat the size in millimetres, which is not rounded to whole pixels (Q14). */
static int resolve_size(struct detector *d, const struct detector_options *given)
{
    d->pixel_m = given->pixel_m;
    if (!(d->pixel_m > 0.0))
        return fail("-pixel: the pixel size must be positive (%g mm)", d->pixel_m * 1000.0);
    d->detsize_f_m = given->detpixels[0] ? d->pixel_m * given->detpixels[0] : given->detsize_m[0];
    d->detsize_s_m = given->detpixels[1] ? d->pixel_m * given->detpixels[1] : given->detsize_m[1];

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

static int resolve_mask(struct detector *d, const struct detector_options *given)
{
    d->mask = given->mask;
    if (d->mask && (given->mask_size[0] != d->fpixels || given->mask_size[1] != d->spixels))
        return fail("-mask: the mask has %d x %d pixels (fast x slow), the detector %d x %d",
                    given->mask_size[0], given->mask_size[1], d->fpixels, d->spixels);
    return STATUS_OK;
}

/* Spec 3.4. */
static void resolve_close_and_roi(struct detector *d, const struct detector_options *given)
{
    double orgx = given->orgx_pixels, orgy = given->orgy_pixels;

    d->fclose_in_m = isnan(orgx) ? d->detsize_f_m / 2.0 : (orgx - 0.5) * d->pixel_m;
    d->sclose_in_m = isnan(orgy) ? d->detsize_s_m / 2.0 : (orgy - 0.5) * d->pixel_m;
    d->xclose_m = isnan(given->xclose_m) ? d->fclose_in_m : given->xclose_m;
    d->yclose_m = isnan(given->yclose_m) ? d->sclose_in_m : given->yclose_m;

    const int defaults[4] = {0, d->fpixels, 0, d->spixels};
    for (int i = 0; i < 4; i++)
        d->roi[i] = given->roi[i] < 0 ? defaults[i] : given->roi[i];
}

/* ROTA(ROT3(v)): detector rotations, then the two-theta swing (spec 4.3). */
static vec3 swung(const struct detector *d, vec3 v)
{
    return vec3_rotated_about(vec3_rotated_xyz(v, d->rotation_rad), d->initial.twotheta,
                              d->twotheta_rad);
}

/* -first*fast - second*slow + depth*along, in the order of spec 4.3. */
static vec3 corner(const struct basis *basis, double first, double second, double depth, vec3 along)
{
    vec3 in_plane = vec3_sum(vec3_scaled(basis->fast, -first), vec3_scaled(basis->slow, -second));
    return vec3_sum(in_plane, vec3_scaled(along, depth));
}

/* Spec 4.2: the near distance beats the distance; the two-theta swing is left out (Q11, Q12). */
static int resolve_distance(struct detector *d, const struct detector_options *given)
{
    vec3 normal = vec3_rotated_xyz(d->initial.normal, d->rotation_rad);

    d->distance_in_m = given->distance_m;
    d->ratio = vec3_dot(d->initial.beam, normal);
    if (d->ratio == 0.0)
        d->ratio = DBL_MIN;
    d->close_distance_in_m = isnan(given->close_distance_m) ? fabs(d->ratio * d->distance_in_m)
                                                             : given->close_distance_m;
    if (d->close_distance_in_m == 0.0)
        return fail("%s: the detector cannot be at distance 0",
                    isnan(given->close_distance_m) ? "-distance" : "-close_distance");
    return STATUS_OK;
}

/* Spec 4.3. */
static void place(struct detector *d)
{
    struct basis *after = &d->after_rotation;

    *after = d->basis = d->initial;
    if (d->pivot_is_sample)
        d->pix0_m = swung(d, corner(&d->initial, d->fclose_in_m, d->sclose_in_m,
                                    d->close_distance_in_m, d->initial.normal));
    after->fast = vec3_rotated_xyz(d->initial.fast, d->rotation_rad);
    after->slow = vec3_rotated_xyz(d->initial.slow, d->rotation_rad);
    after->normal = vec3_rotated_xyz(d->initial.normal, d->rotation_rad);
    d->basis.fast = swung(d, d->initial.fast);
    d->basis.slow = swung(d, d->initial.slow);
    d->basis.normal = swung(d, d->initial.normal);
    if (!d->pivot_is_sample)
        d->pix0_m = corner(&d->basis, d->fbeam_in_m, d->sbeam_in_m,
                           d->close_distance_in_m / d->ratio, d->basis.beam);
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

static int check_finite(const struct detector *d)
{
    if (isfinite(vec3_length(d->pix0_m)) && isfinite(d->distance_m))
        return STATUS_OK;
    return fail("-distance/-detector_rotx/-twotheta_axis: these values put the detector at no "
                "finite place; the beam may run along its surface");
}

int detector_build(struct detector *d, const struct options *options)
{
    const struct detector_options *given = &options->detector;
    int status;

    if ((status = resolve_size(d, given)) != STATUS_OK
        || (status = resolve_mask(d, given)) != STATUS_OK)
        return status;
    for (int i = 0; i < 3; i++)
        d->rotation_rad[i] = given->rotation_rad[i];
    d->twotheta_rad = given->twotheta_rad;
    d->curved = given->curved;
    d->point_pixel = given->point_pixel;
    resolve_close_and_roi(d, given);
    if ((status = convention_apply(d, options)) != STATUS_OK
        || (status = resolve_distance(d, given)) != STATUS_OK)
        return status;
    place(d);
    derive_from_corner(d);
    return check_finite(d);
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
