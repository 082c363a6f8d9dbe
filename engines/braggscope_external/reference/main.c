/* braggscope-nanobragg: a diffraction simulator compatible with nanoBragg (see README.md). */
#include "messages.h"
#include "options.h"
#include "run.h"
#include "scene.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#ifndef BRAGGSCOPE_VERSION
#define BRAGGSCOPE_VERSION "0.1.0"
#endif

static void print_capabilities(void)
{
#ifdef _OPENMP
    const char *openmp = "true";
#else
    const char *openmp = "false";
#endif
    printf("{\"program\":\"braggscope-nanobragg\",\"version\":\"%s\",\"float64file\":true,"
           "\"trace\":\"complete\",\"openmp\":%s,\"semantics\":true,\"semantic_options\":",
           BRAGGSCOPE_VERSION, openmp);
    semantics_print_json();
    printf(",\"flags\":[\"-nodump\",\"-nofloat\",\"-noint\",\"-strict\",\"-trace_only\",\"-trace_list\"]}\n");
}

static void print_usage(void)
{
    static const char *const lines[] = {
        "usage: braggscope-nanobragg CELL FACTORS [flags]",
        "CELL      -cell a b c alpha beta gamma | -mat FILE",
        "FACTORS   -hkl FILE | -default_F F | a dump file (Fdump.bin)",
        "crystal   -misset RX RY RZ | -misset random  -N -Na -Nb -Nc CELLS  -xtalsize MM",
        "          -square_xtal -round_xtal -gauss_xtal -tophat_spots  -fudge FACTOR",
        "          -interpolate -nointerpolate  -mosaic DEGREES  -mosaic_domains COUNT",
        "          -misset_seed -mosaic_seed SEED  -water MICRONS  -dump FILE",
        "beam      -lambda ANGSTROM  -energy EV  -polar KAHN  -nopolar  -dmin ANGSTROM",
        "          -fluence PHOTONS_PER_M2  -flux PHOTONS_PER_S  -exposure S  -beamsize MM",
        "          -dispersion PERCENT  -dispsteps COUNT  -divergence -hdivrange -vdivrange MRAD",
        "          -divsteps -hdivsteps -vdivsteps COUNT  -hdivstep -vdivstep MRAD",
        "          -round_div -square_div  -sourcefile FILE",
        "detector  -distance -close_distance MM  -pixel MM  -detpixels[_f|_s] COUNT",
        "          -detsize[_f|_s] MM  -mosflm -xds -adxv -denzo -dials  -Xbeam -Ybeam MM",
        "          -Xclose -Yclose MM  -ORGX -ORGY PIXELS  -pivot sample|beam",
        "          -fdet_vector -sdet_vector -odet_vector -beam_vector -polar_vector X Y Z",
        "          -spindle_axis -twotheta_axis X Y Z  -twotheta DEGREES",
        "          -detector_rotx -detector_roty -detector_rotz DEGREES  -curved_det",
        "          -detector_thick -detector_abs MICRONS  -detector_thicksteps COUNT",
        "          -point_pixel  -roi FAST0 FAST1 SLOW0 SLOW1  -img FILE  -mask FILE",
        "scan      -phi -osc -phistep DEGREES  -phisteps COUNT  -oversample COUNT",
        "          -oversample_thick -oversample_polar -oversample_omega",
        "output    -floatfile -float64file -intfile -pgmfile -noisefile FILE  -scale -pgmscale S",
        "          -adc OFFSET  -seed SEED  -nofloat -noint -nopgm -nonoise -nodump",
        "          -trace_pixel SLOW FAST  -trace_list FILE  -trace_only  -printout  -printout_pixel FAST SLOW",
        "          -progress -noprogress",
        "run       -threads COUNT  -strict  -semantics nanobragg|physical|NAME=VALUE",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        puts(lines[i]);
    fflush(stdout);
}

/* Spec 2, step 5: a cell and a source of structure factors are the least a run needs. */
static int check_complete(const struct options *options)
{
    const struct crystal_options *crystal = &options->crystal;
    int has_cell = crystal->matrix_file || crystal->cell_values > 0;
    int has_factors = crystal->hkl_file || crystal->default_f != 0.0
                      || (crystal->use_dump && text_can_open(crystal->dump_file));
    if (has_cell && has_factors)
        return STATUS_OK;
    print_usage();
    return has_cell ? fail("no structure factors: give -hkl FILE or a -default_F other than 0")
                    : fail("no unit cell: give -cell a b c alpha beta gamma, or -mat FILE");
}

static int run(int argc, char **argv)
{
    struct options options;
    struct scene scene;

    int status = options_parse(&options, argc, argv);
    if (status == STATUS_OK)
        status = check_complete(&options);
    if (status == STATUS_OK)
        status = options_check_effects(&options, argc, argv);
    if (status == STATUS_OK) {
        status = scene_build(&scene, &options);
        if (status == STATUS_OK)
            status = run_simulation(&options, &scene);
        scene_free(&scene);
    }
    options_free(&options);
    return status;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--braggscope-capabilities") == 0) {
        print_capabilities();
        return STATUS_OK;
    }
    return run(argc, argv);
}
