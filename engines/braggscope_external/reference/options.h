/* The command line as the user wrote it (cli.md): units converted, nothing derived yet. */
#ifndef BRAGGSCOPE_OPTIONS_H
#define BRAGGSCOPE_OPTIONS_H

enum convention { MOSFLM, XDS, ADXV, DENZO, DIALS };
enum crystal_shape { SHAPE_SQUARE, SHAPE_ROUND, SHAPE_GAUSS, SHAPE_TOPHAT };
enum interpolation { INTERPOLATE_AUTO = -1, INTERPOLATE_OFF = 0, INTERPOLATE_ON = 1 };

/* Values that this program accepts only as zero, because what they switch on is not implemented. */
enum zero_only {
    ZERO_ROTX,
    ZERO_ROTY,
    ZERO_ROTZ,
    ZERO_TWOTHETA,
    ZERO_THICKNESS,
    ZERO_DMIN,
    ZERO_WATER,
    ZERO_SAMPLE_X,
    ZERO_SAMPLE_Y,
    ZERO_SAMPLE_Z,
    ZERO_ONLY_COUNT
};

struct zero_only_value {
    const char *flag;
    double value;
};

/* One axis of divergence, or dispersion, before spec 3.6 resolves it. */
struct grid_request {
    int count;
    double range, step;
};

/* Unset: NaN for beam-centre values, negative for counts and ranges (spec 3), NULL for texts. */
struct options {
    double cell[6]; /* Angstrom, degrees; zero where not given */
    int cell_values;
    const char *matrix_file;
    double misset_rad[3];
    const char *misset_random_flag;
    const char *hkl_file;
    double default_f;
    int crystal_cells[3];
    enum crystal_shape shape;
    const char *shape_flag;
    int interpolation; /* one of enum interpolation */

    double mosaic_spread_rad;
    int mosaic_domains;
    int mosaic_seed;

    double wavelength_m;
    double fluence_per_m2, flux_per_s, exposure_s, beamsize_m;
    double kahn_factor;
    int nopolar;
    struct grid_request hdiv, vdiv, dispersion;

    double pixel_m;
    double detsize_m[2]; /* fast, slow */
    int detpixels[2];    /* fast, slow; zero: not given */
    double distance_m;
    double xbeam_m, ybeam_m, xclose_m, yclose_m;
    double orgx_pixels, orgy_pixels;
    enum convention convention;
    int roi[4]; /* fast minimum, maximum, slow minimum, maximum; inclusive */

    double phi_rad, osc_rad, phistep_rad;
    int phisteps;
    int oversample;

    const char *float_file, *float64_file;
    const char *int_file, *pgm_file, *noise_file; /* asked for by name; not written */
    const char *printout_flag;
    int progress;
    int threads; /* 0: as many as OpenMP likes */
    int trace;
    int trace_slow, trace_fast;

    struct zero_only_value zero_only[ZERO_ONLY_COUNT];
    const char *custom_flag; /* last vector flag, if no convention flag came after it (spec 4.1) */
    const char *refused_flag, *refused_reason;
};

/* Reads the command line. Any trouble is reported on stderr; returns an exit status. */
int options_parse(struct options *options, int argc, char **argv);

/* Refuses what would change the image and is not implemented, as far as parsing can tell. */
int options_refuse_unimplemented(const struct options *options);

/* Warns of outputs that were asked for by name and are not written. */
void options_warn_unwritten(const struct options *options);

#endif
