/* The detector in the laboratory frame (spec 3.2, 3.4 and 4). */
#ifndef BRAGGSCOPE_GEOMETRY_H
#define BRAGGSCOPE_GEOMETRY_H

#include "options.h"
#include "vector.h"

/* Unit vectors of a convention, except that the two-theta axis is used as it is (Q9). */
struct basis {
    vec3 fast, slow, normal;
    vec3 beam, polar, spindle, twotheta;
};

/* Names with "in" enter pix0; the same names without it are derived from pix0 (spec 4.4). */
struct detector {
    const char *convention;
    int pivot_is_sample;
    double pixel_m;
    int fpixels, spixels;
    double detsize_f_m, detsize_s_m;
    int roi[4]; /* fast minimum, maximum, slow minimum, maximum; inclusive, may exceed the detector
                 */

    double distance_in_m, close_distance_in_m;
    double xbeam_m, ybeam_m, xclose_m, yclose_m;
    double fbeam_in_m, sbeam_in_m, fclose_in_m, sclose_in_m;
    struct basis basis;
    double ratio;

    vec3 pix0_m;
    double close_distance_m, distance_m;
    double fclose_m, sclose_m, fbeam_m, sbeam_m;
    double orgx_pixels, orgy_pixels;
};

int detector_build(struct detector *detector, const struct options *options);

int detector_roi_contains(const struct detector *detector, int slow, int fast);

/* The part of the region of interest that lies on the detector, same order as roi. */
void detector_clipped_roi(const struct detector *detector, int bounds[4]);

/* Lab position of a detector point, given from the outer corner of pixel (0,0). */
vec3 detector_position(const struct detector *detector, double fast_m, double slow_m,
                       double depth_m);

/* Solid angle of a whole pixel seen over the distance r (spec 4.6). */
double detector_solid_angle(const struct detector *detector, double r_m);

#endif
