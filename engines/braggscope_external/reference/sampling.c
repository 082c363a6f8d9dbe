#include "sampling.h"

#include "constants.h"
#include "messages.h"

#include <math.h>

enum { MAX_PHI_STEPS = 1000000, MAX_OVERSAMPLE = 10000 };

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

/* A step at phi = 0 keeps the cell of an earlier step (Q19); this program does not follow that. */
static int refuse_carry_over(const struct phi_scan *scan)
{
    int zeros = 0;
    for (int k = 0; k < scan->steps; k++)
        zeros += phi_scan_angle(scan, k) == 0.0;
    if (zeros > 0 && zeros < scan->steps)
        return fail("-phi: a scan with one step exactly at 0 degrees is not implemented in this "
                    "program (nanoBragg repeats another step there); start at another angle or use "
                    "another engine");
    return STATUS_OK;
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
    return refuse_carry_over(scan);
}

double phi_scan_angle(const struct phi_scan *scan, int step)
{
    return scan->start_rad + scan->step_rad * step;
}

static struct grid grid_without_count(double range, double step)
{
    struct grid grid = {1, 0.0, 0.0};
    if (range < 0.0 && step > 0.0)
        grid = (struct grid){2, step, step};
    else if (range >= 0.0 && step <= 0.0)
        grid = (struct grid){2, range, range};
    else if (range >= 0.0)
        grid = (struct grid){(int)fmin(ceil(range / step), 1e9), range, step};
    return grid;
}

static struct grid grid_with_count(int count, double range, double step)
{
    struct grid grid = {count, range, step};
    if (range < 0.0 && step <= 0.0)
        grid = (struct grid){count, 1.0, 1.0 / count};
    else if (range < 0.0)
        grid = (struct grid){2, step, step};
    else if (step <= 0.0) {
        grid.count = count > 2 ? count : 2;
        grid.step = range / (grid.count - 1);
    }
    return grid;
}

struct grid grid_resolve(const struct grid_request *request)
{
    struct grid grid = request->count > 0
                           ? grid_with_count(request->count, request->range, request->step)
                           : grid_without_count(request->range, request->step);
    if (grid.range <= 0.0 || grid.step <= 0.0 || grid.count <= 0)
        grid = (struct grid){1, 0.0, 0.0};
    return grid;
}

void crystal_cells_resolve(double cells[3], const struct options *options)
{
    for (int i = 0; i < 3; i++)
        cells[i] = options->crystal_cells[i] > 1 ? options->crystal_cells[i] : 1.0;
}

int oversample_resolve(int *oversample, const struct options *options, const struct cell *cell,
                       const double crystal_cells[3], const struct detector *detector)
{
    double largest_m = 0.0;
    for (int i = 0; i < 3; i++)
        largest_m = fmax(largest_m, vec3_length(cell->direct_m.v[i]) * crystal_cells[i]);
    /* Three samples across the narrowest Bragg peak on the detector. */
    double reciprocal_pixel_m = options->wavelength_m * detector->distance_m / detector->pixel_m;
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

int interpolation_resolve(const struct options *options, long long known_reflections)
{
    int on = options->interpolation == INTERPOLATE_ON;
    /* The automatic choice looks at the sizes as given (Q35). */
    if (options->interpolation == INTERPOLATE_AUTO)
        for (int i = 0; i < 3; i++)
            on = on || options->crystal_cells[i] <= 2;
    if (!on || known_reflections == 0)
        return STATUS_OK;
    int automatic = options->interpolation == INTERPOLATE_AUTO;
    return fail("%s: interpolation between structure factors is not implemented in this program%s; "
                "give -nointerpolate or use another engine",
                automatic ? "-N" : "-interpolate",
                automatic ? " (nanoBragg turns it on for N of 2 or less)" : "");
}
