/* How finely things are sampled: phi, sources, sub-pixels, interpolation (spec 3.5 to 3.9). */
#ifndef BRAGGSCOPE_SAMPLING_H
#define BRAGGSCOPE_SAMPLING_H

#include "cell.h"
#include "geometry.h"
#include "options.h"

struct phi_scan {
    double start_rad, range_rad, step_rad;
    int steps;
};

struct grid {
    int count;
    double range, step;
};

int phi_scan_resolve(struct phi_scan *scan, const struct options *options);

double phi_scan_angle(const struct phi_scan *scan, int step);

/* The GRID rule of spec 3.6 for one axis of divergence, or for dispersion. */
struct grid grid_resolve(const struct grid_request *request);

/* N <= 1 becomes 1 (spec 3.9); whole numbers held as doubles. */
void crystal_cells_resolve(double cells[3], const struct options *options);

/* Sub-pixels per axis; the automatic value needs the cell and the final distance. */
int oversample_resolve(int *oversample, const struct options *options, const struct cell *cell,
                       const double crystal_cells[3], const struct detector *detector);

/* Refuses tricubic interpolation where it would really be used; otherwise it is off. */
int interpolation_resolve(const struct options *options, long long known_reflections);

#endif
