#include "flags.h"

#include "constants.h"
#include "flag_special.h"
#include "messages.h"
#include "text.h"

#include <string.h>

#define AT(field) offsetof(struct options, field)
#define REAL(flag, how, field, count, per)                                                         \
    {.text = flag, .match = how, .action = SET_REAL, .values = 1, .target = AT(field),             \
     .copies = count, .unit = per}
#define REAL_PIVOT(flag, field, per, where)                                                        \
    {.text = flag, .action = SET_REAL, .values = 1, .target = AT(field), .copies = 1, .unit = per, \
     .pivot = where}
#define INTEGER(flag, how, field, count)                                                           \
    {.text = flag, .match = how, .action = SET_INTEGER, .values = 1, .target = AT(field),          \
     .copies = count}
#define TEXT(flag, field) {.text = flag, .action = SET_TEXT, .values = 1, .target = AT(field)}
#define SWITCH(flag, field, on)                                                                    \
    {.text = flag, .action = SET_SWITCH, .target = AT(field), .copies = on}
#define OWN_SWITCH(flag, field, on)                                                                \
    {.text = flag, .match = EXACT, .action = SET_SWITCH, .target = AT(field), .copies = on}
#define OWN(flag, count, function)                                                                 \
    {.text = flag, .match = EXACT, .action = SPECIAL, .values = count, .apply = function,          \
     .missing = UNDEFINED}
#define IDLE_NUMBER(flag, how) {.text = flag, .match = how, .action = IGNORE_NUMBER, .values = 1}
#define IDLE(flag, count) {.text = flag, .action = IGNORE_TEXT, .values = count}
#define SPECIALLY(flag, how, count, function)                                                      \
    {.text = flag, .match = how, .action = SPECIAL, .values = count, .apply = function}
#define SPECIALLY_PIVOT(flag, count, function, where)                                              \
    {.text = flag, .action = SPECIAL, .values = count, .apply = function, .pivot = where}

#define MM MILLIMETRES_PER_METRE
#define DEG DEGREES_PER_RADIAN
#define ANGSTROM ANGSTROMS_PER_METRE

