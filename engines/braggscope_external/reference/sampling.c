#include "sampling.h"

#include "constants.h"
#include "limits.h"
#include "messages.h"

#include <math.h>

/* Rows 1 to 4 of the table in spec 3.5: no number of steps given. Returns the number of steps. */
static double resolve_phi_without_count(struct phi_scan *scan)
{
    if (scan->range_rad < 0.0 && scan->step_rad <= 0.0) {
        scan->range_rad = scan->step_rad = 0.0;
        return 1.0;
    }
    if (scan->range_rad < 0.0) {
        scan->range_rad = scan->step_rad;
        return 2.0;
    }
    if (scan->step_rad <= 0.0) {
        scan->step_rad = scan->range_rad / 2.0;
        return 2.0;
    }
    return ceil(scan->range_rad / scan->step_rad);
}

/* Rows 5 to 8: a number of steps is given. */
static double resolve_phi_with_count(struct phi_scan *scan, double steps)
{
    if (scan->range_rad < 0.0 && scan->step_rad > 0.0) {
        scan->range_rad = scan->step_rad;
        return 2.0; /* the user's count is lost (Q17) */
    }
    if (scan->range_rad < 0.0) {
        scan->range_rad = 1.0 / DEGREES_PER_RADIAN;
        scan->step_rad = scan->range_rad / steps;
    } else if (scan->step_rad < 0.0) {
        scan->step_rad = scan->range_rad / steps;
    }
    return steps;
}

int phi_scan_resolve(struct phi_scan *scan, const struct options *options)
{
    scan->start_rad = options->phi_rad;
    scan->range_rad = options->osc_rad;
    scan->step_rad = options->phistep_rad;
    double steps = options->phisteps < 0
                       ? resolve_phi_without_count(scan)
                       : resolve_phi_with_count(scan, options->phisteps ? options->phisteps : 1);
    if (!(steps >= 1.0))
        return fail("-osc: a range of 0 with a step leaves no phi step");
    if (steps > MAX_PHI_STEPS)
        return fail("-phisteps: %g phi steps are more than this program takes (%d)", steps,
                    MAX_PHI_STEPS);
    scan->steps = (int)steps;
    return STATUS_OK;
}

double phi_scan_angle(const struct phi_scan *scan, int step)
{
    return scan->start_rad + scan->step_rad * step;
}

/* Spec 3.7. */
int sensor_resolve(struct sensor *sensor, const struct options *options)
{
    const struct detector_options *given = &options->detector;
    int exact = options->semantics.value[SEM_THICKNESS_LAYERS] == LAYERS_EXACT;
    double thickness_m = given->thickness_m;
    int layers = given->layers;

    if (layers <= 0) {
        layers = 2; /* Q24 */
        sensor->layer_m = thickness_m / 2.0;
    } else if (thickness_m < 0.0) {
        thickness_m = 0.5e-6;
        sensor->layer_m = thickness_m / layers;
    } else {
        layers = layers > 2 || exact ? layers : 2;
        sensor->layer_m = exact ? thickness_m / layers : thickness_m / (layers - 1);
    }
    sensor->attenuation_per_m = given->attenuation_per_m;
    if (thickness_m > 0.0 && sensor->attenuation_per_m < 0.0)
        sensor->attenuation_per_m = 1.0 / thickness_m;
    if (thickness_m <= 0.0 || sensor->layer_m <= 0.0) {
        thickness_m = sensor->layer_m = 0.0;
        layers = 1;
    }
    sensor->thickness_m = thickness_m;
    sensor->layers = layers;
    sensor->first_depth = exact && thickness_m > 0.0 ? 0.5 : 0.0;
    if (layers > MAX_LAYERS)
        return fail("-detector_thicksteps %d: more layers than this program takes (%d)", layers,
                    MAX_LAYERS);
    return STATUS_OK;
}

int crystal_cells_resolve(double cells[3], const struct options *options, const struct cell *cell)
{
    static const char axes[] = "abc";

    for (int i = 0; i < 3; i++) {
        double size_m = options->crystal.sample_m[i];
        double beamsize_m = options->beam.beamsize_m;
        /* The beam's edge cuts b and c, even where it was not given; never a (Q34). */
        if (i > 0 && beamsize_m >= 0.0 && size_m > beamsize_m)
            size_m = beamsize_m;
        cells[i] = options->crystal.cells[i];
        if (size_m > 0.0)
            cells[i] = ceil(size_m / vec3_length(cell->direct_m.v[i]));
        if (!(cells[i] > 1.0))
            cells[i] = 1.0;
        if (cells[i] > MAX_CELLS)
            return fail("-xtalsize: %g cells along %c are more than this program takes (%g)",
                        cells[i], axes[i], MAX_CELLS);
    }
    return STATUS_OK;
}

int oversample_resolve(int *oversample, const struct options *options, const struct cell *cell,
                       const double crystal_cells[3], const struct detector *detector)
{
    double largest_m = 0.0;
    for (int i = 0; i < 3; i++)
        largest_m = fmax(largest_m, vec3_length(cell->direct_m.v[i]) * crystal_cells[i]);
    /* Three samples across the narrowest Bragg peak on the detector. */
    double reciprocal_pixel_m =
        options->beam.wavelength_m * detector->distance_m / detector->pixel_m;
    double recommended = ceil(3.0 * largest_m / reciprocal_pixel_m);
    if (!(recommended > 0.0))
        recommended = 1.0;

    double chosen = options->oversample > 0 ? options->oversample : recommended;
    if (chosen > MAX_OVERSAMPLE)
        return fail("-oversample: %g sub-pixels per axis are more than this program takes (%d)%s",
                    chosen, MAX_OVERSAMPLE,
                    options->oversample > 0
                        ? ""
                        : "; the automatic choice grows with the crystal and the pixel");
    *oversample = (int)chosen;
    if (chosen < recommended)
        warn("-oversample %g: may be too few; %g sub-pixels per axis are recommended", chosen,
             recommended);
    return STATUS_OK;
}

int interpolation_resolve(const struct options *options)
{
    const struct crystal_options *crystal = &options->crystal;

    if (crystal->interpolation != INTERPOLATE_AUTO)
        return crystal->interpolation == INTERPOLATE_ON;
    return crystal->cells[0] <= 2 || crystal->cells[1] <= 2 || crystal->cells[2] <= 2;
}
