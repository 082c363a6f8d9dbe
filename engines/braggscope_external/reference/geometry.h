/* The detector in the laboratory frame (spec 3.2, 3.4 and 4). */
#ifndef BRAGGSCOPE_GEOMETRY_H
#define BRAGGSCOPE_GEOMETRY_H

#include "options.h"
#include "vector.h"

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

/* Is this pixel of the region of interest skipped by the mask? */
int detector_masked(const struct detector *detector, int slow, int fast);

/* The part of the region of interest that lies on the detector, same order as roi. */
void detector_clipped_roi(const struct detector *detector, int bounds[4]);

/* Lab position of a point of the flat detector, given from the outer corner of pixel (0,0). */
vec3 detector_flat_position(const struct detector *detector, double fast_m, double slow_m,
                            double depth_m);

/* The same point of the detector as it is, flat or curved (spec 4.5). */
vec3 detector_position(const struct detector *detector, vec3 flat);

/* Solid angle of a whole pixel seen over the distance r (spec 4.6). */
double detector_solid_angle(const struct detector *detector, double r_m);

#endif
