/* The command line as the user wrote it (cli.md): units converted, nothing derived yet. */
#ifndef BRAGGSCOPE_OPTIONS_H
#define BRAGGSCOPE_OPTIONS_H

#include "semantics.h"
#include "vector.h"

#include <stdint.h>

enum convention { MOSFLM, XDS, ADXV, DENZO, DIALS, CUSTOM };
enum crystal_shape { SHAPE_SQUARE, SHAPE_ROUND, SHAPE_GAUSS, SHAPE_TOPHAT };
enum interpolation { INTERPOLATE_AUTO = -1, INTERPOLATE_OFF = 0, INTERPOLATE_ON = 1 };

/* Unit vectors of a convention, except that the two-theta axis is used as it is (Q9). */
struct basis {
    vec3 fast, slow, normal;
    vec3 beam, polar, spindle, twotheta;
};

/* One axis of divergence, or dispersion, before spec 3.6 resolves it. */
struct grid_request {
    int count;
    double range, step;
};

/* A seed of one of the random streams; the generator's seed variable is its negative (spec 12.1). */
struct seed_request {
    int given;
    int value;
};

struct crystal_options {
    double cell[6]; /* Angstrom, degrees; zero where not given */
    int cell_values;
    const char *matrix_file;
    double misset_rad[3];
    int misset_random;
    struct seed_request misset_seed;
    const char *hkl_file;
    const char *profile_flag, *profile_file; /* of amorphous scattering */
    const char *dump_file;
    int use_dump; /* write and read dump files */
    double default_f;
    int cells[3];
    double sample_m[3]; /* zero: not given */
    enum crystal_shape shape;
    double fudge;
    int interpolation; /* one of enum interpolation */
    double mosaic_spread_rad;
    int mosaic_domains;
    struct seed_request mosaic_seed;
    double water_m;
};

struct beam_options {
    double wavelength_m;
    double fluence_per_m2, flux_per_s, exposure_s, beamsize_m;
    double kahn_factor;
    int nopolar;
    struct grid_request hdiv, vdiv, dispersion;
    int round_div;
    const char *source_file;
};

/* Unset: NaN for beam-centre values and the close distance, zero for pixel counts. */
struct detector_options {
    double pixel_m;
    double detsize_m[2]; /* fast, slow */
    int detpixels[2];    /* fast, slow */
    double distance_m, close_distance_m;
    double xbeam_m, ybeam_m, xclose_m, yclose_m;
    double orgx_pixels, orgy_pixels;
    enum convention convention;
    struct basis custom; /* the vectors as given; used by CUSTOM alone */
    int pivot_is_sample; /* counts for CUSTOM alone (Q1) */
    double rotation_rad[3], twotheta_rad;
    int curved, point_pixel;
    double thickness_m, attenuation_per_m;
    int layers;
    int roi[4]; /* fast minimum, maximum, slow minimum, maximum; inclusive */
    uint16_t *mask; /* pixels of the mask file, or NULL */
    int mask_size[2];
};

struct output_options {
    const char *float_file, *float64_file, *int_file, *pgm_file, *noise_file; /* NULL: not asked */
    int no_float, no_int, no_pgm, no_noise;
    double int_scale, adc, pgm_scale;
    struct seed_request seed;
    int printout;
    int printout_pixel[2]; /* fast, slow; negative: all */
    int progress;
    int trace;
    int trace_slow, trace_fast;
    const char *trace_list; /* a file of pixels, slow and fast, to be traced instead of one */
    int trace_only;         /* neither image nor files, but the pixel as it is in the whole image */
};

struct options {
    struct crystal_options crystal;
    struct beam_options beam;
    struct detector_options detector;
    double phi_rad, osc_rad, phistep_rad;
    int phisteps;
    int oversample;
    double dmin_m;
    struct output_options output;
    int threads; /* 0: as many as OpenMP likes */
    struct semantics semantics;
};

/* Reads the command line and the headers of -mask and -img. Any trouble is reported on stderr;
   returns an exit status. Free with options_free() whatever the status is. */
int options_parse(struct options *options, int argc, char **argv);

/* Reports flags that lose to others, or whose turn never comes (a doubt each). */
int options_check_effects(const struct options *options, int argc, char **argv);

void options_free(struct options *options);

#endif
