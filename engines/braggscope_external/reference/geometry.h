/* The detector in the laboratory frame (spec 3.2, 3.4 and 4). */
#ifndef BRAGGSCOPE_GEOMETRY_H
#define BRAGGSCOPE_GEOMETRY_H

#include "options.h"
#include "vector.h"

#include <stddef.h>

/* Names with "in" enter pix0; the same names without it are derived from pix0 (spec 4.4). */
struct detector {
    const char *convention;
    int pivot_is_sample;
    double pixel_m;
    int fpixels, spixels;
    double detsize_f_m, detsize_s_m;
    int roi[4]; /* fast minimum, maximum, slow minimum, maximum; inclusive, may exceed the detector
                 */
    const uint16_t *mask; /* 0: skip the pixel; NULL: there is no mask */

    double distance_in_m, close_distance_in_m;
    double xbeam_m, ybeam_m, xclose_m, yclose_m;
    double fbeam_in_m, sbeam_in_m, fclose_in_m, sclose_in_m;
    double rotation_rad[3], twotheta_rad;
    int odet_regenerated; /* the normal was made from fast and slow (Q6) */
    struct basis initial, after_rotation, basis;
    vec3 vertical; /* for divergence only */
    double ratio;

    vec3 pix0_m;
    double close_distance_m, distance_m;
    double fclose_m, sclose_m, fbeam_m, sbeam_m;
    double orgx_pixels, orgy_pixels;

    int curved, point_pixel;
};

int detector_build(struct detector *detector, const struct options *options);

int detector_roi_contains(const struct detector *detector, int slow, int fast);

/* Every pixel asks the questions that are answered here and not in geometry.c. */

/* Is this pixel of the region of interest skipped by the mask? */
static inline int detector_masked(const struct detector *d, int slow, int fast)
{
    return d->mask && d->mask[(size_t)slow * (size_t)d->fpixels + (size_t)fast] == 0;
}

/* The part of the region of interest that lies on the detector, same order as roi. */
void detector_clipped_roi(const struct detector *detector, int bounds[4]);

/* Lab position of a point of the flat detector, given from the outer corner of pixel (0,0). */
static inline vec3 detector_flat_position(const struct detector *d, double fast_m, double slow_m,
                                          double depth_m)
{
    const struct basis *basis = &d->basis;
    vec3 position = vec3_sum(vec3_scaled(basis->fast, fast_m), vec3_scaled(basis->slow, slow_m));
    position = vec3_sum(position, vec3_scaled(basis->normal, depth_m));
    return vec3_sum(position, d->pix0_m);
}

/* The same point of the detector as it is, flat or curved (spec 4.5). A curved one turns the beam
   spot by the lab y and z of the flat position, whatever the convention (Q15). */
static inline vec3 detector_position(const struct detector *d, vec3 flat)
{
    if (!d->curved)
        return flat;
    vec3 spot = vec3_scaled(d->basis.beam, d->distance_m);
    spot = vec3_rotated_about(spot, d->basis.slow, flat.y / d->distance_m);
    return vec3_rotated_about(spot, d->basis.fast, flat.z / d->distance_m);
}

/* Solid angle of a whole pixel seen over the distance r (spec 4.6). */
static inline double detector_solid_angle(const struct detector *d, double r_m)
{
    if (d->point_pixel)
        return 1.0 / r_m / r_m; /* drops the pixel's area too (Q16) */
    return d->pixel_m * d->pixel_m / r_m / r_m * d->close_distance_m / r_m;
}

#endif