const struct flag_rule flag_rules[] = {
    /* crystal and structure factors */
    TEXT("-mat", crystal.matrix_file),
    SPECIALLY("-cell", ANYWHERE, 0, apply_cell),
    SPECIALLY("-misset", ANYWHERE, 0, apply_misset),
    SPECIALLY("-misset_seed", ANYWHERE, 1, apply_misset_seed),
    TEXT("-hkl", crystal.hkl_file),
    REAL("-default_F", ANYWHERE, crystal.default_f, 1, 1.0),
    TEXT("-dump", crystal.dump_file),
    INTEGER("-Na", ANYWHERE, crystal.cells[0], 1),
    INTEGER("-Nb", ANYWHERE, crystal.cells[1], 1),
    INTEGER("-Nc", ANYWHERE, crystal.cells[2], 1),
    INTEGER("-N", EXACT, crystal.cells[0], 3),
    REAL("-samplesize", ANYWHERE, crystal.sample_m[0], 3, MM),
    REAL("-sample_size", ANYWHERE, crystal.sample_m[0], 3, MM),
    REAL("-xtalsize", ANYWHERE, crystal.sample_m[0], 3, MM),
    REAL("-xtal_size", ANYWHERE, crystal.sample_m[0], 3, MM),
    REAL("-sample_thick", ANYWHERE, crystal.sample_m[0], 1, MM),
    REAL("-sample_x", ANYWHERE, crystal.sample_m[0], 1, MM),
    REAL("-xtal_thick", ANYWHERE, crystal.sample_m[0], 1, MM),
    REAL("-xtal_x", ANYWHERE, crystal.sample_m[0], 1, MM),
    REAL("-sample_width", ANYWHERE, crystal.sample_m[1], 1, MM),
    REAL("-sample_y", ANYWHERE, crystal.sample_m[1], 1, MM),
    REAL("-xtal_width", ANYWHERE, crystal.sample_m[1], 1, MM),
    REAL("-xtal_y", ANYWHERE, crystal.sample_m[1], 1, MM),
    REAL("-width", ANYWHERE, crystal.sample_m[1], 1, MM),
    REAL("-sample_heigh", ANYWHERE, crystal.sample_m[2], 1, MM),
    REAL("-sample_z", ANYWHERE, crystal.sample_m[2], 1, MM),
    REAL("-xtal_heigh", ANYWHERE, crystal.sample_m[2], 1, MM),
    REAL("-xtal_z", ANYWHERE, crystal.sample_m[2], 1, MM),
    REAL("-heigh", ANYWHERE, crystal.sample_m[2], 1, MM),
    SPECIALLY("-square_xtal", ANYWHERE, 0, apply_shape),
    SPECIALLY("-round_xtal", ANYWHERE, 0, apply_shape),
    SPECIALLY("-gauss_xtal", ANYWHERE, 0, apply_shape),
    SPECIALLY("-binary_spots", ANYWHERE, 0, apply_shape),
    SPECIALLY("-tophat_spots", ANYWHERE, 0, apply_shape),
    REAL("-fudge", ANYWHERE, crystal.fudge, 1, 1.0),
    SWITCH("-interpolate", crystal.interpolation, INTERPOLATE_ON),
    SWITCH("-nointerpolate", crystal.interpolation, INTERPOLATE_OFF),
    REAL("-mosaic", EXACT, crystal.mosaic_spread_rad, 1, DEG),
    REAL("-mosaici", ANYWHERE, crystal.mosaic_spread_rad, 1, DEG),
    REAL("-mosaic_spr", ANYWHERE, crystal.mosaic_spread_rad, 1, DEG),
    INTEGER("-mosaic_dom", ANYWHERE, crystal.mosaic_domains, 1),
    SPECIALLY("-mosaic_seed", ANYWHERE, 1, apply_mosaic_seed),
    IDLE_NUMBER("-density", ANYWHERE),
    IDLE_NUMBER("-sample_den", ANYWHERE),
    IDLE_NUMBER("-MW", EXACT),
    IDLE_NUMBER("-molec", ANYWHERE),
    REAL("-water", ANYWHERE, crystal.water_m, 1, MICROMETRES_PER_METRE),
    SPECIALLY("-stol", EXACT, 1, apply_stol),
    SPECIALLY("-4stol", EXACT, 1, apply_stol),
    SPECIALLY("-Q", EXACT, 1, apply_stol),
    IDLE("-stolout", 1),

    /* beam */
    REAL("-lambda", ANYWHERE, beam.wavelength_m, 1, ANGSTROM),
    REAL("-wave", ANYWHERE, beam.wavelength_m, 1, ANGSTROM),
    SPECIALLY("-energy", ANYWHERE, 1, apply_energy),
    REAL("-fluence", ANYWHERE, beam.fluence_per_m2, 1, 1.0),
    REAL("-flux", ANYWHERE, beam.flux_per_s, 1, 1.0),
    REAL("-exposure", ANYWHERE, beam.exposure_s, 1, 1.0),
    REAL("-beamsize", ANYWHERE, beam.beamsize_m, 1, MM),
    SPECIALLY("-polar", EXACT, 1, apply_polar),
    SWITCH("-nopolar", beam.nopolar, 1),
    REAL("-dispersion", ANYWHERE, beam.dispersion.range, 1, 100.0),
    INTEGER("-dispsteps", ANYWHERE, beam.dispersion.count, 1),
    REAL("-divergence", ANYWHERE, beam.hdiv.range, 1, 1000.0),
    REAL("-divergence", ANYWHERE, beam.vdiv.range, 1, 1000.0),
    REAL("-hdivrange", ANYWHERE, beam.hdiv.range, 1, 1000.0),
    REAL("-vdivrange", ANYWHERE, beam.vdiv.range, 1, 1000.0),
    REAL("-hdivstep", EXACT, beam.hdiv.step, 1, 1000.0),
    REAL("-vdivstep", EXACT, beam.vdiv.step, 1, 1000.0),
    INTEGER("-hdivsteps", ANYWHERE, beam.hdiv.count, 1),
    INTEGER("-vdivsteps", ANYWHERE, beam.vdiv.count, 1),
    INTEGER("-divsteps", ANYWHERE, beam.hdiv.count, 1),
    INTEGER("-divsteps", ANYWHERE, beam.vdiv.count, 1),
    SWITCH("-round_div", beam.round_div, 1),
    SWITCH("-square_div", beam.round_div, 0),
    TEXT("-sourcefile", beam.source_file),
    IDLE("-coherent", 0),

    /* detector; -img and -mask are read before everything else */
    IDLE("-img", 1),
    IDLE("-mask", 1),
    REAL("-pixel", ANYWHERE, detector.pixel_m, 1, MM),
    REAL("-detsize", EXACT, detector.detsize_m[0], 2, MM),
    REAL("-detsize_f", ANYWHERE, detector.detsize_m[0], 1, MM),
    REAL("-detsize_s", ANYWHERE, detector.detsize_m[1], 1, MM),
    INTEGER("-detpixels", EXACT, detector.detpixels[0], 2),
    INTEGER("-detpixels_f", ANYWHERE, detector.detpixels[0], 1),
    INTEGER("-detpixels_x", ANYWHERE, detector.detpixels[0], 1),
    INTEGER("-detpixels_s", ANYWHERE, detector.detpixels[1], 1),
    INTEGER("-detpixels_y", ANYWHERE, detector.detpixels[1], 1),
    REAL_PIVOT("-distance", detector.distance_m, MM, PIVOT_BEAM),
    REAL_PIVOT("-close_distance", detector.close_distance_m, MM, PIVOT_SAMPLE),
    REAL_PIVOT("-Xbeam", detector.xbeam_m, MM, PIVOT_BEAM),
    REAL_PIVOT("-Ybeam", detector.ybeam_m, MM, PIVOT_BEAM),
    REAL_PIVOT("-Xclose", detector.xclose_m, MM, PIVOT_SAMPLE),
    REAL_PIVOT("-Yclose", detector.yclose_m, MM, PIVOT_SAMPLE),
    REAL_PIVOT("-ORGX", detector.orgx_pixels, 1.0, PIVOT_SAMPLE),
    REAL_PIVOT("-ORGY", detector.orgy_pixels, 1.0, PIVOT_SAMPLE),
    SPECIALLY("-mosflm", ANYWHERE, 0, apply_convention),
    SPECIALLY("-xds", ANYWHERE, 0, apply_convention),
    SPECIALLY("-adxv", ANYWHERE, 0, apply_convention),
    SPECIALLY("-denzo", ANYWHERE, 0, apply_convention),
    SPECIALLY("-dials", ANYWHERE, 0, apply_convention),
    SPECIALLY("-fdet_vector", ANYWHERE, 3, apply_vector),
    SPECIALLY("-sdet_vector", ANYWHERE, 3, apply_vector),
    SPECIALLY("-odet_vector", ANYWHERE, 3, apply_vector),
    SPECIALLY("-beam_vector", ANYWHERE, 3, apply_vector),
    SPECIALLY("-polar_vector", ANYWHERE, 3, apply_vector),
    SPECIALLY("-spindle_axis", ANYWHERE, 3, apply_vector),
    SPECIALLY_PIVOT("-twotheta_axis", 3, apply_vector, PIVOT_SAMPLE),
    SPECIALLY("-pix0_vector", ANYWHERE, 3, apply_vector),
    /* Also takes the first component of -twotheta_axis, which contains this text (Q10). */
    REAL_PIVOT("-twotheta", detector.twotheta_rad, DEG, PIVOT_SAMPLE),
    REAL("-detector_rotx", ANYWHERE, detector.rotation_rad[0], 1, DEG),
    REAL("-detector_roty", ANYWHERE, detector.rotation_rad[1], 1, DEG),
    REAL("-detector_rotz", ANYWHERE, detector.rotation_rad[2], 1, DEG),
    SPECIALLY("-pivot", ANYWHERE, 1, apply_pivot),
    SPECIALLY("-curved_det", ANYWHERE, 0, apply_curved),
    SWITCH("-point_pixel", detector.point_pixel, 1),
    {.text = "-detector_abs", .action = SPECIAL, .values = 1, .apply = apply_attenuation,
     .missing = UNDEFINED},
    {.text = "-detector_thick", .match = EXACT, .action = SET_REAL, .values = 1,
     .target = AT(detector.thickness_m), .copies = 1, .unit = MICROMETRES_PER_METRE,
     .missing = UNDEFINED},
    {.text = "-detector_thicksteps", .action = SET_INTEGER, .values = 1,
     .target = AT(detector.layers), .copies = 1, .missing = UNDEFINED},
    {.text = "-thicksteps", .action = SET_INTEGER, .values = 1, .target = AT(detector.layers),
     .copies = 1, .missing = UNDEFINED},
    SPECIALLY("-roi", ANYWHERE, 4, apply_roi),

    /* scan and sampling */
    REAL("-phi", EXACT, phi_rad, 1, DEG),
    REAL("-osc", ANYWHERE, osc_rad, 1, DEG),
    REAL("-phistep", EXACT, phistep_rad, 1, DEG),
    INTEGER("-phisteps", ANYWHERE, phisteps, 1),
    INTEGER("-oversample", ANYWHERE, oversample, 1),
    SPECIALLY("-oversample_thick", ANYWHERE, 0, apply_oversample_factor),
    SPECIALLY("-oversample_polar", ANYWHERE, 0, apply_oversample_factor),
    SPECIALLY("-oversample_omega", ANYWHERE, 0, apply_oversample_factor),
    REAL("-dmin", ANYWHERE, dmin_m, 1, ANGSTROM),

    /* output and diagnostics */
    TEXT("-floatfile", output.float_file),
    TEXT("-floatimage", output.float_file),
    TEXT("-intfile", output.int_file),
    TEXT("-intimage", output.int_file),
    REAL("-scale", ANYWHERE, output.int_scale, 1, 1.0),
    REAL("-adc", ANYWHERE, output.adc, 1, 1.0),
    SPECIALLY("-pgmfile", ANYWHERE, 1, apply_pgm_file),
    SPECIALLY("-pgmimage", ANYWHERE, 1, apply_pgm_file),
    SPECIALLY("-pgmscale", ANYWHERE, 1, apply_pgm_scale),
    SWITCH("-nopgm", output.no_pgm, 1),
    SPECIALLY("-noisefile", ANYWHERE, 1, apply_noise_file),
    SPECIALLY("-noiseimage", ANYWHERE, 1, apply_noise_file),
    SWITCH("-nonoise", output.no_noise, 1),
    SPECIALLY("-seed", ANYWHERE, 1, apply_noise_seed),
    SWITCH("-printout", output.printout, 1),
    SPECIALLY("-printout_pixel", ANYWHERE, 2, apply_printout_pixel),
    SWITCH("-progress", output.progress, 1),
    SWITCH("-noprogress", output.progress, 0),
    {.text = "-trace_pixel", .action = SPECIAL, .values = 2, .apply = apply_trace_pixel,
     .missing = UNDEFINED},

    /* this program's own, all exact: a longer flag of nanoBragg must not meet them */
    {.text = "-float64file", .match = EXACT, .action = SET_TEXT, .values = 1,
     .target = AT(output.float64_file), .missing = UNDEFINED},
    OWN_SWITCH("-nodump", crystal.use_dump, 0),
    OWN_SWITCH("-nofloat", output.no_float, 1),
    OWN_SWITCH("-noint", output.no_int, 1),
    OWN_SWITCH("-trace_only", output.trace_only, 1),
    {.text = "-trace_list", .match = EXACT, .action = SET_TEXT, .values = 1,
     .target = AT(output.trace_list), .missing = UNDEFINED},
    OWN("-threads", 1, apply_threads),
    OWN("-semantics", 1, apply_semantics),
    {.text = "-strict", .match = EXACT, .action = IGNORE_TEXT}, /* looked for before the others */
    {.text = "--strict", .match = EXACT, .action = IGNORE_TEXT},
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

int flag_is_known(const char *argument)
{
    for (size_t r = 0; argument[0] == '-' && r < flag_rule_count; r++)
        if (flag_matches(&flag_rules[r], argument))
            return 1;
    return 0;
}
